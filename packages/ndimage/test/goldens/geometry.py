"""Goldens of resampling: python3 packages/ndimage/test/goldens/geometry.py (scikit-image, scipy and numpy of Debian 12)."""
import json
import pathlib
import warnings

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage import draw

warnings.simplefilter("ignore")
seed = 20261125
rng = np.random.default_rng(seed)


def pack(array):
    array = np.asarray(array)
    data = array.astype(int) if array.dtype == bool else array
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data.ravel().tolist()}


arrays = {
    "line": np.round(rng.normal(size=6), 2),
    "image": np.round(rng.normal(size=(5, 7)) + np.arange(7), 2),
    "single": np.round(rng.normal(size=(4, 6)), 2).astype(np.float32),
    "volume": np.round(rng.normal(size=(3, 4, 5)), 2),
    "row": np.round(rng.normal(size=(1, 5)), 2),
}
MODES = ["constant", "grid-constant", "nearest", "reflect", "mirror", "grid-wrap", "wrap"]

affine = []


def add(name, matrix, order, mode, cval=0.0, offset=None, shape=None):
    m = np.array(matrix, float)
    result = ndimage.affine_transform(arrays[name], m, 0 if offset is None else offset, None if shape is None else tuple(shape), order=order, mode=mode, cval=cval)
    options = {"order": order, "mode": mode, "cval": cval}
    if offset is not None:
        options["offset"] = offset
    if shape is not None:
        options["outputShape"] = shape
    affine.append({"array": name, "matrix": matrix, "options": options, "result": pack(result)})


for mode in MODES:
    for order in [0, 1]:
        add("image", [[0.8, 0.45], [-0.3, 1.2]], order, mode, 9.5, [-3.2, -1.7], [6, 8])
        add("line", [[1.37]], order, mode, -2.0, -9.3, [19])
        add("row", [[1.1, 0.2], [0.1, 1.4]], order, mode, 5.0, [-0.6, -4.3], [3, 7])
for order in [0, 1]:
    add("image", [0.6, 1.7], order, "constant", 1.0, [0.3, -2.2], [8, 5])
    add("image", [0.6, 1.7], order, "mirror", 1.0, [-4.3, -2.2], [8, 5])
    add("image", [[0.8, 0.45, -1.0], [-0.3, 1.2, 0.5]], order, "nearest")
    add("image", [[0.8, 0.45, -1.0], [-0.3, 1.2, 0.5], [0, 0, 1]], order, "constant", 2.0)
    add("image", [[0, 1], [1, 0]], order, "constant", 0.0, None, [7, 5])
    add("image", [[0.7], [1.1]], order, "reflect", 0.0, [0.5, -1.2], [9])
    add("volume", [[1.0, 0.1, -0.2], [0.3, 0.9, 0.0], [-0.1, 0.2, 1.1]], order, "reflect", 0.0, [-0.4, 0.3, -1.1])
    add("volume", [[0.9, 0.2], [0.3, -0.8], [0.1, 1.2]], order, "constant", 7.0, [0.2, 2.5, -0.3], [4, 3])
    add("volume", [0.7, 1.1, 1.3], order, "wrap", 0.0, 0.2, [4, 3, 5])
    add("single", [[0.8, 0.3], [-0.3, 0.8]], order, "grid-constant", 1.5, [0.5, 0.1])

rotate = []
for name, angle, axes, reshape, order, mode, cval in [
    ("image", 30, [1, 0], True, 1, "constant", 0.0),
    ("image", 30, [0, 1], False, 1, "nearest", 0.0),
    ("image", -77.3, [1, 0], True, 0, "constant", 3.0),
    ("image", 90, [1, 0], True, 1, "constant", 0.0),
    ("image", 270, [1, 0], False, 0, "reflect", 0.0),
    ("image", 1235.5, [1, 0], True, 1, "mirror", 0.0),
    ("row", 45, [1, 0], True, 1, "constant", 1.0),
    ("volume", 12, [1, 0], False, 1, "constant", 0.0),
    ("volume", 112, [2, 0], True, 1, "grid-wrap", 0.0),
    ("volume", -33, [1, 2], True, 0, "constant", -1.0),
]:
    result = ndimage.rotate(arrays[name], angle, axes=tuple(axes), reshape=reshape, order=order, mode=mode, cval=cval)
    rotate.append({"array": name, "angle": angle, "options": {"axes": axes, "reshape": reshape, "order": order, "mode": mode, "cval": cval}, "result": pack(result)})

# Shapes alone: every third degree, of a shape whose corners round both ways.
shapes = [[angle, list(ndimage.rotate(np.zeros((7, 12)), angle, order=0).shape)] for angle in range(0, 360, 3)]

star = [[1.0, 6.5], [10.25, 11.0], [3.5, 1.0], [4.0, 12.75], [11.0, 2.0]]
polygons = []
for points, shape in [
    ([[2, 3], [2, 9], [7, 9], [7, 3]], [10, 12]),
    ([[0, 0], [0, 7], [5, 7]], [6, 8]),
    ([[-3.5, 2.0], [4.2, 20.5], [12.0, 4.5], [5.0, 7.0]], [9, 13]),
    (star, [13, 14]),
    ([[1, 1], [1, 5], [4, 5], [4, 8], [7, 8], [7, 1], [1, 1]], [9, 10]),
    ([[3, 2], [3, 2], [3, 2]], [5, 6]),
    ([[2, 2], [2, 6], [2, 4]], [4, 8]),
    (np.round(rng.random((11, 2)) * [15, 22] - 2, 2).tolist(), [12, 17]),
    ((rng.integers(0, 8, (9, 2)) * [1, 2]).tolist(), [8, 15]),
    ([[1 / 3, 2 / 3], [7 / 3, 17 / 3], [16 / 3, 5 / 3]], [7, 8]),
    ([[20, 20], [20, 25], [25, 25]], [6, 7]),
]:
    mask = draw.polygon2mask(tuple(shape), np.array(points, float))
    polygons.append({"points": points, "mask": pack(mask)})

golden = {
    "made": {"command": "python3 packages/ndimage/test/goldens/geometry.py", "seed": seed, "scikit-image": skimage.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
    "arrays": {name: pack(a) for name, a in arrays.items()},
    "affine": affine,
    "rotate": rotate,
    "rotatedShapes": shapes,
    "polygons": polygons,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
