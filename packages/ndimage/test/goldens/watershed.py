"""Goldens of the watershed: python3 packages/ndimage/test/goldens/watershed.py (scikit-image of Debian 12).

`replayed` are the calls of scikit-image's own tests: the tests are run with a function that notes what it is given. Those that
make their own markers are left out, and images above 500 pixels.
"""
import unittest

import numpy as np
from golden import pack, write
from skimage.morphology._util import _offsets_to_raveled_neighbors, _validate_connectivity
from skimage.segmentation import watershed
from skimage.segmentation.tests import test_watershed

seed = 20261126
rng = np.random.default_rng(seed)
replayed = []


def noted(image, markers=None, connectivity=1, mask=None, compactness=0, watershed_line=False):
    result = watershed(image, markers, connectivity=connectivity, mask=mask, compactness=compactness, watershed_line=watershed_line)
    if isinstance(markers, np.ndarray) and image.size <= 500:
        replayed.append(case(current, image, markers, connectivity, mask, compactness, watershed_line))
    return result


def case(name, image, markers, connectivity, mask, compactness, lines):
    if not np.isscalar(connectivity):
        connectivity = 2 if np.all(connectivity) else 1
    result = watershed(image, markers, connectivity=connectivity, mask=mask, compactness=compactness, watershed_line=lines)
    return {
        "name": name,
        "image": pack(image),
        "markers": pack(markers),
        "connectivity": connectivity,
        "mask": None if mask is None else pack(mask),
        "compactness": compactness,
        "lines": lines,
        "labels": pack(result),
    }


test_watershed.watershed = noted
for test in unittest.defaultTestLoader.getTestCaseNames(test_watershed.TestWatershed):
    current = test.removeprefix("test_")
    if current != "watershed09":
        getattr(test_watershed.TestWatershed(test), test)()
current = "compact_watershed"
test_watershed.test_compact_watershed()

ties = []
for shape, connectivity, compactness, lines, masked, levels in [
    ((9, 14), 1, 0, False, False, 3),
    ((9, 14), 2, 0, False, True, 3),
    ((9, 14), 2, 0, True, True, 4),
    ((9, 14), 1, 0.4, False, False, 3),
    ((9, 14), 2, 1.7, True, False, 3),
    ((4, 5, 7), 1, 0, False, False, 2),
    ((4, 5, 7), 2, 0, False, True, 3),
    ((4, 5, 7), 3, 0, False, False, 2),
    ((4, 5, 7), 2, 0.3, False, False, 3),
    ((4, 5, 7), 3, 0, True, True, 3),
    ((23,), 1, 0, False, False, 3),
    ((12, 17), 1, 0, False, False, 10000),
    ((1, 9), 2, 0, False, False, 2),
]:
    image = rng.integers(0, levels, size=shape)
    markers = rng.integers(-2, 4, size=shape) * (rng.random(shape) < 0.2)
    mask = rng.random(shape) < 0.8 if masked else None
    ties.append(case("ties", image, markers, connectivity, mask, compactness, lines))

# On a plateau the order of neighbours alone decides between many labels.
for shape, connectivity in [((7, 11), 1), ((7, 11), 2), ((5, 6, 8), 1), ((5, 6, 8), 2), ((5, 6, 8), 2), ((5, 6, 8), 3), ((5, 6, 8), 3), ((5, 6, 8), 3)]:
    markers = (rng.random(shape) < 0.06) * rng.permutation(np.arange(1, 1 + int(np.prod(shape)))).reshape(shape)
    ties.append(case("plateau", np.zeros(shape, int), markers, connectivity, None, 0, False))

# The order of neighbours as the reference has it, as steps in the padded array.
orders = []
for shape in [(9,), (7, 11), (5, 6, 8)]:
    padded = tuple(n + 2 for n in shape)
    for connectivity in range(1, len(shape) + 1):
        structure, offset = _validate_connectivity(len(shape), connectivity, None)
        steps = _offsets_to_raveled_neighbors(padded, structure, center=offset)
        strides = [int(np.prod(padded[k + 1 :])) for k in range(len(shape))]
        orders.append({"strides": strides, "connectivity": connectivity, "steps": steps.tolist()})

write(__file__, seed, replayed=replayed, ties=ties, orders=orders)
