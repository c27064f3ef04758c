"""Goldens of drlse, in Li's sign convention: /usr/bin/python3 packages/levelsets/test/goldens/drlse.py (numpy only)."""
import json
import pathlib

import numpy as np

rng = np.random.default_rng(5)


def run(g, phi, mu, lam, alpha, eps, dt, potential, spacing, steps):
    phi = phi.copy()
    dg = np.gradient(g, *spacing)
    for _ in range(steps):
        core = phi[(slice(1, -1),) * phi.ndim]
        phi = np.pad(core, 1, mode="reflect")
        grads = np.gradient(phi, *spacing)
        s = np.sqrt(sum(d * d for d in grads))
        normal = [d / (s + 1e-10) for d in grads]
        kappa = sum(np.gradient(n, h, axis=k) for k, (n, h) in enumerate(zip(normal, spacing)))
        wide = np.pad(phi, 1, mode="edge")
        laplacian = sum(np.diff(np.moveaxis(wide, k, 0), n=2, axis=0)[(slice(None),) + (slice(1, -1),) * (phi.ndim - 1)].swapaxes(0, 0).transpose(
            np.argsort([k] + [j for j in range(phi.ndim) if j != k])) / h**2 for k, h in enumerate(spacing))
        if potential == "single well":
            reg = laplacian - kappa
        else:
            p = np.where(s <= 1, np.sin(2 * np.pi * s) / (2 * np.pi), s - 1)
            d = np.where(p == 0, 1, p) / np.where(s == 0, 1, s)
            reg = laplacian + sum(np.gradient(d * q - q, h, axis=k) for k, (q, h) in enumerate(zip(grads, spacing)))
        delta = np.where(np.abs(phi) <= eps, (1 + np.cos(np.pi * phi / eps)) / (2 * eps), 0)
        edge = delta * sum(a * n for a, n in zip(dg, normal)) + delta * g * kappa
        phi = phi + dt * (mu * reg + lam * edge + alpha * delta * g)
    return phi


cases = []
for shape, spacing, mu, alpha, potential, steps in [
    ((13, 17), (1, 1), 0.2, 1.5, "double well", 12),
    ((13, 17), (1.3, 0.8), 0.15, -2, "double well", 7),
    ((13, 17), (1, 1), 0.04, -1, "single well", 6),
    ((7, 8, 9), (1.5, 1.2, 0.9), 0.1, -1.2, "double well", 5),
]:
    g = np.round(rng.uniform(0.1, 1, shape), 3)
    phi = np.full(shape, 2.0)
    phi[tuple(slice(2, n - 3 - k) for k, n in enumerate(shape))] = -2
    result = run(g, phi, mu, 3, alpha, 1.5, 1, potential, spacing, steps)
    pack = lambda a: {"dtype": "float64", "shape": list(a.shape), "data": a.ravel().tolist()}
    cases.append({"g": pack(g), "initial": pack(phi), "phi": pack(result), "alphaOfLi": alpha,
                  "options": {"mu": mu, "lambda": 3, "potential": potential, "spacing": list(spacing), "maxIterations": steps, "tolerance": 0}})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"numpy": np.__version__, "cases": cases}) + "\n")
