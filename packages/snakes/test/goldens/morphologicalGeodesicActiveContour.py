"""Goldens of morphologicalGeodesicActiveContour: python3 packages/snakes/test/goldens/morphologicalGeodesicActiveContour.py

Debian 12's scikit-image. Each case resets the smoothing operators, which the reference alternates over a process, to its own phase.
Masks after every iteration: bits in the order of the pixels, packed, base64.
"""
import base64
import itertools
import json
import pathlib

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage.segmentation import inverse_gaussian_gradient, morphological_geodesic_active_contour, morphsnakes

rng = np.random.default_rng(8)
y, x = np.mgrid[:21, :39]
image = np.round(np.where((y - 9) ** 2 / 30 + (x - 17) ** 2 / 90 < 1, 9.0, 2.0) + 0.05 * x + rng.normal(scale=0.7, size=y.shape), 2)
p, q, r = np.mgrid[:6, :11, :17]
volume = np.round(np.where((p - 3) ** 2 / 6 + (q - 6) ** 2 / 16 + (r - 8) ** 2 / 36 < 1, 5.0, 1.0) + rng.normal(scale=0.4, size=p.shape), 2)


def pack(a):
    return {"dtype": str(a.dtype), "shape": list(a.shape), "data": a.ravel().tolist()}


def bits(mask):
    return base64.b64encode(np.packbits(np.asarray(mask).ravel().astype(bool), bitorder="little").tobytes()).decode()


edges = {"image": inverse_gaussian_gradient(image, 20.0, 1.3), "volume": inverse_gaussian_gradient(volume, 30.0, 1.1)}
# Four digits: no difference of exp in the last place decides a pixel.
rounded = {name: np.round(e, 4) for name, e in edges.items()}
cases = []
for name in ["image", "volume"]:
    for balloon, smoothing, threshold, phase in [
        (0, 1, "auto", 0), (1, 1, "auto", 1), (-1, 2, "auto", 0), (0.5, 3, 0.3, 0), (-2, 0, 0.6, 1), (-1, 1, 0.35, 1), (1, 3, 0.45, 1)
    ]:
        operators = [lambda u: morphsnakes.sup_inf(morphsnakes.inf_sup(u)), lambda u: morphsnakes.inf_sup(morphsnakes.sup_inf(u))]
        counter = itertools.cycle(operators[phase:] + operators[:phase])
        morphsnakes._curvop = lambda u: next(counter)(u)
        masks = []
        morphological_geodesic_active_contour(
            rounded[name], 5, init_level_set="disk", smoothing=smoothing, threshold=threshold, balloon=balloon,
            iter_callback=lambda u: masks.append(bits(u)),
        )
        options = {"balloon": balloon, "smoothing": smoothing, "threshold": threshold, "phase": phase}
        cases.append({"image": name, "options": options, "masks": masks[1:]})

golden = {
    "made": {"seed": 8, "scikit-image": skimage.__version__, "numpy": np.__version__, "scipy": scipy.__version__},
    "image": pack(image),
    "volume": pack(volume),
    "edges": {"image": pack(np.round(edges["image"][:7], 15)), "volume": pack(np.round(edges["volume"][:1], 15))},
    "rounded": {name: pack(e) for name, e in rounded.items()},
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
