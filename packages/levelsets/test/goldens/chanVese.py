"""Goldens of chanVese: python3 packages/levelsets/test/goldens/chanVese.py (scikit-image of Debian 12)."""
import json
import pathlib

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage.segmentation import chan_vese
from skimage.segmentation._chan_vese import _cv_checkerboard, _cv_large_disk, _cv_small_disk

rng = np.random.default_rng(3)
rows, columns = 17, 22
y, x = np.mgrid[:rows, :columns]
image = np.where((y - 7) ** 2 / 16 + (x - 8) ** 2 / 36 < 1, 190.0, 60.0) + np.where((y > 11) & (x > 15), 90.0, 0) + 2.0 * y
image = np.round(ndimage.gaussian_filter(image, 0.8) + rng.normal(scale=14, size=image.shape), 3)
array = np.round(np.cos(y / 3.0) * np.sin(x / 4.0 + 1), 6)


def pack(a):
    a = np.asarray(a)
    return {"dtype": str(a.dtype), "shape": list(a.shape), "data": (a.astype(int) if a.dtype == bool else a).ravel().tolist()}


cases = []
for options in [
    {},
    {"mu": 0.1, "lambda1": 1.3, "lambda2": 0.8, "tol": 1e-3, "max_num_iter": 60, "dt": 0.7, "init_level_set": "disk"},
    {"mu": 0.05, "tol": 0, "max_num_iter": 7, "init_level_set": "small disk"},
    {"mu": 0.3, "max_num_iter": 40, "dt": 0.9, "init_level_set": array},
]:
    mask, phi, energies = chan_vese(image, extended_output=True, **options)
    named = {k: v for k, v in options.items() if k != "init_level_set"}
    initial = options.get("init_level_set", "checkerboard")
    cases.append(
        {
            "options": {{"tol": "tolerance", "max_num_iter": "maxIterations"}.get(k, k): v for k, v in named.items()},
            "initial": initial if isinstance(initial, str) else None,
            "mask": pack(mask),
            "phi": pack(phi),
            "energies": [float(e) for e in energies],
        }
    )
golden = {
    "made": {"command": "python3 packages/levelsets/test/goldens/chanVese.py", "seed": 3, "scikit-image": skimage.__version__, "numpy": np.__version__, "scipy": scipy.__version__},
    "image": pack(image),
    "array": pack(array),
    "cases": cases,
    "initial": {
        "checkerboard": [float(v) for v in _cv_checkerboard((56, 61), 5)[55]],
        "disk": pack(_cv_large_disk((6, 9))),
        "small disk": pack(_cv_small_disk((6, 9))),
    },
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
