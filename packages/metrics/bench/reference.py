"""The scipy formulations, timed here: reads lines of JSON, answers each by one. Started by run.mjs."""
import json
import sys
import time

import numpy as np
import scipy
from scipy import ndimage
from scipy.spatial import cKDTree

CROSS = ndimage.generate_binary_structure(3, 1)
masks = {}


def border(mask):
    return mask & ~ndimage.binary_erosion(mask, CROSS)


def crop(r, p):
    window = ndimage.find_objects((r | p).view(np.uint8))[0]
    return r[window], p[window]


def directed(a, b, spacing):
    """medpy's way: both borders and a transform of the whole image, for each call."""
    return ndimage.distance_transform_edt(~border(b), sampling=spacing)[border(a)]


def summary(rp, pr, tolerance, pooled=False):
    both = np.hstack([rp, pr])
    hd95 = np.percentile(both, 95) if pooled else max(np.percentile(rp, 95), np.percentile(pr, 95))
    return [float(hd95), float(both.mean()), float((both <= tolerance).mean())]


def one_transform(r, p, spacing, tolerance):
    r, p = crop(r, p)
    r, p = border(r), border(p)
    rp = ndimage.distance_transform_edt(~p, sampling=spacing)[r]
    return summary(rp, ndimage.distance_transform_edt(~r, sampling=spacing)[p], tolerance)


def tree(r, p, spacing, tolerance):
    r, p = crop(r, p)
    r, p = np.argwhere(border(r)) * spacing, np.argwhere(border(p)) * spacing
    return summary(cKDTree(p).query(r)[0], cKDTree(r).query(p)[0], tolerance)


def each_alone(r, p, spacing, tolerance):
    both = lambda: np.hstack([directed(r, p, spacing), directed(p, r, spacing)])
    return [float(np.percentile(both(), 95)), float(both().mean()), float((both() <= tolerance).mean())]


ways = {"one transform a mask, cropped": one_transform, "k-d tree": tree, "each metric alone (medpy's way)": each_alone}
print(json.dumps({"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    if "load" in question:
        shape = question["shape"]
        masks[question["load"]] = [np.fromfile(file, np.uint8).reshape(shape).astype(bool) for file in question["files"]]
        print("{}", flush=True)
        continue
    pair = masks[question["pair"]]
    began = time.perf_counter()
    values = ways[question["way"]](*pair, np.array(question["spacing"]), question["tolerance"])
    print(json.dumps({"milliseconds": 1e3 * (time.perf_counter() - began), "values": values}), flush=True)
