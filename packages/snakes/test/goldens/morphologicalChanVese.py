"""Goldens of morphologicalChanVese: python3 packages/snakes/test/goldens/morphologicalChanVese.py (scikit-image of Debian 12).

Masks after every iteration: bits in the order of the pixels, packed, base64.
The reference's smoothing operators alternate over all calls of a process: each case resets them to its own phase.
"""
import base64
import itertools
import json
import pathlib

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage.segmentation import checkerboard_level_set, disk_level_set, morphological_chan_vese, morphsnakes

rng = np.random.default_rng(5)
rows, columns = 23, 31
y, x = np.mgrid[:rows, :columns]
image = 40.0 + 2 * y + np.where((y - 9) ** 2 / 30 + (x - 12) ** 2 / 70 < 1, 90.0, 0) + np.where((y > 15) & (x > 20), 60.0, 0)
image = np.round(ndimage.gaussian_filter(image, 0.6) + rng.normal(scale=18, size=image.shape), 2)
p, q, r = np.mgrid[:9, :13, :17]
volume = np.where((p - 4) ** 2 / 9 + (q - 5) ** 2 / 16 + (r - 8) ** 2 / 36 < 1, 3.0, 1.0) + 0.05 * q
volume = np.round(volume + rng.normal(scale=0.6, size=volume.shape), 3)
array = ((y - 5) ** 2 + (x - 20) ** 2 < 30).astype(float) - 0.25


def pack(a):
    a = np.asarray(a)
    return {"dtype": str(a.dtype), "shape": list(a.shape), "data": a.ravel().tolist()}


def bits(mask):
    return base64.b64encode(np.packbits(np.asarray(mask).ravel().astype(bool), bitorder="little").tobytes()).decode()


def text(mask):
    return "".join("#" if v else "." for v in np.asarray(mask).ravel())


cases = []
for name, phase, options in [
    ("image", 0, {"smoothing": 1, "initial": "checkerboard", "iterations": 5}),
    ("image", 1, {"smoothing": 1, "initial": "checkerboard", "iterations": 5}),
    ("image", 0, {"smoothing": 3, "initial": "disk", "iterations": 4}),
    ("image", 1, {"smoothing": 2, "initial": None, "iterations": 4, "lambda1": 1.4, "lambda2": 0.7}),
    ("image", 0, {"smoothing": 0, "initial": None, "iterations": 4}),
    ("volume", 0, {"smoothing": 1, "initial": "checkerboard", "iterations": 3}),
    ("volume", 1, {"smoothing": 2, "initial": "disk", "iterations": 3, "lambda1": 0.8, "lambda2": 1.3}),
]:
    operators = [lambda u: morphsnakes.sup_inf(morphsnakes.inf_sup(u)), lambda u: morphsnakes.inf_sup(morphsnakes.sup_inf(u))]
    counter = itertools.cycle(operators[phase:] + operators[:phase])
    morphsnakes._curvop = lambda u: next(counter)(u)
    masks = []
    morphological_chan_vese(
        image if name == "image" else volume,
        options["iterations"],
        init_level_set=array if options["initial"] is None else options["initial"],
        smoothing=options["smoothing"],
        lambda1=options.get("lambda1", 1),
        lambda2=options.get("lambda2", 1),
        iter_callback=lambda u: masks.append(bits(u)),
    )
    cases.append({"image": name, "phase": phase, "options": options, "masks": masks[1:]})

golden = {
    "made": {"command": "python3 packages/snakes/test/goldens/morphologicalChanVese.py", "seed": 5, "scikit-image": skimage.__version__, "numpy": np.__version__, "scipy": scipy.__version__},
    "image": pack(image),
    "volume": pack(volume),
    "array": pack(array),
    "cases": cases,
    "initial": {
        "checkerboard": {"shape": [7, 12, 11], "mask": text(checkerboard_level_set((7, 12, 11)))},
        "disk": {"shape": [8, 13], "mask": text(disk_level_set((8, 13)))},
        "ball": {"shape": [8, 9, 11], "mask": text(disk_level_set((8, 9, 11)))},
    },
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
