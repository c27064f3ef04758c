"""Goldens of label and findContours: python3 packages/ndimage/test/goldens/regions.py (scipy, scikit-image of Debian 12).

`labels` are scipy's test cases label03 to label13; of its structuring elements those that a connectivity names.
`contours` replays the images of scikit-image's tests, and one with ambiguous squares.
"""
import pathlib

import numpy as np
import scipy.ndimage
from golden import pack, write
from scipy import ndimage
from skimage.measure import find_contours
from skimage.measure.tests import test_find_contours as tests

seed = 20261128
rng = np.random.default_rng(seed)

steps = np.array([[1, 0, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 1, 0], [1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 0]])
hook = np.array([[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 1], [0, 0, 1, 0, 1, 1], [0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0]])
battlement = np.array([[1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1], [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [1] * 11])
pair = np.array([[0, 0, 0, 0, 0, 0], [0, 1, 1, 0, 1, 0], [0, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]])


def labelled(name, mask, connectivity):
    labels, count = ndimage.label(mask, ndimage.generate_binary_structure(mask.ndim, connectivity))
    return {"name": name, "mask": pack(mask), "connectivity": connectivity, "labels": pack(labels.astype(np.int32)), "count": count}


labels = [
    labelled("label03", np.ones(1, int), 1),
    labelled("label04", np.zeros(1, int), 1),
    labelled("label05", np.ones(5, int), 1),
    labelled("label06", np.array([1, 0, 1, 1, 0, 1]), 1),
    labelled("label07", np.zeros((6, 6), int), 1),
    labelled("label08", steps, 1),
    labelled("label09", steps, 2),
    labelled("label10", pair, 2),
    labelled("label12", hook, 1),
    labelled("label13", battlement, 1),
]
inputs = np.loadtxt(pathlib.Path(scipy.ndimage.__file__).parent / "tests/data/label_inputs.txt").reshape(-1, 7, 7).astype(int)
labels += [labelled(f"label_structuring_elements {k}", mask, c) for k, mask in enumerate(inputs[::7]) for c in (1, 2)]
labels += [labelled("random", rng.random((4, 6, 9)) < 0.3, c) for c in (1, 2, 3)]


def contoured(name, image, level, mask=None, fully="low", orientation="low"):
    found = find_contours(image, level, fully, orientation, mask=mask)
    return {
        "name": name,
        "image": pack(image),
        "level": level,
        "mask": None if mask is None else pack(mask),
        "fullyConnected": fully,
        "positiveOrientation": orientation,
        "contours": [pack(c) for c in found],
    }


missing = np.copy(tests.a)
missing[~tests.mask] = np.nan
holes = tests.test_keyerror_fix.parameters[1]
ambiguous = rng.integers(0, 3, size=(7, 10)).astype(float)

contours = [
    contoured("binary", tests.a, 0.5, orientation="high"),
    contoured("nodata", missing, 0.5, orientation="high"),
    contoured("nodata, level by default", missing, None, orientation="high"),
    contoured("mask", tests.a, 0.5, tests.mask, orientation="high"),
    contoured("mask, level by default", tests.a, None, tests.mask, orientation="high"),
    contoured("float", tests.r, 0.5),
    contoured("level by default", tests.r, None),
    *[contoured(f"keyerror_fix {k}", np.array(image, np.float32), 0) for k, image in enumerate(holes)],
    *[contoured("ambiguous", ambiguous, 1.0, None, f, o) for f in ("low", "high") for o in ("low", "high")],
    contoured("ambiguous, masked", ambiguous, 0.5, rng.random((7, 10)) < 0.9),
]
write(__file__, seed, labels=labels, contours=contours)
