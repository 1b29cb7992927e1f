"""Golden values of NDDR and sluice units by NumPy; UnitGoldenTest holds what this prints. Run: python3 units.py"""
import numpy as np

x = [np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]]), np.array([[2.0, 1.0], [-0.5, 0.75], [1.5, -1.0]])]
e = [np.array([[0.3, -0.1], [0.2, 0.5], [-0.4, 0.7]]), np.array([[1.0, 0.6], [-0.2, 0.1], [0.9, -0.3]])]


def show(name, array):
    print(name, ", ".join(repr(round(float(v), 10)) for v in np.asarray(array).ravel()))


print("NDDR, first output: W, gamma, beta; tanh")
w = np.array([[0.9, 0.2, 0.1, -0.3], [-0.1, 0.8, 0.4, 0.05]])
gamma, beta = np.array([1.5, 0.7]), np.array([0.1, -0.2])
rows = np.concatenate(x, axis=1)
z = rows @ w.T
mean, var = z.mean(axis=0), z.var(axis=0)
inverse = 1 / np.sqrt(var + 1e-3)
standard = (z - mean) * inverse
y = np.tanh(standard * gamma + beta)
show("output", y)
d = e[0] * (1 - y * y)
show("gamma", (d * standard).sum(axis=0))
show("beta", d.sum(axis=0))
d = d * gamma
d = inverse * (d - d.mean(axis=0) - standard * (d * standard).mean(axis=0))
show("W", d.T @ rows)
show("rows", d @ w)
show("mean", 0.9 * 0 + 0.1 * mean)
show("var", 0.9 * 1 + 0.1 * var)
show("predicted", np.tanh((z - 0.25) / np.sqrt(2.0 + 1e-3) * gamma + beta))

print("sluice, two subspaces of one channel each: alpha of both outputs")
alpha = np.array([[0.8, 0.1, -0.2, 0.3], [0.05, 0.9, 0.15, -0.1], [0.2, -0.3, 0.7, 0.4], [0.0, 0.25, -0.15, 1.1]])
out = rows @ alpha.T
show("outputs", out)
eps = np.concatenate(e, axis=1)
show("inputs", eps @ alpha)
show("alpha", eps.T @ rows)
