"""The other side of bench/run.mjs: makes the inputs, then runs a job as often as each line of standard input says, and answers
with the milliseconds of one. The third word, if there is one, is the folder of the rival, built as README.md says."""
import json
import pathlib
import sys
import time

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage.segmentation import (
    inverse_gaussian_gradient,
    morphological_chan_vese,
    morphological_geodesic_active_contour,
)

folder = pathlib.Path(sys.argv[1])
iterations = int(sys.argv[2])
rng = np.random.default_rng(20261125)

row, column = np.mgrid[:512, :512]
image = 0.2 + 0.6 * (np.hypot(row - 250, column - 270) < 140) + 0.4 * (np.hypot(row - 400, column - 90) < 60)
image = ndimage.gaussian_filter(image, 2) + rng.normal(scale=0.1, size=image.shape)
edges = inverse_gaussian_gradient(image)
plane, row, column = np.mgrid[:64, :64, :64]
volume = 0.2 + 0.6 * (np.sqrt((plane - 30) ** 2 + (row - 32) ** 2 + (column - 35) ** 2) < 18)
volume = volume + rng.normal(scale=0.2, size=volume.shape)

# As in scikit-image's gallery: from a frame inwards, for 230 iterations.
frame = np.zeros(image.shape, np.int8)
frame[10:-10, 10:-10] = 1

jobs = {
    "chanVese": lambda: morphological_chan_vese(image, iterations).astype(np.uint8),
    "chanVeseVolume": lambda: morphological_chan_vese(volume, iterations).astype(np.uint8),
    "geodesic": lambda: morphological_geodesic_active_contour(edges, iterations, balloon=1).astype(np.uint8),
    "geodesicLong": lambda: morphological_geodesic_active_contour(
        edges, 230, frame, smoothing=1, balloon=-1, threshold=0.5
    ).astype(np.uint8),
    "inverseGaussianGradient": lambda: inverse_gaussian_gradient(image),
}
if len(sys.argv) > 3:
    sys.path.insert(0, sys.argv[3])
    import _morphosnakes_fm
    from skimage.segmentation import checkerboard_level_set

    def rival(f, evolve):
        start = checkerboard_level_set(f.shape).astype(np.uint8)
        counter = np.zeros(start.size + 1, dtype=np.int_)
        return np.asarray(evolve(f, start, counter, iterations)).astype(np.uint8)

    jobs["rival"] = lambda: rival(image, _morphosnakes_fm._morphological_chan_vese_2d)
    jobs["rivalVolume"] = lambda: rival(volume, _morphosnakes_fm._morphological_chan_vese_3d)
for name, array in {"image": image, "edges": edges, "volume": volume}.items():
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
