"""Goldens of geodesicActiveContour, ITK's sign, a pixel at a time: /usr/bin/python3 <this file> (numpy for arrays only)."""
import itertools
import json
import math
import pathlib

import numpy as np

rng = np.random.default_rng(9)


def step(phi, g, dg, spacing, propagation, curvature, advection):
    n = phi.ndim
    rate = np.zeros(phi.shape)
    wave = bend = 0.0
    for p in np.ndindex(phi.shape):
        def at(offset):
            return phi[tuple(min(max(a + b, 0), m - 1) for a, b, m in zip(p, offset, phi.shape))]
        e = np.eye(n, dtype=int)
        d = [(at(e[k]) - at(-e[k])) / (2 * spacing[k]) for k in range(n)]
        dd = [(at(e[k]) + at(-e[k]) - 2 * phi[p]) / spacing[k] ** 2 for k in range(n)]
        minus = [(phi[p] - at(-e[k])) / spacing[k] for k in range(n)]
        plus = [(at(e[k]) - phi[p]) / spacing[k] for k in range(n)]
        kappa = 0.0
        for i, j in itertools.permutations(range(n), 2):
            mixed = (at(e[i] + e[j]) - at(e[i] - e[j]) - at(e[j] - e[i]) + at(-e[i] - e[j])) / (4 * spacing[i] * spacing[j])
            kappa += dd[j] * d[i] ** 2 - d[i] * d[j] * mixed
        c = curvature * g[p] * kappa / (1e-6 + sum(v * v for v in d))
        f = propagation * g[p]
        if f > 0:
            grow = math.sqrt(sum(max(a, 0) ** 2 + min(b, 0) ** 2 for a, b in zip(minus, plus)))
        else:
            grow = math.sqrt(sum(min(a, 0) ** 2 + max(b, 0) ** 2 for a, b in zip(minus, plus)))
        v = [-advection * dg[k][p] for k in range(n)]
        drift = sum(a * (minus[k] if a > 0 else plus[k]) for k, a in enumerate(v))
        rate[p] = c - f * grow - drift
        wave = max(wave, abs(f) + max(abs(a) for a in v))
        bend = max(bend, abs(c))
    dt = min([1 / (2 * n) / m for m in (wave, bend) if m > 0], default=0) / max(1 / h for h in spacing)
    return phi + dt * rate


def gaussian_slopes(g, sigma, spacing):
    """Derivative of a sampled Gaussian along one axis, the Gaussian along the others, cut off at 4 sigma, borders replicated."""
    result = []
    for axis in range(g.ndim):
        values = g
        for k in range(g.ndim):
            s = sigma / spacing[k]
            radius = int(4 * s + 0.5)
            taps = {d: math.exp(-d * d / (2 * s * s)) for d in range(-radius, radius + 1)}
            total = sum(taps.values())
            weights = {d: w / total * (d / (s * s) if k == axis else 1) for d, w in taps.items()}
            out = np.zeros(g.shape)
            for p in np.ndindex(g.shape):
                for d, w in weights.items():
                    q = list(p)
                    q[k] = min(max(q[k] + d, 0), g.shape[k] - 1)
                    out[p] += w * values[tuple(q)]
            values = out
        result.append(values / spacing[axis])
    return result


cases = []
for shape, spacing, weights, steps, *sigma in [
    ((11, 14), (1, 1), (1, 1, 1), 8),
    ((11, 14), (1.4, 0.7), (-1.5, 0.4, 2), 6),
    ((6, 7, 8), (1.6, 1.1, 0.8), (1.2, 0.6, 0.9), 4),
    ((9, 12), (1.4, 0.8), (0.5, 0.3, 3), 5, 1.1),
    ((5, 4, 6), (1.3, 1, 0.8), (0.4, 0.5, 4), 3, 0.8),
]:
    g = np.round(rng.uniform(0.1, 1, shape), 3)
    centre = [n / 2 - 0.7 + k / 3 for k, n in enumerate(shape)]
    grid = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    initial = np.round(min(shape) / 3 - np.sqrt(sum((a - c) ** 2 for a, c in zip(grid, centre))), 4)
    phi = -initial
    slopes = gaussian_slopes(g, sigma[0], spacing) if sigma else np.gradient(g, *spacing)
    for _ in range(steps):
        phi = step(phi, g, slopes, spacing, *weights)
    pack = lambda a: {"dtype": "float64", "shape": list(a.shape), "data": a.ravel().tolist()}
    cases.append({"g": pack(g), "initial": pack(initial), "phi": pack(-phi), "options": {
        **dict(zip(("propagation", "curvature", "advection"), weights)), "spacing": list(spacing), "maxIterations": steps,
        **({"derivativeSigma": sigma[0]} if sigma else {})}})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"numpy": np.__version__, "cases": cases}) + "\n")
