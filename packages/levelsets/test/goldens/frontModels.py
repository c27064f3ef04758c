"""Goldens of shapeDetection and thresholdLevelSet, ITK's sign, a pixel at a time: /usr/bin/python3 <this file> (numpy for arrays)."""
import itertools
import json
import math
import pathlib

import numpy as np

SPACINGS = {(8, 11): (1.2, 0.9), (4, 5, 6): (0.8, 1.1, 1.5)}
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


def clamped(a, p, *moves):
    q = list(p)
    for axis, by in moves:
        q[axis] += by
    return a[tuple(min(max(v, 0), n - 1) for v, n in zip(q, a.shape))]


def diffused(image, spacing, iterations, conductance, dt):
    """ITK's gradient anisotropic diffusion: slopes per unit of length, differences of fluxes not divided by it again."""
    a = image.copy()
    n = a.ndim

    def slope(p, k, *moves):
        return (clamped(a, p, (k, 1), *moves) - clamped(a, p, (k, -1), *moves)) / (2 * spacing[k])

    for _ in range(iterations):
        mean = sum(slope(p, k) ** 2 for p in np.ndindex(a.shape) for k in range(n)) / a.size
        K = -2 * conductance**2 * mean
        rate = np.zeros(a.shape)
        for p in np.ndindex(a.shape):
            for k in range(n):
                for side in (1, -1):
                    d = side * (clamped(a, p, (k, side)) - a[p]) / spacing[k]
                    across = sum(0.25 * (slope(p, j) + slope(p, j, (k, side))) ** 2 for j in range(n) if j != k)
                    rate[p] += side * d * math.exp((d * d + across) / K)
        a = a + dt * rate
    return a


def laplacian(a, spacing):
    out = np.zeros(a.shape)
    for p in np.ndindex(a.shape):
        out[p] = sum(
            (clamped(a, p, (k, 1)) + clamped(a, p, (k, -1)) - 2 * a[p]) / spacing[k] ** 2 for k in range(a.ndim)
        )
    return out


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
        names = ("lower", "upper", "edgeWeight", "smoothingIterations", "smoothingConductance", "smoothingTimeStep")
        options.update(zip(names, rest))
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
# Behind the others, whose random numbers stay what they were.
golden["edgeWeight"] = cases(
    [((8, 11), (1.2, 0.9), (1.5, 0.2), 5, 0.3, 0.9, -0.4, 5, 0.8, 0.1), ((4, 5, 6), (0.8, 1.1, 1.5), (2, 0.4), 3, 0.2, 0.8, 0.7, 3, 1.3, 0.05)],
    lambda image, lower, upper, weight, iterations, conductance, dt: (
        threshold_speed(image, lower, upper)
        + weight * laplacian(diffused(image, SPACINGS[image.shape], iterations, conductance, dt), SPACINGS[image.shape]),
        np.ones(image.shape),
    ),
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
