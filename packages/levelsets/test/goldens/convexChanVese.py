"""Minima of the convex two-region model, by another method: Chambolle and Pock's primal-dual iteration, 60,000 steps in float64.

min over 0 <= u <= 1 of mu * sum g |grad u| + sum u (l1 (f - c1)^2 - l2 (f - c2)^2), forward differences, f scaled to [0, 1].
Run: /usr/bin/python3 packages/levelsets/test/goldens/convexChanVese.py
"""
import json
import os

import numpy as np


def grad(u, spacing):
    parts = []
    for axis, h in enumerate(spacing):
        part = np.zeros_like(u)
        inner = [slice(None)] * u.ndim
        inner[axis] = slice(0, -1)
        part[tuple(inner)] = np.diff(u, axis=axis) / h
        parts.append(part)
    return np.stack(parts)


def div(p, spacing):
    total = np.zeros(p.shape[1:])
    for axis, h in enumerate(spacing):
        part = np.moveaxis(p[axis], axis, 0)
        out = np.zeros_like(part)
        out[:-1] += part[:-1]
        out[1:] -= part[:-1]
        total += np.moveaxis(out, 0, axis) / h
    return total


def minimise(f, mu, l1, l2, means, g, spacing):
    low, high = f.min(), f.max()
    f = (f - low) / (high - low)
    c1, c2 = [(m - low) / (high - low) for m in means]
    r = l1 * (f - c1) ** 2 - l2 * (f - c2) ** 2
    norm = np.sqrt(sum(4 / h**2 for h in spacing))
    tau = sigma = 0.99 / norm
    u = np.full(f.shape, 0.5)
    bar = u.copy()
    p = np.zeros((f.ndim,) + f.shape)
    for _ in range(60000):
        p += sigma * grad(bar, spacing)
        p /= np.maximum(1, np.sqrt((p**2).sum(0)) / (mu * g))
        new = np.clip(u + tau * (div(p, spacing) - r), 0, 1)
        bar = 2 * new - u
        u = new
    energy = mu * (g * np.sqrt((grad(u, spacing) ** 2).sum(0))).sum() + (r * u).sum()
    return u, energy


rng = np.random.default_rng(6)
cases = []
for shape, spacing, mu, l1, l2, edges in [
    ((13, 19), (1, 1), 0.12, 1, 1, False),
    ((14, 11), (2, 0.7), 0.05, 1.3, 0.8, False),
    ((12, 17), (1, 1), 0.15, 1, 1, True),
    ((5, 7, 9), (1.5, 1, 0.8), 0.04, 1, 0.9, False),
]:
    places = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    blob = (sum((x - 0.15 * k) ** 2 for k, x in enumerate(places)) < 0.4).astype(float)
    f = np.round(20 + 100 * blob + 35 * rng.standard_normal(shape), 1)
    g = np.round(rng.uniform(0.3, 1, shape), 2) if edges else np.ones(shape)
    means = [115.0, 25.0]
    u, energy = minimise(f, mu, l1, l2, means, g, spacing)
    case = {
        "image": {"shape": shape, "values": f.ravel().tolist()},
        "options": {"mu": mu, "lambda1": l1, "lambda2": l2, "means": means, "spacing": spacing},
        "u": {"shape": shape, "values": np.round(u, 4).ravel().tolist()},
        "energy": energy,
    }
    if edges:
        case["edges"] = {"shape": shape, "values": g.ravel().tolist()}
    cases.append(case)

with open(os.path.splitext(__file__)[0] + ".json", "w") as file:
    json.dump({"cases": cases}, file, separators=(",", ":"))
    file.write("\n")
