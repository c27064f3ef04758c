"""Goldens of distances between borders: python3 packages/metrics/test/goldens/surfaces.py (numpy and scipy of Debian 12).

Borders by scipy's erosion, distances by its exact transform of the whole image, percentiles by numpy: the formulas of medpy, MONAI
and MetricsReloaded written out.
"""
import json
import pathlib

import numpy as np
import scipy
from scipy import ndimage

SEED = 23
rng = np.random.default_rng(SEED)


def pack(array):
    return {"dtype": "uint8", "shape": list(array.shape), "data": array.astype(int).ravel().tolist()}


def border(mask):
    return mask & ~ndimage.binary_erosion(mask, ndimage.generate_binary_structure(mask.ndim, 1))


def directed(a, b, spacing):
    return ndimage.distance_transform_edt(~border(b), sampling=spacing)[border(a)]


def smooth(shape, sigma, level):
    base = rng.normal(size=shape)
    other = base + 0.7 * rng.normal(size=shape)
    return ndimage.gaussian_filter(base, sigma) > level, ndimage.gaussian_filter(other, sigma) > level * 0.7


def sparse(shape, few, many):
    return rng.random(shape) < few, rng.random(shape) < many


def one(shape, *places):
    mask = np.zeros(shape, bool)
    for place in places:
        mask[place] = True
    return mask


full = np.ones((4, 7), bool)
slab = np.zeros((5, 8, 6), bool)
slab[:, :3, 2:] = True
cases = [
    ("random plane", *smooth((13, 17), 1.4, 0.06), None),
    ("random plane, unlike spacing", *smooth((17, 12), 1.2, 0.08), [2.3, 0.6]),
    ("random volume", *smooth((5, 11, 8), 1.0, 0.1), None),
    ("random volume, unlike spacing", *smooth((7, 6, 9), 1.1, 0.05), [3.1, 0.9, 1.3]),
    ("scattered plane, far apart", *sparse((31, 23), 0.01, 0.03), [0.7, 1.9]),
    ("scattered volume, far apart", *sparse((9, 14, 11), 0.006, 0.02), [1.3, 0.8, 2.9]),
    ("scattered volume, pixels", *sparse((11, 7, 13), 0.01, 0.004), None),
    ("touching one edge", slab, np.roll(slab, 2, 1) & (np.arange(6) > 1), [2.0, 1.5, 0.7]),
    ("single voxels", one((4, 9, 6), (0, 1, 5)), one((4, 9, 6), (3, 8, 0)), [2.5, 0.5, 1.2]),
    ("full against one corner", full, one((4, 7), (3, 0), (3, 1)), [1.1, 2.2]),
    ("line", *sparse((29,), 0.2, 0.4), [1.7]),
]
made = []
for name, reference, prediction, spacing in cases:
    rp, pr = directed(reference, prediction, spacing), directed(prediction, reference, spacing)
    both = np.hstack([rp, pr])
    tolerance = float(np.median(both)) + 0.0625
    made.append(
        {
            "name": name,
            "reference": pack(reference),
            "prediction": pack(prediction),
            "spacing": spacing,
            "fromReference": rp.tolist(),
            "fromPrediction": pr.tolist(),
            "hausdorff": both.max(),
            "directed90": max(np.percentile(rp, 90), np.percentile(pr, 90)),
            "directed37": max(np.percentile(rp, 37), np.percentile(pr, 37)),
            "pooled90": np.percentile(both, 90),
            "pooled37": np.percentile(both, 37),
            "fromPredictionMean": pr.mean(),
            "fromReferenceMean": rp.mean(),
            "symmetric": both.mean(),
            "meanOfMeans": (pr.mean() + rp.mean()) / 2,
            "tolerance": tolerance,
            "surfaceDice": ((rp <= tolerance).sum() + (pr <= tolerance).sum()) / both.size,
        }
    )
golden = {
    "made": {"command": "python3 packages/metrics/test/goldens/surfaces.py", "seed": SEED, "scipy": scipy.__version__, "numpy": np.__version__},
    "cases": made,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size, [(len(c["fromReference"]), len(c["fromPrediction"])) for c in made])
