"""The other side of bench/run.mjs: makes the inputs, then runs a job as often as each line of standard input says, and answers
with the milliseconds of one."""
import json
import pathlib
import sys
import time
import warnings

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage.filters import sobel
from skimage.segmentation import random_walker, watershed

warnings.simplefilter("ignore")
folder = pathlib.Path(sys.argv[1])
size = int(sys.argv[2])
rng = np.random.default_rng(20261129)

smooth = ndimage.gaussian_filter(rng.normal(size=(size, size)), 6)
image = smooth / smooth.std() + 0.3 * rng.normal(size=(size, size))
blobs = ndimage.gaussian_filter(rng.normal(size=(size, size)), 4) > 0
one = np.ones((size, size), bool)
one[size // 3, size // 2] = False
edges = sobel(image)
row, column = np.mgrid[:size, :size]
two = np.zeros((size, size), np.int32)
two[(row - size * 0.4) ** 2 + (column - size * 0.55) ** 2 < 10] = 1
two[0] = two[-1] = two[:, 0] = two[:, -1] = 2
seeds = np.zeros((size, size), np.int32)
seeds[size // 4 : size // 4 + 6, size // 3 : size // 3 + 7] = 1
seeds[3 * size // 4 : 3 * size // 4 + 4, 2 * size // 3 : 2 * size // 3 + 9] = 2

jobs = {
    "edtBlobs": lambda: ndimage.distance_transform_edt(blobs),
    "edtOneZero": lambda: ndimage.distance_transform_edt(one),
    "label": lambda: ndimage.label(blobs)[0].astype(np.int32),
    "watershed": lambda: watershed(edges, two),
    "gaussianFilter": lambda: ndimage.gaussian_filter(image, 2),
    "randomWalker": lambda: random_walker(image, seeds, tol=1e-3),
}
for name, array in {"image": image, "blobs": blobs.astype(np.uint8), "one": one.astype(np.uint8), "edges": edges, "two": two, "seeds": seeds}.items():
    array.tofile(folder / name)
print(json.dumps({"scikit-image": skimage.__version__, "scipy": scipy.__version__, "numpy": np.__version__}), flush=True)
for line in sys.stdin:
    job, repetitions = line.split()
    began = time.perf_counter()
    for _ in range(int(repetitions)):
        result = jobs[job]()
    milliseconds = (time.perf_counter() - began) * 1e3 / int(repetitions)
    result.tofile(folder / f"{job}.result")
    print(json.dumps(milliseconds), flush=True)
