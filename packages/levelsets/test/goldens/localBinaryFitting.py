"""Local binary fitting from its equations (Li, Kao, Gore and Ding 2008), with numpy and scipy's convolution.

Run: /usr/bin/python3 packages/levelsets/test/goldens/localBinaryFitting.py
"""
import json
import os

import numpy as np
from scipy.ndimage import convolve


def neumann(u):
    for axis in range(u.ndim):
        v = np.moveaxis(u, axis, 0)
        if v.shape[0] > 2:
            v[0] = v[2]
            v[-1] = v[-3]
    return u


def evolve(f, u, sigma, nu, mu, l1, l2, eps, dt, steps):
    image = (f - f.min()) / (f.max() - f.min()) * 255
    r = round(2 * sigma)
    grid = np.meshgrid(*[np.arange(-r, r + 1)] * f.ndim, indexing="ij")
    kernel = np.exp(-sum(x**2 for x in grid) / (2 * sigma**2))
    kernel /= kernel.sum()
    smooth = lambda x: convolve(x, kernel, mode="constant")
    k1, ki = smooth(np.ones(f.shape)), smooth(image)
    for _ in range(steps):
        neumann(u)
        slopes = np.gradient(u)
        norm = np.sqrt(sum(s**2 for s in slopes) + 1e-10)
        kappa = sum(np.gradient(s / norm, axis=k) for k, s in enumerate(slopes))
        h = 0.5 * (1 + 2 / np.pi * np.arctan(u / eps))
        delta = eps / np.pi / (eps**2 + u**2)
        a, b = smooth(h), smooth(image * h)
        f1, f2 = b / a, (ki - b) / (k1 - a)
        misfit = (l1 - l2) * k1 * image**2 + smooth(l1 * f1**2 - l2 * f2**2) - 2 * image * smooth(l1 * f1 - l2 * f2)
        padded = np.pad(u, 1, mode="edge")
        inner = tuple([slice(1, -1)] * u.ndim)
        lap = sum(
            np.roll(padded, 1, axis)[inner] + np.roll(padded, -1, axis)[inner] - 2 * u for axis in range(u.ndim)
        )
        u += dt * (delta * (nu * kappa - misfit) + mu * (lap - kappa))
    return u


rng = np.random.default_rng(8)
cases = []
for shape, options, steps in [
    ((19, 24), dict(sigma=2, nu=65.025, mu=1, lambda1=1, lambda2=1, epsilon=1, dt=0.1), 12),
    ((17, 15), dict(sigma=1.4, nu=20, mu=0.5, lambda1=1.2, lambda2=0.9, epsilon=1.5, dt=0.05), 15),
    ((6, 9, 8), dict(sigma=1, nu=30, mu=0.8, lambda1=1, lambda2=1.1, epsilon=1, dt=0.1), 6),
]:
    places = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    blob = (sum((x - 0.15 * k) ** 2 for k, x in enumerate(places)) < 0.4).astype(float)
    f = np.round(40 * blob + 60 * places[0] + 20 * places[-1] + 3 * rng.standard_normal(shape), 1)
    start = np.where(np.all([np.abs(x) < 0.5 for x in places], axis=0), 2.0, -2.0)
    o = options
    phi = evolve(f, start.copy(), o["sigma"], o["nu"], o["mu"], o["lambda1"], o["lambda2"], o["epsilon"], o["dt"], steps)
    pack = lambda x: {"dtype": "float64", "shape": list(shape), "data": x.ravel().tolist()}
    cases.append({"image": pack(f), "initial": pack(start), "phi": pack(phi), "options": {**options, "maxIterations": steps}})

with open(os.path.splitext(__file__)[0] + ".json", "w") as file:
    json.dump({"cases": cases}, file, separators=(",", ":"))
    file.write("\n")
