"""Goldens of @ddl/ndimage: python3 packages/ndimage/test/goldens/ndimage.py (scikit-image, scipy and numpy of Debian 12)."""
import json
import pathlib
import warnings

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import find_contours
from skimage.transform import resize

warnings.simplefilter("ignore")
rng = np.random.default_rng(20261124)


def pack(array):
    array = np.asarray(array)
    if array.dtype.kind == "f":
        data = [v if np.isfinite(v) else "nan" if np.isnan(v) else "inf" if v > 0 else "-inf" for v in array.ravel().tolist()]
    else:
        data = array.astype(int).ravel().tolist()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data}


image = ndimage.gaussian_filter(rng.normal(size=(9, 14)), 1.0) * 3 + np.arange(14) * 0.1
image = np.round(image, 6)
volume = np.round(rng.normal(size=(4, 5, 7)), 6)
blobs = ndimage.gaussian_filter(rng.normal(size=(13, 17)), 1.2) > 0.05
blobs3 = ndimage.gaussian_filter(rng.normal(size=(5, 8, 9)), 0.9) > 0.0

golden = {
    "made": {
        "command": "python3 packages/ndimage/test/goldens/ndimage.py",
        "seed": 20261124,
        "scikit-image": skimage.__version__,
        "scipy": scipy.__version__,
        "numpy": np.__version__,
    },
    "image": pack(image),
    "volume": pack(volume),
    "mask": pack(blobs),
    "mask3": pack(blobs3),
    "percentile": {"q": [0, 10, 33.3, 50, 99, 100], "values": np.percentile(image, [0, 10, 33.3, 50, 99, 100]).tolist()},
    "otsu": {"image": float(threshold_otsu(image)), "integers": int(threshold_otsu((volume * 40).astype(np.int16)))},
    "integers": pack((volume * 40).astype(np.int16)),
    "edt": [
        {"mask": name, "spacing": spacing, "distance": pack(ndimage.distance_transform_edt(m, sampling=spacing))}
        for name, m, spacing in [
            ("mask", blobs, None),
            ("mask", blobs, [2.0, 0.5]),
            ("mask3", blobs3, None),
            ("mask3", blobs3, [2.5, 0.75, 1.3]),
        ]
    ],
    "label": [
        {"mask": name, "connectivity": c, "labels": pack(ndimage.label(m, ndimage.generate_binary_structure(m.ndim, c))[0].astype(np.int32))}
        for name, m, c in [("mask", blobs, 1), ("mask", blobs, 2), ("mask3", blobs3, 1), ("mask3", blobs3, 2), ("mask3", blobs3, 3)]
    ],
    "morphology": [
        {
            "mask": name,
            "connectivity": c,
            "iterations": n,
            "borderValue": b,
            "erosion": pack(ndimage.binary_erosion(m, ndimage.generate_binary_structure(m.ndim, c), n, border_value=b)),
            "dilation": pack(ndimage.binary_dilation(m, ndimage.generate_binary_structure(m.ndim, c), n, border_value=b)),
        }
        for name, m, c, n, b in [("mask", blobs, 1, 1, 0), ("mask", blobs, 2, 2, 1), ("mask3", blobs3, 2, 1, 0), ("mask3", blobs3, 3, 1, 1)]
    ],
    "gaussian": [
        {"array": name, "sigma": sigma, "mode": mode, "truncate": truncate, "result": pack(ndimage.gaussian_filter(a, sigma, mode=mode, truncate=truncate))}
        for name, a, sigma, mode, truncate in [
            ("image", image, 1.3, "nearest", 4.0),
            ("image", image, [0.875, 5.0], "reflect", 4.0),
            ("image", image, [2.0, 0.0], "mirror", 3.0),
            ("volume", volume, [0.5, 1.0, 2.25], "constant", 2.0),
        ]
    ],
    "resize": [
        {
            "array": name,
            "shape": shape,
            "order": order,
            "mode": mode,
            "antialias": aa,
            "result": pack(resize(a, shape, order=order, mode=mode, cval=0, anti_aliasing=aa, preserve_range=True, clip=True)),
        }
        for name, a, shape, order, mode, aa in [
            ("image", image, [5, 23], 0, "reflect", False),
            ("image", image, [5, 23], 1, "reflect", False),
            ("image", image, [5, 23], 1, "constant", False),
            ("image", image, [4, 6], 1, "reflect", True),
            ("image", image, [5, 23], 2, "reflect", False),
            ("image", image, [5, 23], 2, "constant", False),
            ("image", image, [9, 5], 2, "constant", False),
            ("volume", volume, [4, 9, 7], 2, "constant", False),
        ]
    ],
    "contours": [
        {
            "level": level,
            "fullyConnected": fc,
            "positiveOrientation": po,
            "contours": [pack(c) for c in find_contours(a, level, fully_connected=fc, positive_orientation=po)],
            "array": name,
        }
        for name, a, level, fc, po in [
            ("image", image, 0.4, "low", "low"),
            ("mask", blobs.astype(float), 0.5, "low", "high"),
            ("mask", blobs.astype(float), 0.5, "high", "low"),
        ]
    ],
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
