"""Goldens of activeContour: python3 packages/snakes/test/goldens/activeContour.py (scikit-image of Debian 12)."""
import json
import pathlib

import numpy as np
import scipy
import skimage
from scipy import ndimage
from scipy.interpolate import RectBivariateSpline
from skimage.segmentation import active_contour

rng = np.random.default_rng(17)
rows, columns = 22, 29
y, x = np.mgrid[:rows, :columns]


def blob(scale):
    inside = (y - 9) ** 2 / 25 + (x - 15) ** 2 / 60 < 1
    return np.round(scale * ndimage.gaussian_filter(inside + 0.02 * x + 0.3 * rng.random(inside.shape), 1.3), 3)


image = blob(1.0)
colour = np.stack([blob(1.0), 0.5 * image[::-1], 0.2 + 0 * image], axis=2)
byte = np.round(120 * image).astype(np.uint8)
t = np.linspace(0, 2 * np.pi, 15, endpoint=False)
circle = np.round(np.stack([10 + 8 * np.sin(t), 14 + 11 * np.cos(t) + 2 * np.sin(2 * t)], axis=1), 2)
line = np.round(np.stack([np.linspace(2, 19, 12) + np.sin(np.arange(12)), np.linspace(3, 31, 12)], axis=1), 2)  # leaves the image


def pack(a):
    a = np.asarray(a)
    return {"dtype": str(a.dtype), "shape": list(a.shape), "data": a.ravel().tolist()}


names = {"alpha": "alpha", "beta": "beta", "gamma": "gamma", "wLine": "w_line", "wEdge": "w_edge", "maxPixelMove": "max_px_move", "maxIterations": "max_num_iter", "convergence": "convergence", "boundaryCondition": "boundary_condition"}
images = {"image": image, "colour": colour, "byte": byte}
snakes = {"circle": circle, "line": line, "three": circle[[0, 5, 10]], "four": circle[[0, 4, 8, 11]], "five": circle[::3]}
conditions = ["periodic", "free", "fixed", "free-fixed", "fixed-free", "fixed-fixed", "free-free"]
ours = {"alpha": 0.05, "beta": 0.4, "wLine": -0.3, "wEdge": 2.5, "gamma": 0.3, "maxPixelMove": 0.7, "maxIterations": 25, "convergence": 0.0}
cases = [("image", "line", {**ours, "boundaryCondition": c}) for c in conditions]
cases += [
    ("image", "circle", {}),
    ("image", "circle", {"maxIterations": 1}),
    ("image", "circle", {**ours, "maxIterations": 300, "convergence": 0.05}),
    ("image", "circle", {**ours, "wEdge": 0}),
    ("image", "circle", {**ours, "wLine": 0, "wEdge": -1}),
    ("colour", "circle", ours),
    ("byte", "circle", ours),
    ("image", "three", ours),
    ("image", "four", ours),
    ("image", "five", ours),
    ("image", "three", {**ours, "boundaryCondition": "fixed"}),
    ("image", "four", {**ours, "boundaryCondition": "free-fixed"}),
]
golden_cases = []
for image_name, snake_name, options in cases:
    result = active_contour(images[image_name], snakes[snake_name], **{names[k]: v for k, v in options.items()})
    golden_cases.append({"image": image_name, "snake": snake_name, "options": options, "result": pack(result)})

# The interpolating spline and its slopes: small images have few knots.
splines = []
for shape in [(3, 4), (4, 3), (5, 7), (9, 6)]:
    values = np.round(rng.normal(size=shape), 2)
    places = np.round(rng.uniform(-1, np.array(shape), size=(12, 2)), 2)
    places[:3] = [[0, 0], [1.5, 1.5], [shape[0] - 1, shape[1] - 2.5]]
    spline = RectBivariateSpline(np.arange(shape[0]), np.arange(shape[1]), values, kx=2, ky=2, s=0)
    slopes = np.stack([spline(*places.T, dx=1, grid=False), spline(*places.T, dy=1, grid=False)], axis=1)
    splines.append({"values": pack(values), "places": pack(places), "slopes": pack(slopes)})

golden = {
    "made": {"command": "python3 packages/snakes/test/goldens/activeContour.py", "seed": 17, "scikit-image": skimage.__version__, "numpy": np.__version__, "scipy": scipy.__version__},
    "images": {k: pack(v) for k, v in images.items()},
    "snakes": {k: pack(v) for k, v in snakes.items()},
    "cases": golden_cases,
    "splines": splines,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
