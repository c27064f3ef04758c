"""Goldens of shapeDetection and thresholdLevelSet, ITK's sign, a pixel at a time: /usr/bin/python3 <this file> (numpy for arrays)."""
import itertools
import json
import math
import pathlib

import numpy as np

rng = np.random.default_rng(23)


def step(phi, speed, smoothing, spacing):
    """phi < 0 inside; `speed` and `smoothing` hold the weights already."""
    n = phi.ndim
    rate = np.zeros(phi.shape)
    wave = bend = 0.0
    for p in np.ndindex(phi.shape):
        def at(*moves):
            q = list(p)
            for axis, by in moves:
                q[axis] += by
            return phi[tuple(min(max(a, 0), m - 1) for a, m in zip(q, phi.shape))]
        here = phi[p]
        d = [(at((k, 1)) - at((k, -1))) / (2 * spacing[k]) for k in range(n)]
        dd = [(at((k, 1)) + at((k, -1)) - 2 * here) / spacing[k] ** 2 for k in range(n)]
        kappa = 0.0
        for i, j in itertools.permutations(range(n), 2):
            mixed = (at((i, 1), (j, 1)) - at((i, 1), (j, -1)) - at((i, -1), (j, 1)) + at((i, -1), (j, -1))) / (4 * spacing[i] * spacing[j])
            kappa += dd[j] * d[i] ** 2 - d[i] * d[j] * mixed
        c = smoothing[p] * kappa / (1e-6 + sum(v * v for v in d))
        f = speed[p]
        total = 0.0
        for k in range(n):
            minus, plus = (here - at((k, -1))) / spacing[k], (at((k, 1)) - here) / spacing[k]
            total += max(minus, 0) ** 2 + min(plus, 0) ** 2 if f > 0 else min(minus, 0) ** 2 + max(plus, 0) ** 2
        rate[p] = c - f * math.sqrt(total)
        wave, bend = max(wave, abs(f)), max(bend, abs(c))
    dt = min([1 / (2 * n) / m for m in (wave, bend) if m > 0], default=0) / max(1 / h for h in spacing)
    return phi + dt * rate


def threshold_speed(image, lower, upper):
    result = np.empty(image.shape)
    for p in np.ndindex(image.shape):
        below = image[p] < (upper - lower) / 2 + lower
        result[p] = image[p] - lower if below else upper - image[p]
    return result


def ball(shape):
    centre = [n / 2 - 0.6 + k / 4 for k, n in enumerate(shape)]
    grid = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    return np.round(min(shape) / 3 - np.sqrt(sum((a - c) ** 2 for a, c in zip(grid, centre))), 4)


def pack(a):
    return {"dtype": "float64", "shape": list(a.shape), "data": a.ravel().tolist()}


def cases(settings, fields):
    result = []
    for shape, spacing, weights, steps, *rest in settings:
        image = np.round(rng.uniform(0.1, 1, shape), 3)
        initial = ball(shape)
        speed, smoothing = fields(image, *rest)
        phi = -initial
        for _ in range(steps):
            phi = step(phi, weights[0] * speed, weights[1] * smoothing, spacing)
        options = {"propagation": weights[0], "curvature": weights[1], "spacing": list(spacing), "maxIterations": steps}
        options.update(zip(("lower", "upper"), rest))
        result.append({"image": pack(image), "initial": pack(initial), "phi": pack(-phi), "options": options})
    return result


golden = {
    "numpy": np.__version__,
    "shapeDetection": cases(
        [((10, 13), (1, 1), (1, 1), 7), ((10, 13), (0.8, 1.3), (-1.2, 0.5), 5), ((5, 6, 7), (1.4, 0.9, 1.1), (0.7, 1.5), 4)],
        lambda g: (g, g)),
    "thresholdLevelSet": cases(
        [((10, 13), (1, 1), (2, 0.3), 7, 0.3, 0.9), ((10, 13), (1.2, 0.7), (1.5, 0), 6, 0.2, 0.7), ((5, 6, 7), (0.8, 1.1, 1.5), (3, 0.6), 4, 0.35, 0.8)],
        lambda image, lower, upper: (threshold_speed(image, lower, upper), np.ones(image.shape))),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
