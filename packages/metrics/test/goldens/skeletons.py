"""Goldens of skeletons, centre-line Dice and boundary IoU: python3 packages/metrics/test/goldens/skeletons.py (Debian 12).

Skeletons by scikit-image; regions of boundary IoU by scipy's erosion and distance transform: the formulas of boundary-iou-api and
MetricsReloaded written out.
"""
import json
import pathlib

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage.morphology import skeletonize

SEED = 31
rng = np.random.default_rng(SEED)


def pack(array):
    return {"dtype": "uint8", "shape": list(array.shape), "data": array.astype(int).ravel().tolist()}


def border(mask):
    return mask & ~ndimage.binary_erosion(mask, ndimage.generate_binary_structure(mask.ndim, 1))


def share(skeleton, mask):
    return (skeleton & mask).sum() / skeleton.sum()


def centerline(r, p, method):
    precision = share(skeletonize(p, method=method) > 0, r)
    sensitivity = share(skeletonize(r, method=method) > 0, p)
    return 0.0 if precision + sensitivity == 0 else 2 * precision * sensitivity / (precision + sensitivity)


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def strip(mask, ratio):
    width = max(1, int(round(ratio * np.sqrt(sum(n * n for n in mask.shape)))))
    return mask & ~ndimage.binary_erosion(mask, np.ones((3,) * mask.ndim), iterations=width)


def near(mask, distance):
    return mask & (ndimage.distance_transform_edt(~border(mask)) < distance)


cases = []
for name, shape, sigma, level, methods in [
    ("plane", (27, 38), 2.0, -0.02, ["zhang", "lee"]),
    ("coarse noise", (21, 33), 1.0, -0.1, ["zhang", "lee"]),
    ("noise", (19, 26), 0.0, -0.4, ["zhang", "lee"]),
    ("dense noise", (16, 23), 0.0, -1.3, ["zhang", "lee"]),
    ("full", (7, 12), 0.0, -99, ["zhang", "lee"]),
    ("volume", (9, 12, 15), 1.6, -0.02, ["lee"]),
    ("coarse noise in a volume", (8, 13, 10), 0.8, -0.1, ["lee"]),
    ("noise in a volume", (7, 11, 9), 0.0, 0.3, ["lee"]),
    ("dense noise in a volume", (6, 9, 11), 0.0, -1.2, ["lee"]),
    ("volume of one plane", (1, 14, 19), 1.0, -0.1, ["lee"]),
]:
    base = rng.normal(size=shape)
    reference = ndimage.gaussian_filter(base, sigma) > level
    prediction = ndimage.gaussian_filter(base + 0.5 * rng.normal(size=shape), sigma) > level
    cases.append(
        {
            "name": name,
            "reference": pack(reference),
            "prediction": pack(prediction),
            "methods": [
                {
                    "method": {"zhang": "zhang-suen"}.get(method, method),
                    "skeleton": np.flatnonzero(skeletonize(reference, method=method)).tolist(),
                    "centerlineDice": centerline(reference, prediction, method),
                }
                for method in methods
            ],
            "ratios": [[ratio, iou(strip(reference, ratio), strip(prediction, ratio))] for ratio in (0.02, 0.06, 0.11)],
            "distances": [[d, iou(near(reference, d), near(prediction, d))] for d in (1, 1.5, 3)],
        }
    )
golden = {
    "made": {
        "command": "python3 packages/metrics/test/goldens/skeletons.py",
        "seed": SEED,
        "skimage": skimage.__version__,
        "scipy": scipy.__version__,
        "numpy": np.__version__,
    },
    "cases": cases,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":"), default=float) + "\n")
print(target, target.stat().st_size, [c["ratios"] for c in cases], [[m["centerlineDice"] for m in c["methods"]] for c in cases])
