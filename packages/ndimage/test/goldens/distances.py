"""Goldens of the distance transform: python3 packages/ndimage/test/goldens/distances.py (scipy of Debian 12)."""
import numpy as np
from scipy import ndimage

from golden import pack, write

seed = 20261125
rng = np.random.default_rng(seed)
sparse = rng.random((9, 13)) < 0.9
blobs = ndimage.gaussian_filter(rng.normal(size=(11, 8)), 1.1) > -0.1
volume = rng.random((4, 5, 7)) < 0.85
line = np.array([1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1], bool)

# The array of scipy's tests distance_transform_edt01 to 06.
disk = np.zeros((9, 9), int)
disk[2, 3:6] = disk[3:6, 2:7] = 1
disk[6, 3:6] = 1


def transform(mask, spacing):
    distances, indices = ndimage.distance_transform_edt(mask, sampling=spacing, return_indices=True)
    return {"mask": pack(mask), "spacing": spacing, "distances": pack(distances), "indices": pack(indices)}


write(
    __file__,
    seed,
    transforms=[
        transform(mask, spacing)
        for mask, spacing in [
            (sparse, None),
            (sparse, [2.0, 0.5]),
            (sparse, [0.7, 1.3]),
            (blobs, None),
            (volume, None),
            (volume, [2.5, 0.75, 1.25]),
            (line, None),
            (line, [0.3]),
        ]
    ],
    # By scipy's other transform, which looks at every pair of pixels.
    bruteForce=[
        {"mask": pack(disk), "spacing": spacing, "distances": pack(ndimage.distance_transform_bf(disk, "euclidean", sampling=spacing))}
        for spacing in [None, [2, 2], [2, 1]]
    ],
)
