"""Goldens of @ddl/metrics: python3 packages/metrics/test/goldens/metrics.py (numpy and scipy of Debian 12).

The Hausdorff distances are the formulas of medpy (pooled) and MONAI (larger of the directed percentiles) written out.
"""
import json
import pathlib

import numpy as np
import scipy
from scipy import ndimage

rng = np.random.default_rng(11)


def pack(array):
    return {"dtype": "uint8", "shape": list(array.shape), "data": array.astype(int).ravel().tolist()}


def border(mask):
    return mask ^ ndimage.binary_erosion(mask, ndimage.generate_binary_structure(mask.ndim, 1))


def directed(a, b, spacing):
    return ndimage.distance_transform_edt(~border(b), sampling=spacing)[border(a)]


cases = []
for shape, sigma, level, spacing in [
    ((14, 19), 1.5, 0.05, None),
    ((14, 19), 1.5, 0.1, [2.0, 0.5]),
    ((5, 11, 8), 1.0, 0.1, None),
    ((5, 11, 8), 1.0, 0.1, [3.0, 0.9, 1.1]),
    ((9, 6), 0.4, 0.6, [1.0, 1.7]),
]:
    base = rng.normal(size=shape)
    reference = ndimage.gaussian_filter(base, sigma) > level
    prediction = ndimage.gaussian_filter(base + 0.6 * rng.normal(size=shape), sigma) > level * 0.6
    rp, pr = directed(reference, prediction, spacing), directed(prediction, reference, spacing)
    tp = int((reference & prediction).sum())
    fp = int((~reference & prediction).sum())
    fn = int((reference & ~prediction).sum())
    cases.append(
        {
            "reference": pack(reference),
            "prediction": pack(prediction),
            "spacing": spacing,
            "counts": {"truePositives": tp, "falsePositives": fp, "falseNegatives": fn, "trueNegatives": int(reference.size - tp - fp - fn)},
            "dice": 2 * tp / (2 * tp + fp + fn),
            "jaccard": tp / (tp + fp + fn),
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "hausdorff": max(rp.max(), pr.max()),
            "hd95": max(np.percentile(rp, 95), np.percentile(pr, 95)),
            "hd95Pooled": np.percentile(np.hstack([rp, pr]), 95),
        }
    )
values = [0.3, 0.91, 0.05, 0.66, 0.72, 0.4, 0.88]
golden = {
    "made": {"command": "python3 packages/metrics/test/goldens/metrics.py", "seed": 11, "scipy": scipy.__version__, "numpy": np.__version__},
    "cases": cases,
    "summary": {
        "values": values,
        "mean": np.mean(values),
        "median": np.median(values),
        "q1": np.percentile(values, 25),
        "q3": np.percentile(values, 75),
    },
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
