"""Goldens of the filters: python3 packages/ndimage/test/goldens/filters.py (scipy and numpy of Debian 12)."""
import json
import pathlib

import numpy as np
import scipy
from scipy import ndimage

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

gaussian = []
for name, sigma, order, mode, cval, truncate in [
    ("line", 1.2, 0, "wrap", 0, 4),
    ("line", 3, 1, "constant", 2.5, 3),
    ("line", 0.7, 3, "mirror", 0, 5),
    ("image", [0.875, 2.0], [1, 0], "nearest", 0, 4),
    ("image", [1.5, 0.6], [0, 2], "reflect", 0, 4),
    ("image", [4.0, 1.0], [0, 0], "wrap", 0, 4),
    ("image", [2.0, 3.0], [2, 1], "mirror", 0, 2),
    ("image", [1.0, 0.0], 0, "constant", -7, 4),
    ("image", 1.3, [4, 0], "wrap", 0, 4),
    ("single", [0.8, 1.7], [0, 1], "reflect", 0, 4),
    ("bytes", [1.1, 0.4], 0, "constant", 100, 4),
    ("volume", [0.5, 1.0, 2.25], [0, 1, 0], "wrap", 0, 3),
    ("volume", [1.5, 0.75, 1.0], [0, 0, 2], "constant", 0.3, 4),
    ("point", 2, 0, "mirror", 0, 4),
    ("point", 1, 0, "constant", 1, 4),
]:
    result = ndimage.gaussian_filter(as_float[name], sigma, order=order, mode=mode, cval=cval, truncate=truncate)
    gaussian.append({"array": name, "sigma": sigma, "order": order, "mode": mode, "cval": cval, "truncate": truncate, "result": pack(result)})

magnitude = []
for name, sigma, mode, cval, truncate in [
    ("line", 1.0, "nearest", 0, 4),
    ("image", [1.0, 2.5], "reflect", 0, 4),
    ("image", 0.8, "constant", 3, 2),
    ("image", 1.7, "wrap", 0, 4),
    ("single", 1.3, "nearest", 0, 4),
    ("volume", [0.6, 1.1, 0.9], "mirror", 0, 4),
    ("bytes", 1.0, "nearest", 0, 4),
]:
    result = ndimage.gaussian_gradient_magnitude(as_float[name], sigma, mode=mode, cval=cval, truncate=truncate)
    magnitude.append({"array": name, "sigma": sigma, "mode": mode, "cval": cval, "truncate": truncate, "result": pack(result)})

gradient = []
for name, spacing in [("line", [0.3]), ("image", None), ("image", [2.5, 0.7]), ("single", [0.3, 1.1]), ("volume", [2.0, 0.5, 1.25]), ("bytes", [3.0, 0.1])]:
    result = np.gradient(as_float[name], *(spacing or [1.0]))
    gradient.append({"array": name, "spacing": spacing, "results": [pack(g) for g in (result if isinstance(result, list) else [result])]})

golden = {
    "made": {"command": "python3 packages/ndimage/test/goldens/filters.py", "seed": seed, "scipy": scipy.__version__, "numpy": np.__version__},
    "arrays": {name: pack(a) for name, a in arrays.items()},
    "gaussian": gaussian,
    "magnitude": magnitude,
    "gradient": gradient,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
