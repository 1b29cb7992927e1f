"""Computes mixtures of experts with numpy, to compare those of mtl-dl4j with: experts.py > experts.json

Every number is in double precision. Gradients are those of sum(out * coefficients), written down by hand with einsum for
products and mixtures, and by central differences for DSelect-k, whose program is written after the paper's formulas.
"""
import itertools
import json

import numpy as np

rng = np.random.default_rng(7)


def array(a):
    a = np.asarray(a, dtype=float)
    return {"shape": list(a.shape), "data": a.ravel().tolist()}


def softmax(a):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def experts_and_mixture(batch, inputs, experts, hidden, outputs):
    """Two layers of experts with tanh, mixed by a softmax gate."""
    x = rng.normal(size=(batch, inputs))
    w1 = rng.normal(size=(experts, inputs, hidden))
    b1 = rng.normal(size=(experts, hidden))
    w2 = rng.normal(size=(experts, hidden, outputs))
    b2 = rng.normal(size=(experts, outputs))
    logits = rng.normal(size=(batch, experts))
    epsilon = rng.normal(size=(batch, outputs))
    h = np.tanh(np.einsum("bi,eih->beh", x, w1) + b1)
    y = np.tanh(np.einsum("beh,eho->beo", h, w2) + b2)
    g = softmax(logits)
    out = np.einsum("be,beo->bo", g, y)
    dy = np.einsum("be,bo->beo", g, epsilon) * (1 - y * y)
    dg = np.einsum("bo,beo->be", epsilon, y)
    dh = np.einsum("beo,eho->beh", dy, w2) * (1 - h * h)
    return {
        "x": array(x), "logits": array(logits), "epsilon": array(epsilon),
        # as the layers keep them: [inputs, experts * outputs]
        "w1": array(w1.transpose(1, 0, 2).reshape(inputs, -1)), "b1": array(b1.reshape(1, -1)),
        "w2": array(w2.transpose(1, 0, 2).reshape(hidden, -1)), "b2": array(b2.reshape(1, -1)),
        "experts": experts,
        "y": array(y.reshape(batch, -1)), "out": array(out),
        "gradLogits": array(g * (dg - (g * dg).sum(axis=1, keepdims=True))),
        "gradY": array(np.einsum("be,bo->beo", g, epsilon).reshape(batch, -1)),
        "gradW2": array(np.einsum("beh,beo->heo", h, dy).reshape(hidden, -1)),
        "gradB2": array(dy.sum(axis=0).reshape(1, -1)),
        "gradW1": array(np.einsum("bi,beh->ieh", x, dh).reshape(inputs, -1)),
        "gradB1": array(dh.sum(axis=0).reshape(1, -1)),
        "gradX": array(np.einsum("beh,eih->bi", dh, w1)),
    }


def smooth_step(t, gamma):
    inner = -2 / gamma ** 3 * t ** 3 + 3 / (2 * gamma) * t + 0.5
    return np.where(t <= -gamma / 2, 0.0, np.where(t >= gamma / 2, 1.0, inner))


def dselect(experts, k, gamma, entropy, z, a):
    """Weights and penalty of one example; z is [k, bits], a is [k]."""
    bits = z.shape[1]
    step = smooth_step(z, gamma)
    r = np.zeros((k, experts))
    for e, code in enumerate(itertools.islice(itertools.product([0, 1], repeat=bits), experts)):
        r[:, e] = np.prod(np.where(np.array(code, dtype=bool), step, 1 - step), axis=1)
    penalty = -entropy * (r * np.log(r + 1e-6)).sum()
    if experts != 2 ** bits:
        penalty += (1 / r.sum(axis=1) - 1).sum()
    return softmax(a) @ r, penalty


def dselect_case(experts, k, gamma, entropy):
    bits = int(np.ceil(np.log2(experts)))
    z = rng.uniform(-0.6 * gamma, 0.6 * gamma, size=(k, bits))
    a = rng.normal(size=k)
    epsilon = rng.normal(size=experts)
    logits = np.concatenate([z.ravel(), a])

    def value(v, penalty_too):
        w, p = dselect(experts, k, gamma, entropy, v[: k * bits].reshape(k, bits), v[k * bits:])
        return (w * epsilon).sum() + penalty_too * p

    gradients = []
    for penalty_too in (0, 1):
        gradient = []
        for i in range(len(logits)):
            d = np.zeros(len(logits))
            d[i] = 1e-6
            gradient.append((value(logits + d, penalty_too) - value(logits - d, penalty_too)) / 2e-6)
        gradients.append(gradient)
    weights, penalty = dselect(experts, k, gamma, entropy, z, a)
    return {
        "experts": experts, "k": k, "bits": bits, "gamma": gamma, "entropy": entropy,
        "logits": logits.tolist(), "epsilon": epsilon.tolist(),
        "weights": weights.tolist(), "penalty": float(penalty),
        "gradient": gradients[0], "gradientWithPenalty": gradients[1],
    }


def straight_through(parents, temperature):
    """The softmax that a drawn parent stands for, and the gradient of its logits."""
    logits = rng.normal(size=parents)
    noise = rng.gumbel(size=parents)
    of_choice = rng.normal(size=parents)
    soft = softmax((logits + noise) / temperature)
    jacobian = (np.diag(soft) - np.outer(soft, soft)) / temperature
    return {
        "logits": logits.tolist(), "noise": noise.tolist(), "temperature": temperature, "ofChoice": of_choice.tolist(),
        "soft": soft.tolist(), "gradient": (jacobian @ of_choice).tolist(),
    }


print(json.dumps({
    "mixtures": [experts_and_mixture(4, 3, 3, 5, 2), experts_and_mixture(2, 4, 1, 3, 3), experts_and_mixture(3, 1, 4, 1, 2)],
    "dselect": [dselect_case(*c) for c in [(4, 2, 1.0, 0.3), (3, 1, 0.5, 0.2), (5, 2, 1.0, 0.0), (5, 3, 2.0, 0.1),
                                            (8, 2, 1.0, 0.01), (1, 1, 1.0, 0.5)]],
    "branches": [straight_through(2, 1.0), straight_through(3, 0.4)],
}))
