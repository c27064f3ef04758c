"""Goldens of gradientVectorFlow: python3 packages/snakes/test/goldens/gradientVectorFlow.py (numpy of Debian 12).

Xu and Prince's scheme pixel by pixel: the map is scaled and padded by a mirror about its border pixels, which the components get
again before each iteration. Lengths are in units of the smallest spacing.
"""
import itertools
import json
import pathlib

import numpy as np


def pack(a):
    a = np.asarray(a)
    return {"dtype": str(a.dtype), "shape": list(a.shape), "data": a.ravel().tolist()}


def flow(f, mu, iterations, spacing):
    h = [s / min(spacing) for s in spacing]
    f = (f - f.min()) / (f.max() - f.min())
    padded = np.pad(f, 1, mode="reflect")
    inner = list(itertools.product(*(range(1, n + 1) for n in f.shape)))

    def at(a, p, axis, by):
        q = list(p)
        q[axis] += by
        return a[tuple(q)]

    start = []
    for axis in range(f.ndim):
        g = np.zeros_like(padded)
        for p in inner:
            g[p] = (at(padded, p, axis, 1) - at(padded, p, axis, -1)) / (2 * h[axis])
        start.append(g)
    m = sum(g * g for g in start)
    result = []
    for g in start:
        u = g.copy()
        for _ in range(iterations):
            u = np.pad(u[tuple(slice(1, -1) for _ in h)], 1, mode="reflect")
            new = u.copy()
            for p in inner:
                laplacian = sum((at(u, p, k, 1) - 2 * u[p] + at(u, p, k, -1)) / h[k] ** 2 for k in range(f.ndim))
                new[p] = u[p] + mu * laplacian - m[p] * (u[p] - g[p])
            u = new
        result.append(u[tuple(slice(1, -1) for _ in h)])
    return np.stack(result, axis=-1)


rng = np.random.default_rng(23)
image = np.round(5 + 3 * rng.random((7, 10)), 2)
volume = np.round(rng.random((4, 5, 6)), 2)
maps = {"image": image, "volume": volume}
cases = []
for name, mu, iterations, spacing in [
    ("image", 0.2, 0, [1, 1]),
    ("image", 0.2, 1, [1, 1]),
    ("image", 0.13, 30, [1, 1]),
    ("image", 0.2, 12, [0.8, 0.5]),
    ("volume", 0.15, 9, [1, 1, 1]),
    ("volume", 0.1, 7, [3, 1.25, 2]),
]:
    options = {"mu": mu, "iterations": iterations, "spacing": spacing}
    cases.append({"map": name, "options": options, "field": pack(flow(maps[name], mu, iterations, spacing))})
golden = {
    "made": {"command": "python3 packages/snakes/test/goldens/gradientVectorFlow.py", "seed": 23, "numpy": np.__version__},
    "maps": {k: pack(v) for k, v in maps.items()},
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
