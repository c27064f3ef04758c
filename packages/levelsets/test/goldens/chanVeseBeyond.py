"""Goldens of what chanVese has beyond the float64 grey image: /usr/bin/python3 packages/levelsets/test/goldens/chanVeseBeyond.py
float32 by scikit-image of Debian 12; channels, volumes, spacing, Getreuer's scheme and the energy with the length by plain loops over
pixels, which follow the papers' formulas with an index function and no arrays of shifted values."""
import itertools
import json
import math
import pathlib

import numpy as np
import skimage
from skimage.segmentation import chan_vese

rng = np.random.default_rng(12)


def pack(a):
    a = np.asarray(a)
    flat = (a.astype(int) if a.dtype == bool else a).ravel()
    # The shortest text of a float32 is half as long as that of its float64.
    data = [float(str(v)) for v in flat] if a.dtype == np.float32 else flat.tolist()
    return {"dtype": str(a.dtype), "shape": list(a.shape), "data": data}


def scene(shape, channels):
    """An ellipsoid off the centre on a slope, another contrast in each channel, noise; values in [0, 1]."""
    grid = np.indices(shape)
    inside = sum(((g - 0.4 * n) / (0.3 * n)) ** 2 for g, n in zip(grid, shape)) < 1
    layers = [np.where(inside, 0.8 - 0.3 * c, 0.25) + 0.01 * grid[-1] + rng.normal(scale=0.05, size=shape) for c in range(channels)]
    return np.round(np.clip(np.stack(layers, -1), 0, 1), 4)


def evolve(image, scheme, spacing, iterations, mu, nu, lambda1, lambda2, dt):
    """image: axes of phi and then channels."""
    shape = image.shape[:-1]
    channels = image.shape[-1]
    rank = len(shape)
    pixels = list(itertools.product(*map(range, shape)))
    step = math.pi / 5
    phi = {p: math.prod(math.sin(k * step) for k in p) for p in pixels}
    f = {p: [float(v) for v in image[p]] for p in pixels}
    if scheme == "skimage":
        low = min(min(v) for v in f.values())
        high = max(max(v) for v in f.values()) - low
        f = {p: [(v - low) / high for v in f[p]] for p in pixels}

    def at(values, p, *moves):
        q = list(p)
        for axis, by in moves:
            q[axis] = min(max(q[axis] + by, 0), shape[axis] - 1)
        return values[tuple(q)]

    def means(weight):
        w1 = math.fsum(weight[p] for p in pixels)
        w2 = math.fsum(1 - weight[p] for p in pixels)
        c1 = [math.fsum(f[p][c] * weight[p] for p in pixels) / w1 for c in range(channels)]
        c2 = [math.fsum(f[p][c] * (1 - weight[p]) for p in pixels) / w2 for c in range(channels)]
        return c1, c2

    def deviation(p, c):
        total = sum((f[p][k] - c[k]) ** 2 for k in range(channels))
        return total if scheme == "ipol" else total / channels

    def energies():
        h = {p: 0.5 + math.atan(phi[p]) / math.pi for p in pixels}
        c1, c2 = means(h)
        region = math.fsum(lambda1 * deviation(p, c1) * h[p] + lambda2 * deviation(p, c2) * (1 - h[p]) + nu * h[p] for p in pixels)
        length, curvature = [], []
        for p in pixels:
            first = [(at(phi, p, (k, 1)) - at(phi, p, (k, -1))) / (2 * spacing[k]) for k in range(rank)]
            square = sum(d * d for d in first)
            length.append(math.sqrt(square) / (math.pi * (1 + phi[p] ** 2)))
            bent = 0.0
            for j in range(rank):
                second = (at(phi, p, (j, 1)) + at(phi, p, (j, -1)) - 2 * phi[p]) / spacing[j] ** 2
                for k in range(rank):
                    if k != j:
                        mixed = sum(s * t * at(phi, p, (j, s), (k, t)) for s in (1, -1) for t in (1, -1)) / (4 * spacing[j] * spacing[k])
                        bent += second * first[k] ** 2 - mixed * first[j] * first[k]
            curvature.append(bent / (square ** 1.5 + 1e-8))
        return region + mu * math.fsum(length), region + mu * math.fsum(curvature)

    before = []
    change = None
    for _ in range(iterations):
        before.append(energies())
        c1, c2 = means({p: float(phi[p] >= 0 if scheme == "ipol" else phi[p] > 0) for p in pixels})
        source = phi if scheme == "ipol" else dict(phi)
        squares = []
        for p in pixels:
            here = source[p]
            delta = dt / (1 + here * here) / (math.pi if scheme == "ipol" else 1)
            pull, weights = 0.0, 0.0
            for axis in range(rank):
                across = sum(((at(source, p, (k, 1)) - at(source, p, (k, -1))) / (2 * spacing[k])) ** 2 for k in range(rank) if k != axis)
                for by in (1, -1):
                    other = at(source, p, (axis, by))
                    face = 1 / math.sqrt(1e-16 + ((other - here) / spacing[axis]) ** 2 + across) / spacing[axis] ** 2
                    pull += other * face
                    weights += face
            force = mu * pull - nu - lambda1 * deviation(p, c1) + lambda2 * deviation(p, c2)
            phi[p] = (here + delta * force) / (1 + delta * mu * weights)
            squares.append((phi[p] - here) ** 2)
        change = math.sqrt(math.fsum(squares) / len(pixels))
    return {"phi": np.array([phi[p] for p in pixels]).reshape(shape), "length": [e[0] for e in before], "curvature": [e[1] for e in before], "change": change}


loops = []
weights = {"mu": 0.12, "nu": 0.03, "lambda1": 1.2, "lambda2": 0.9, "dt": 0.6}
for title, shape, channels, scheme, spacing, iterations in [
    ("grey, spacing", (9, 13), 1, "skimage", (1.7, 0.6), 6),
    ("two channels", (11, 8), 2, "skimage", (1, 1), 6),
    ("volume, spacing", (5, 8, 6), 1, "skimage", (2.5, 0.8, 1.3), 5),
    ("volume, three channels", (6, 5, 7), 3, "skimage", (1, 1, 1), 4),
    ("Getreuer, grey", (13, 9), 1, "ipol", (1, 1), 6),
    ("Getreuer, two channels", (8, 11), 2, "ipol", (1, 1), 6),
    ("Getreuer, volume, spacing", (5, 6, 7), 1, "ipol", (2.5, 0.8, 1.3), 5),
]:
    image = scene(shape, channels)
    result = evolve(image, scheme, spacing, iterations, **weights)
    options = {**weights, "scheme": scheme, "spacing": spacing}
    if channels > 1:
        options["channelAxis"] = -1
    packed = pack(image if channels > 1 else image[..., 0])
    loops.append({"title": title, "options": options, "image": packed, "iterations": iterations, **{k: pack(v) if k == "phi" else v for k, v in result.items()}})

image32 = scene((13, 18), 1)[..., 0].astype(np.float32)
single = []
for options in [{"max_num_iter": 5}, {"mu": 0.1, "lambda1": 1.3, "lambda2": 0.8, "dt": 0.7, "max_num_iter": 200, "init_level_set": "disk"}]:
    mask, phi, energies = chan_vese(image32, extended_output=True, **options)
    named = {{"max_num_iter": "maxIterations", "init_level_set": "initial"}.get(k, k): v for k, v in options.items()}
    single.append({"options": named, "mask": pack(mask), "phi": pack(phi), "energies": [float(e) for e in energies]})
golden = {
    "made": {"command": "/usr/bin/python3 packages/levelsets/test/goldens/chanVeseBeyond.py", "seed": 12, "scikit-image": skimage.__version__, "numpy": np.__version__},
    "loops": loops,
    "float32": {"image": pack(image32), "cases": single},
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
