"""Goldens of resize: python3 packages/ndimage/test/goldens/resize.py (scikit-image, scipy and numpy of Debian 12)."""
import json
import pathlib
import warnings

import numpy as np
import scipy
import skimage
from skimage.transform import resize

warnings.simplefilter("ignore")
seed = 20261126
rng = np.random.default_rng(seed)


def pack(array):
    array = np.asarray(array)
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": array.ravel().tolist()}


arrays = {
    # All positive: where 0 lies outside, blends with it are clipped to the image's range.
    "image": np.round(rng.random((5, 8)) * 4 + 3, 3),
    "volume": np.round(rng.normal(size=(3, 4, 5)), 3),
    "column": np.round(rng.normal(size=(6, 1)), 3),
}
cases = []
for name, shape, order, mode, cval, antialias, clip in [
    *[("image", [7, 5], order, mode, 2.0, False, True) for mode in ["reflect", "edge", "symmetric", "wrap", "constant"] for order in [0, 1]],
    *[("image", [2, 3], 1, mode, 9.5, True, True) for mode in ["reflect", "edge", "symmetric", "wrap", "constant"]],
    ("image", [13, 17], 1, "constant", 0.0, False, True),
    ("image", [13, 17], 1, "constant", 0.0, False, False),
    ("image", [13, 17], 1, "constant", 4.5, False, True),
    ("image", [9, 6], 2, "constant", 0.0, False, True),
    ("image", [9, 6], 2, "constant", 5.0, False, True),
    ("image", [9, 6], 2, "reflect", 0.0, True, False),
    ("volume", [5, 3, 7], 1, "wrap", 0.0, True, True),
    ("volume", [2, 9, 5], 0, "edge", 0.0, False, True),
    ("column", [4, 3], 1, "symmetric", 0.0, False, True),
    ("column", [9, 3], 1, "reflect", 0.0, False, True),
]:
    result = resize(arrays[name], shape, order=order, mode=mode, cval=cval, anti_aliasing=antialias, clip=clip, preserve_range=True)
    options = {"order": order, "mode": mode, "cval": cval, "antialias": antialias, "clip": clip}
    cases.append({"array": name, "shape": shape, "options": options, "result": pack(result)})

golden = {
    "made": {"command": "python3 packages/ndimage/test/goldens/resize.py", "seed": seed, "scikit-image": skimage.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
    "arrays": {name: pack(a) for name, a in arrays.items()},
    "cases": cases,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
