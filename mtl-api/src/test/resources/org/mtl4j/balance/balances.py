"""Computes balances of gradients by NumPy and SciPy, from the papers' formulas and by general solvers.

    python3 balances.py > balances.json

Debian's python3-scipy is enough. The numbers of BalanceGoldenTest are those of this file.
"""
import json

import numpy as np
from scipy import optimize


def over_simplex(value, gradient, tasks):
    best = None
    for start in [np.full(tasks, 1 / tasks)] + [np.eye(tasks)[i] * 0.9 + 0.1 / tasks for i in range(tasks)]:
        found = optimize.minimize(value, start, jac=gradient, method="SLSQP", bounds=[(0, 1)] * tasks,
                                  constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
                                  options={"ftol": 1e-16, "maxiter": 2000})
        if best is None or found.fun < best.fun:
            best = found
    return best.x


def above(gramian, least):
    lower = np.linalg.cholesky(gramian)
    return least + optimize.nnls(lower.T, -lower.T @ least)[0]


def mgda(j):
    g = j @ j.T
    return over_simplex(lambda w: w @ g @ w, lambda w: 2 * g @ w, len(j))


def pcgrad(j):  # the others in ascending order
    d = np.zeros(j.shape[1])
    for i in range(len(j)):
        row = j[i].copy()
        for k in range(len(j)):
            if k != i and row @ j[k] < 0:
                row -= row @ j[k] / (j[k] @ j[k]) * j[k]
        d += row
    return np.linalg.lstsq(j.T, d, rcond=None)[0]


def cagrad(j, c=0.5):
    g = j @ j.T
    mean = np.full(len(j), 1 / len(j))
    radius = c * np.sqrt(mean @ g @ mean)
    w = over_simplex(lambda w: w @ g @ mean + radius * np.sqrt(w @ g @ w),
                     lambda w: g @ mean + radius * g @ w / np.sqrt(w @ g @ w), len(j))
    return mean + radius / np.sqrt(w @ g @ w) * w


def imtl(j):
    raw = np.linalg.pinv(j @ j.T) @ np.linalg.norm(j, axis=1)
    return raw / max(raw.sum(), 0.1 * np.abs(raw).sum())


def fair(j, alpha):
    g = j @ j.T
    start = np.diag(g) ** (-alpha / (1 + alpha))
    logs = optimize.root(lambda y: np.log(np.maximum(g @ np.exp(y), 1e-300)) + y / alpha, np.log(start), tol=1e-14)
    if not logs.success or np.abs(g @ np.exp(logs.x) - np.exp(-logs.x / alpha)).max() > 1e-9:
        logs = optimize.minimize(lambda y: 0.5 * np.exp(y) @ g @ np.exp(y) - (y.sum() if alpha == 1 else
                                 np.exp(y * (1 - 1 / alpha)).sum() / (1 - 1 / alpha)), np.log(start),
                                 method="BFGS", options={"gtol": 1e-12})
    return np.exp(logs.x)


def nash(j):
    w = fair(j, 1)
    return w * min(1, 1 / np.linalg.norm(j.T @ w))


def aligned(j):
    u, s, _ = np.linalg.svd(j, full_matrices=False)
    return s[-1] * (u / s) @ u.T @ np.full(len(j), 1 / len(j))


def ridged(j):
    g = j @ j.T
    return g / np.trace(g) + 1e-4 * np.eye(len(j))


def upgrad(j):
    return sum(above(ridged(j), np.eye(len(j))[i] / len(j)) for i in range(len(j)))


def dualproj(j):
    return above(ridged(j), np.full(len(j), 1 / len(j)))


def config(j):
    unit = j / np.linalg.norm(j, axis=1, keepdims=True)
    d = np.linalg.pinv(unit) @ np.ones(len(j))
    d /= np.linalg.norm(d)
    d *= (j @ d).sum()
    return np.linalg.lstsq(j.T, d, rcond=None)[0]


METHODS = {"mgda": mgda, "pcgrad": pcgrad, "cagrad": cagrad, "imtlg": imtl, "nash": nash,
           "fair1": lambda j: fair(j, 1), "fair2": lambda j: fair(j, 2), "aligned": aligned,
           "upgrad": upgrad, "dualproj": dualproj, "config": config}

if __name__ == "__main__":
    random = np.random.RandomState(12)
    cases = []
    for tasks, size, spread in [(3, 4, 0), (3, 3, 0), (3, 6, 1), (4, 5, 0.5), (5, 9, 0)]:
        rows = np.round(random.randn(tasks, size) * 10 ** (spread * random.randn(tasks, 1)), 3)
        cases.append({"rows": rows.tolist(), "weights": {n: m(rows).tolist() for n, m in METHODS.items()}})
    print(json.dumps(cases, indent=1))
