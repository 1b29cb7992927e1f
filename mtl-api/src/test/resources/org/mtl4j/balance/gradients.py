"""Computes balances that see the gradients themselves, over several steps, by NumPy and from the papers' formulas.

    python3 gradients.py > gradients.json

The numbers of GradientsGoldenTest are those of this file.
"""
import json

import numpy as np


class Adam:
    def __init__(self, size, rate):
        self.m, self.v, self.t, self.rate = np.zeros(size), np.zeros(size), 0, rate

    def step(self, gradient):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * gradient
        self.v = 0.999 * self.v + 0.001 * gradient ** 2
        return self.rate * (self.m / (1 - 0.9 ** self.t)) / (np.sqrt(self.v / (1 - 0.999 ** self.t)) + 1e-8)


class GradNorm:  # arXiv 1711.02257, algorithm 1; the derivative of the sum of distances by central differences
    def __init__(self, tasks, size, part, alpha=1.5, rate=0.025):
        self.w, self.adam, self.part, self.alpha, self.first = np.ones(tasks), Adam(tasks, rate), part, alpha, None

    def step(self, j, losses, uniform):
        self.first = losses if self.first is None else self.first
        norms = np.linalg.norm(j[:, self.part], axis=1)
        ratios = losses / self.first
        target = (self.w * norms).mean() * (ratios / ratios.mean()) ** self.alpha
        distance = lambda w: np.abs(w * norms - target).sum()
        eye = 1e-7 * np.eye(len(j))
        slopes = np.array([(distance(self.w + e) - distance(self.w - e)) / 2e-7 for e in eye])
        used = self.w
        w = np.maximum(self.w - self.adam.step(slopes), 0.01)
        self.w = w * len(j) / w.sum()
        return used @ j, used


class GradDrop:  # arXiv 2010.06808, eq. 1 and algorithm 1
    def __init__(self, tasks, size, leak=0.0):
        self.leak = leak

    def step(self, j, losses, uniform):
        purity = 0.5 * (1 + j.sum(0) / np.abs(j).sum(0))
        mask = np.where(purity > uniform, j > 0, j < 0)
        kept = np.where(mask, 1.0, self.leak)
        return (kept * j).sum(0), (kept * np.abs(j)).sum(1) / np.abs(j).sum(1)


class DbMtl:  # arXiv 2308.12029, algorithm 1
    def __init__(self, tasks, size, beta=0.9, sigma=0.0):
        self.average, self.t, self.beta, self.sigma = np.zeros((tasks, size)), 0, beta, sigma

    def step(self, j, losses, uniform):
        self.t += 1
        beta = self.beta / self.t ** self.sigma
        self.average = beta * self.average + (1 - beta) * j / losses[:, None]
        norms = np.linalg.norm(self.average, axis=1)
        factors = norms.max() / norms
        return factors @ self.average, factors / losses


class ExcessMtl:  # arXiv 2402.02009, algorithm 1
    def __init__(self, tasks, size, rate=0.01):
        self.w, self.squares, self.first, self.rate = np.ones(tasks), np.zeros((tasks, size)), None, rate

    def step(self, j, losses, uniform):
        self.squares = self.squares + j ** 2
        excess = np.array([g @ np.diag((s + 1e-7) ** -0.5) @ g for g, s in zip(j, self.squares)])
        if self.first is None:
            self.first = excess
        else:
            self.w = self.w * np.exp(self.rate * excess / self.first)
            self.w = self.w / self.w.sum() * len(j)
        return self.w @ j, self.w


class MoCo:  # arXiv 2210.12624, algorithm 1, with the scaling of the authors' program
    def __init__(self, tasks, size, beta=0.5, gamma=0.1, sigma=0.5, rho=0.0):
        self.y, self.w, self.t = np.zeros((tasks, size)), np.full(tasks, 1 / tasks), 0
        self.beta, self.gamma, self.sigma, self.rho = beta, gamma, sigma, rho

    def step(self, j, losses, uniform):
        self.t += 1
        rows = j / np.linalg.norm(j, axis=1, keepdims=True) * losses[:, None]
        self.y = self.y - self.beta / self.t ** self.sigma * (self.y - rows)
        gramian = self.y @ self.y.T + self.rho * np.eye(len(j))
        self.w = nearest_in_simplex(self.w - self.gamma / self.t ** self.sigma * gramian @ self.w)
        return self.w @ self.y, self.w


def nearest_in_simplex(x):  # by bisection of the shift
    low, high = x.min() - 1, x.max()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(x - middle, 0).sum() > 1 else (low, middle)
    return np.maximum(x - low, 0)


if __name__ == "__main__":
    random = np.random.RandomState(27)
    cases = []
    for tasks, size in [(2, 5), (3, 7)]:
        part = slice(2, size)  # of the last layer
        methods = {"gradnorm": GradNorm(tasks, size, part), "gradnorm0": GradNorm(tasks, size, part, 0.0, 0.1),
                   "graddrop": GradDrop(tasks, size), "graddrop-leak": GradDrop(tasks, size, 0.25),
                   "dbmtl": DbMtl(tasks, size), "dbmtl-decay": DbMtl(tasks, size, 0.8, 0.5),
                   "dbmtl-plain": DbMtl(tasks, size, 0.0), "excess": ExcessMtl(tasks, size),
                   "excess-fast": ExcessMtl(tasks, size, 0.7), "moco": MoCo(tasks, size),
                   "moco-rho": MoCo(tasks, size, 0.9, 0.4, 0.25, 0.3)}
        steps = []
        for _ in range(6):
            j = np.round(random.randn(tasks, size) * np.exp(random.randn(tasks, 1)), 3)
            losses = np.round(np.exp(random.randn(tasks)), 3)
            uniform = np.round(random.rand(size), 6)
            answers = {}
            for name, method in methods.items():
                direction, weights = method.step(j, losses, uniform)
                answers[name] = {"direction": direction.tolist(), "weights": weights.tolist()}
            steps.append({"rows": j.tolist(), "losses": losses.tolist(), "uniform": uniform.tolist(), "answers": answers})
        cases.append({"lastLayerFrom": 2, "steps": steps})
    print(json.dumps(cases).replace(", {\"rows\"", ",\n{\"rows\"").replace(", \"", ",\n \""))
