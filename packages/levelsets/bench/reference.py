"""The other side of bench/run.mjs: makes the images, then runs a job as often as each line of standard input says, and answers with
the milliseconds of one."""
import json
import pathlib
import sys
import time

import numpy as np
import skimage
from scipy import ndimage
from skimage.segmentation import chan_vese

folder = pathlib.Path(sys.argv[1])
size = int(sys.argv[2])
iterations = int(sys.argv[3])
rng = np.random.default_rng(20261125)
smooth = ndimage.gaussian_filter(rng.normal(size=(size, size)), 12)
image = smooth / smooth.std() + 0.5 * rng.normal(size=(size, size))
images = {"float64": image, "float32": image.astype(np.float32)}
for name, array in images.items():
    array.tofile(folder / name)
print(json.dumps({"scikit-image": skimage.__version__, "numpy": np.__version__}), flush=True)
for line in sys.stdin:
    job, repetitions = line.split()
    began = time.perf_counter()
    for _ in range(int(repetitions)):
        _, phi, _ = chan_vese(images[job], tol=0, max_num_iter=iterations, extended_output=True)
    milliseconds = (time.perf_counter() - began) * 1e3 / int(repetitions)
    phi.tofile(folder / f"{job}.result")
    print(json.dumps(milliseconds), flush=True)
