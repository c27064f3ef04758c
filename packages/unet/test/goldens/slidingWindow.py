"""Goldens of slidingWindow: /usr/bin/python3 packages/unet/test/goldens/slidingWindow.py (numpy and scipy of Debian 12).

nnU-Net's procedure, written out: pad with zeros, steps, Gaussian by scipy, sum of weighted predictions over sum of weights. The "model"
multiplies what it sees by a ramp over the window, so that each window gives a pixel another value.
"""
import itertools
import json
import pathlib

import numpy as np
import scipy
from scipy.ndimage import gaussian_filter


def gaussian(patch):
    impulse = np.zeros(patch)
    impulse[tuple(n // 2 for n in patch)] = 1
    weights = gaussian_filter(impulse, [n / 8 for n in patch], 0, mode="constant", cval=0)
    weights /= weights.max()
    weights[weights == 0] = weights[weights != 0].min()
    return weights


def steps(image, patch, step):
    count = [int(np.ceil((i - p) / (p * step))) + 1 for i, p in zip(image, patch)]
    lengths = [(i - p) / max(1, n - 1) for i, p, n in zip(image, patch, count)]
    return [[int(np.round(length * k)) for k in range(n)] for length, n in zip(lengths, count)]


def ramp(patch):
    value = np.ones(patch)
    for axis, n in enumerate(patch):
        value = value + (axis + 1) * np.arange(n).reshape([-1 if k == axis else 1 for k in range(len(patch))])
    return value


def slide(image, patch, step):
    pads = [(max(0, p - n) // 2, (max(0, p - n) + 1) // 2) for n, p in zip(image.shape, patch)]
    padded = np.pad(image, pads)
    total, weight, window = np.zeros(padded.shape), np.zeros(padded.shape), gaussian(patch)
    for corner in itertools.product(*steps(padded.shape, patch, step)):
        at = tuple(slice(c, c + p) for c, p in zip(corner, patch))
        total[at] += window * ramp(patch) * padded[at]
        weight[at] += window
    inside = tuple(slice(b, b + n) for (b, _), n in zip(pads, image.shape))
    return (total / weight)[inside]


cases = []
for shape, patch, overlap in [((13, 10), (6, 8), 0.5), ((5, 17), (8, 6), 0.25), ((6, 9, 11), (4, 6, 5), 0.5)]:
    image = np.sin(0.7 * np.arange(np.prod(shape)) + 0.2).reshape(shape).astype(np.float32)
    result = slide(image.astype(np.float64), patch, 1 - overlap)
    cases.append({"shape": shape, "patch": patch, "overlap": overlap, "result": result.ravel().round(6).tolist()})
golden = {
    "made": {
        "command": "/usr/bin/python3 packages/unet/test/goldens/slidingWindow.py",
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    },
    "steps": [{"length": n, "window": p, "overlap": o, "starts": steps([n], [p], 1 - o)[0]} for n, p, o in
              [(110, 64, 0.5), (110, 32, 0.5), (64, 64, 0.5), (23, 5, 0.0), (41, 9, 0.75), (27, 6, 0.3)]],
    "gaussian": {"patch": [7, 10], "weights": gaussian((7, 10)).ravel().tolist()},
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
