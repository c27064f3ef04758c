"""Goldens of chanVeseMultiphase: python3 packages/levelsets/test/goldens/chanVeseMultiphase.py (numpy of Debian 12).

Written from the equations of Vese and Chan 2002, in index tuples and scalar arithmetic; no code is shared with the package."""
import itertools
import json
import math
import pathlib

import numpy as np

rng = np.random.default_rng(12)


def shifted(p, axis, by, n):
    q = list(p)
    q[axis] = min(max(q[axis] + by, 0), n - 1)
    return tuple(q)


def neumann(u):
    for axis in range(u.ndim):
        if u.shape[axis] >= 3:
            v = np.moveaxis(u, axis, 0)
            v[0] = v[2]
            v[-1] = v[-3]


def derivative(u, p, axis, h):
    n = u.shape[axis]
    if n == 1:
        return 0.0
    a, b = shifted(p, axis, -1, n), shifted(p, axis, 1, n)
    return (u[b] - u[a]) / ((b[axis] - a[axis]) * h[axis])


def curvature(u, h):
    points = list(itertools.product(*map(range, u.shape)))
    normals = [np.zeros(u.shape) for _ in u.shape]
    for p in points:
        g = [derivative(u, p, k, h) for k in range(u.ndim)]
        length = math.sqrt(sum(v * v for v in g) + 1e-10)
        for k, v in enumerate(g):
            normals[k][p] = v / length
    kappa = np.zeros(u.shape)
    for p in points:
        kappa[p] = sum(derivative(normals[k], p, k, h) for k in range(u.ndim))
    return kappa


def heaviside(u):
    return 0.5 * (1 + 2 / math.pi * math.atan(u))


def means(f, u, v):
    sums = {(a, b): [np.zeros(f.shape[-1]), 0.0] for a in (0, 1) for b in (0, 1)}
    for p in np.ndindex(u.shape):
        h, k = heaviside(u[p]), heaviside(v[p])
        for (a, b), s in sums.items():
            w = (h if a else 1 - h) * (k if b else 1 - k)
            s[0] = s[0] + w * f[p]
            s[1] += w
    return {key: s / w for key, (s, w) in sums.items()}


def run(image, phi, mu, dt, iterations, h):
    """image: channels last."""
    low, high = image.min(), image.max()
    f = (image - low) / (high - low)
    u, v = phi[0].copy(), phi[1].copy()
    change = 0.0
    for _ in range(iterations):
        total = 0.0
        old = u.copy()
        neumann(u)
        c, kappa = means(f, u, v), curvature(u, h)
        new = u.copy()
        for p in np.ndindex(u.shape):
            s, d = heaviside(v[p]), 1 / math.pi / (1 + u[p] ** 2)
            e = lambda a, b: ((f[p] - c[a, b]) ** 2).mean()
            new[p] = u[p] + dt * d * (mu * kappa[p] - (e(1, 1) - e(0, 1)) * s - (e(1, 0) - e(0, 0)) * (1 - s))
        u = new
        total += ((u - old) ** 2).sum()
        old = v.copy()
        neumann(v)
        c, kappa = means(f, u, v), curvature(v, h)
        new = v.copy()
        for p in np.ndindex(u.shape):
            s, d = heaviside(u[p]), 1 / math.pi / (1 + v[p] ** 2)
            e = lambda a, b: ((f[p] - c[a, b]) ** 2).mean()
            new[p] = v[p] + dt * d * (mu * kappa[p] - (e(1, 1) - e(1, 0)) * s - (e(0, 1) - e(0, 0)) * (1 - s))
        v = new
        total += ((v - old) ** 2).sum()
        change = math.sqrt(total / (2 * u.size))
    c = means(f, u, v)
    return np.stack([u, v]), [(low + (high - low) * c[k]).tolist() for k in ((0, 0), (0, 1), (1, 0), (1, 1))], change


def pack(a):
    return {"dtype": "float64", "shape": list(a.shape), "data": np.round(a, 13).ravel().tolist()}


def grid(shape):
    phi = np.zeros((2, *shape))
    for k in range(2):
        for p in np.ndindex(shape):
            shift = [0] * (len(shape) - 2) + [5 * k, 5 * k]
            phi[(k, *p)] = 4 - math.sqrt(sum(((q + s) % 10 - 5) ** 2 for q, s in zip(p, shift)))
    return phi


cases = []
for shape, options, iterations, given, channels in [
    ((11, 14), {"mu": 0.05, "dt": 3}, 6, True, 0),
    ((13, 12), {}, 4, False, 0),
    ((5, 7, 6), {"mu": 0.3, "dt": 1.5}, 4, True, 0),
    ((4, 6, 7), {}, 2, False, 0),
    ((8, 9), {"mu": 0.2, "dt": 2, "spacing": [1.7, 0.6], "channelAxis": -1}, 4, True, 3),
    ((3, 5, 6), {"mu": 0.4, "dt": 1.5, "spacing": [2.5, 0.7, 1.2]}, 3, True, 0),
]:
    index = np.indices(shape)
    y, x = index[-2], index[-1]
    image = np.where(y * 3 > x * 2 + 5, 40.0, 110.0) + np.where((y > 3) & (x > 4), 95.0, 0) + 2.0 * index[0]
    if channels:
        image = np.stack([image * (1 - 0.4 * k) + 30 * k * (x % 3) for k in range(channels)], axis=-1)
    image = np.round(image + rng.normal(scale=9, size=image.shape), 2)
    initial = np.round(np.stack([2 * np.cos(y / 2.0 + index[0] / 3.0) + x / 9, 2 * np.sin(x / 3.0 + 1) - y / 8.0]), 4)
    start = initial if given else grid(shape)
    h = options.get("spacing", [1] * len(shape))
    phi, c, change = run(
        image if channels else image[..., None], start, options.get("mu", 0.01), options.get("dt", 20), iterations, h
    )
    cases.append(
        {
            "options": options,
            "iterations": iterations,
            "image": pack(image),
            "initial": pack(initial) if given else None,
            "phi": pack(phi),
            "means": c,
            "change": change,
        }
    )
golden = {
    "made": {"command": "python3 packages/levelsets/test/goldens/chanVeseMultiphase.py", "seed": 12, "numpy": np.__version__},
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
