"""Goldens of thresholds and intensities: python3 packages/ndimage/test/goldens/intensity.py (scikit-image and numpy of Debian 12)."""
import json
import pathlib
import warnings

import numpy as np
import skimage
from skimage import exposure, filters

warnings.simplefilter("ignore")
seed = 20261125
rng = np.random.default_rng(seed)


def pack(array):
    array = np.asarray(array)
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": array.ravel().tolist()}


two = np.concatenate([rng.normal(2, 1, 61), rng.normal(9, 2, 38)]).reshape(9, 11)
arrays = {
    "double": np.round(two, 4),
    "positive": np.round(np.abs(two), 4),
    "single": two.astype(np.float32),
    "bytes": np.clip(two * 20, 0, 255).astype(np.uint8),
    "signed": (two * 9 - 40).astype(np.int8),
    "shorts": (two * 3000).astype(np.uint16),
    "large": (two * 150_000_000).astype(np.int32),
    "constant": np.full((2, 3), 7.5),
    "thirds": np.round(np.arange(7) / 3, 3).astype(np.float32),
}
otsu = [{"array": n, "bins": bins, "threshold": float(filters.threshold_otsu(arrays[n], nbins=bins))} for n in arrays if n != "large" for bins in ([256, 17] if arrays[n].dtype.kind == "f" else [256])]
# scikit-image's table of a bin a value would take gigabytes; the same sums over the values that occur:
values, counts = np.unique(arrays["large"], return_counts=True)
otsu.append({"array": "large", "bins": 256, "threshold": float(filters.threshold_otsu(hist=(counts, values.astype(float))))})

rescale = []
for name, in_range, out_range in [
    ("double", "image", "dtype"),
    ("positive", "image", "dtype"),
    ("double", (1, 8.5), (0, 255)),
    ("double", (1, 8.5), "uint8"),
    ("double", "image", (3, -2)),
    ("double", "dtype", "image"),
    ("double", "float64", "int16"),
    ("single", "image", "dtype"),
    ("single", (0.1, 7.3), (0.2, 0.7)),
    ("single", (2, 9), "image"),
    ("bytes", "image", "dtype"),
    ("bytes", (10.5, 180), "uint14"),
    ("bytes", "dtype", (0, 1)),
    ("bytes", "uint10", "float32"),
    ("bytes", "image", "int8"),
    ("signed", "image", "dtype"),
    ("signed", "image", "uint8"),
    ("signed", (-20, 35), "float64"),
    ("shorts", "uint12", "uint12"),
    ("shorts", "uint10", "dtype"),
    ("large", "image", "uint16"),
    ("constant", "image", "dtype"),
    ("constant", "image", (0, 5)),
    ("constant", (3, 3), (-1, 1)),
]:
    result = exposure.rescale_intensity(arrays[name], in_range=in_range, out_range=out_range)
    rescale.append({"array": name, "inRange": in_range, "outRange": out_range, "result": pack(result)})

percentiles = [0, 0.5, 12.5, 33.3, 50, 66.7, 98.2, 100]
golden = {
    "made": {"command": "python3 packages/ndimage/test/goldens/intensity.py", "seed": seed, "scikit-image": skimage.__version__, "numpy": np.__version__},
    "arrays": {name: pack(a) for name, a in arrays.items()},
    "otsu": otsu,
    "rescale": rescale,
    "percentile": [{"array": n, "q": percentiles, "values": np.percentile(arrays[n].astype(float), percentiles).tolist()} for n in arrays],
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
