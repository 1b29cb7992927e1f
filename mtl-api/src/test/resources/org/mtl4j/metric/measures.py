"""Computes measures with scikit-learn and numpy, to compare those of org.mtl4j.metric with: measures.py SEED > measures.json

Debian: apt-get install python3-sklearn. Seed 1 is the committed file; MeasuresGoldenTest runs other seeds where scikit-learn is there.
"""
import json
import sys
import warnings

import numpy as np
from sklearn import metrics as m

warnings.filterwarnings("ignore")
rng = np.random.default_rng(int(sys.argv[1]))


def number(value):
    return None if value is None or np.isnan(value) else float(value)


def calibration(probability, right, weight):
    bins = np.clip(np.ceil(probability * 15).astype(int) - 1, 0, 14)
    error = 0.0
    for b in range(15):
        there = bins == b
        if weight[there].sum() > 0:
            error += abs((weight * (right - probability))[there].sum())
    return number(error / weight.sum())


def ranking(y, p, w):
    both = 0 < (w * y).sum() < w.sum()
    return {
        "rocAuc": number(m.roc_auc_score(y, p, sample_weight=w)) if both else None,
        "averagePrecision": number(m.average_precision_score(y, p, sample_weight=w)) if (w * y).sum() > 0 else None,
    }


def classes(name, k, n, tied=False, weighted=False, only=None):
    y = rng.integers(0, k, n) if only is None else np.full(n, only)
    scores = rng.normal(size=(n, k)) + 1.2 * np.eye(k)[y]
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    if tied:
        p = np.round(p * 8) / 8 + 1e-3
        p /= p.sum(1, keepdims=True)
    w = rng.choice([0.0, 0.25, 1.0, 3.0, 0.7], n) if weighted else np.ones(n)
    predicted = p.argmax(1)
    hot = np.eye(k)[y]
    sure, right = (p[:, 1], y == 1) if k == 2 else (p.max(1), y == predicted)
    rankings = [ranking(hot[:, c], p[:, c] if k > 2 else (p[:, 1] if c == 1 else -p[:, 1]), w) for c in range(k)]
    present = sorted(set(y[w > 0]) | set(predicted[w > 0]))
    f1 = m.f1_score(y, predicted, labels=range(k), average=None, sample_weight=w)
    share = np.array([w[y == c].sum() for c in range(k)]) / w.sum()
    return {
        "name": name, "labels": hot.tolist(), "predictions": p.tolist(), "weights": w.tolist(),
        "accuracy": number(m.accuracy_score(y, predicted, sample_weight=w)),
        "balancedAccuracy": number(m.balanced_accuracy_score(y, predicted, sample_weight=w)),
        "f1": [number(f1[c]) if c in present else None for c in range(k)],
        "macroF1": number(np.mean([f1[c] for c in present])),
        "microF1": number(m.f1_score(y, predicted, average="micro", sample_weight=w)),
        "logLoss": number(m.log_loss(y, p, labels=range(k), sample_weight=w, eps=1e-15)),
        "logLossBaseline": number(m.log_loss(y, np.tile(share, (n, 1)), labels=range(k), sample_weight=w, eps=1e-15)),
        "calibrationError": calibration(sure, right, w),
        "rankings": rankings,
    }


def regression(name, n, outputs, mean=0.0, weighted=False, constant=False):
    y = np.full((n, outputs), 3.0) if constant else mean + rng.normal(size=(n, outputs)) * np.arange(1, outputs + 1)
    p = y + rng.normal(size=(n, outputs)) * 0.5 + 0.25
    w = rng.choice([0.0, 0.25, 1.0, 3.0, 0.7], n) if weighted else np.ones(n)
    raw = {"multioutput": "raw_values", "sample_weight": w}
    average = np.average(y, axis=0, weights=w)
    medians = []
    for column in y.T:
        order = np.argsort(column)
        medians.append(column[order][np.searchsorted(np.cumsum(w[order]), w.sum() / 2)])
    return {
        "name": name, "labels": y.tolist(), "predictions": p.tolist(), "weights": w.tolist(),
        "squaredError": m.mean_squared_error(y, p, **raw).tolist(),
        "absoluteError": m.mean_absolute_error(y, p, **raw).tolist(),
        "r2": [None] * outputs if constant else m.r2_score(y, p, **raw).tolist(),
        "explainedVariance": [None] * outputs if constant else m.explained_variance_score(y, p, **raw).tolist(),
        "squaredErrorBaseline": m.mean_squared_error(y, np.tile(average, (n, 1)), **raw).tolist(),
        "absoluteErrorBaseline": m.mean_absolute_error(y, np.tile(medians, (n, 1)), **raw).tolist(),
    }


json.dump({
    "classes": [
        classes("two classes", 2, 40), classes("two classes, tied", 2, 60, tied=True),
        classes("two classes, weighted", 2, 40, weighted=True), classes("two classes, tied and weighted", 2, 60, tied=True, weighted=True),
        classes("two classes, all the first", 2, 9, only=0), classes("two classes, all the second", 2, 9, only=1),
        classes("four classes", 4, 60), classes("four classes, tied and weighted", 4, 80, tied=True, weighted=True),
        classes("four classes, all the third", 4, 8, only=2),
    ],
    "regressions": [
        regression("one output", 30, 1), regression("three outputs, weighted", 40, 3, weighted=True),
        regression("mean far from 0", 40, 2, mean=1e6), regression("all labels equal", 8, 1, constant=True),
    ],
}, sys.stdout, indent=None, separators=(",", ":"))
print()
