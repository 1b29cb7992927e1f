"""Computes scaled labels with numpy, to compare those of org.mtl4j.data.TableEncoding with: labels.py SEED > labels.json

Seed 1 is the committed file.
"""
import json
import sys

import numpy as np

rng = np.random.default_rng(int(sys.argv[1]))
RULES = ["none", "standard", "log-standard", "min-max"]


def log(x):
    return np.sign(x) * np.log1p(np.abs(x))


def scale(rule, training):
    """What is done to a number, and what undoes it."""
    there = training[~np.isnan(training)]
    on = log(there) if rule == "log-standard" else there
    if rule == "none":
        return (lambda x: x), (lambda z: z)
    if rule == "min-max":
        low, width = on.min(), on.max() - on.min()
        return (lambda x: (x - low) / width), (lambda z: z * width + low)
    mean, deviation = on.mean(), on.std()
    if rule == "standard":
        return (lambda x: (x - mean) / deviation), (lambda z: z * deviation + mean)

    def undo(z):
        v = z * deviation + mean
        return np.sign(v) * np.expm1(np.abs(v))

    return (lambda x: (log(x) - mean) / deviation), undo


cases = []
for rule in RULES:
    training = np.round(rng.normal(180000, 60000, size=(12, 2)), 2)
    training[:, 1] = np.round(rng.lognormal(3, 2, size=12) * rng.choice([-1, 1], 12), 3)
    training[3, 0] = training[7, 1] = np.nan  # labels that are missing
    said = rng.normal(size=(12, 2))  # by a network
    scaled = np.empty_like(training)
    units = np.empty_like(training)
    for column in range(2):
        do, undo = scale(rule, training[:, column])
        scaled[:, column] = do(training[:, column])
        units[:, column] = undo(said[:, column])
    error = units - training
    cases.append({
        "scaling": rule,
        "labels": [[None if np.isnan(x) else float(x) for x in row] for row in training],
        "scaled": [[None if np.isnan(x) else float(x) for x in row] for row in scaled],
        "outputs": said.tolist(),
        "predictions": units.tolist(),
        "rmse": [float(np.sqrt(np.nanmean(error[:, c] ** 2))) for c in range(2)],
        "mae": [float(np.nanmean(np.abs(error[:, c]))) for c in range(2)],
    })
print("[" + ",\n".join(json.dumps(case) for case in cases) + "]")
