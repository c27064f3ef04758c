"""Goldens of the Sobel filter: python3 packages/ndimage/test/goldens/sobel.py (scikit-image, scipy and numpy of Debian 12)."""
import json
import pathlib

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage import filters

seed = 20261125
rng = np.random.default_rng(seed)


def pack(array):
    array = np.asarray(array)
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": array.ravel().tolist()}


image = np.round(rng.normal(size=(5, 8)) * 10 + np.arange(8), 3)
arrays = {
    "line": np.round(rng.normal(size=7), 3),
    "image": image,
    "single": image.astype(np.float32),
    "volume": np.round(rng.normal(size=(3, 4, 5)) + np.arange(3)[:, None, None], 3),
    "point": np.array([[2.5]]),
    "bytes": rng.integers(0, 256, size=(4, 6)).astype(np.uint8),
}
as_float = {name: a.astype(float) if a.dtype == np.uint8 else a for name, a in arrays.items()}

inside = rng.random((5, 8)) < 0.93
sobel = []
for name in ["line", "image", "single", "volume", "point", "bytes"]:
    a = as_float[name]
    for axis in [None, *range(a.ndim)]:
        for mode in ["reflect", "nearest", "mirror", "wrap"] if name == "image" else ["reflect"]:
            # Of a line scikit-image gives the signed derivative also where no axis is asked for; ours is the magnitude.
            edges = filters.sobel(a, axis=axis, mode=mode)
            sobel.append({"array": name, "options": {"axis": axis, "mode": mode}, "masked": False, "result": pack(np.abs(edges) if axis is None else edges)})
            derivative = [ndimage.sobel(a, axis=k, mode=mode) for k in range(a.ndim)]
            result = derivative[axis] if axis is not None else np.sqrt(sum(d * d for d in derivative))
            sobel.append({"array": name, "options": {"axis": axis, "mode": mode, "scaling": "scipy"}, "masked": False, "result": pack(result)})
sobel.append({"array": "image", "options": {"axis": None, "mode": "reflect"}, "masked": True, "result": pack(filters.sobel(image, inside))})
for axis in [0, 1]:
    edge = np.array([1, 0, -1])
    smooth = np.array([1, 2, 1]) / 4
    kernel = np.outer(edge, smooth) if axis == 0 else np.outer(smooth, edge)
    result = ndimage.convolve(image, kernel, mode="constant", cval=4.5)
    sobel.append({"array": "image", "options": {"axis": axis, "mode": "constant", "cval": 4.5}, "masked": False, "result": pack(result)})
    result = ndimage.sobel(image, axis, mode="constant", cval=4.5)
    sobel.append({"array": "image", "options": {"axis": axis, "mode": "constant", "cval": 4.5, "scaling": "scipy"}, "masked": False, "result": pack(result)})

golden = {
    "made": {"command": "python3 packages/ndimage/test/goldens/sobel.py", "seed": seed, "scikit-image": skimage.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
    "arrays": {name: pack(a) for name, a in arrays.items()},
    "mask": {"dtype": "bool", "shape": [5, 8], "data": inside.astype(int).ravel().tolist()},
    "sobel": sobel,
}
for case in sobel:
    case["options"] = {k: v for k, v in case["options"].items() if v is not None}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
