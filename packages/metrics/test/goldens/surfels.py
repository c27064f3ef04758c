"""Goldens of surfels: python3 packages/metrics/test/goldens/surfels.py <clone of google-deepmind/surface-distance at 1f805ce>.

The values are those of surface-distance's own functions and tables.
"""
import importlib.util
import json
import pathlib
import sys
import types

import numpy as np
import scipy
from scipy import ndimage

folder = pathlib.Path(sys.argv[1]) / "surface_distance"
package = types.ModuleType("surface_distance")
package.__path__ = [str(folder)]
sys.modules["surface_distance"] = package


def load(name):
    spec = importlib.util.spec_from_file_location(f"surface_distance.{name}", folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    setattr(package, name, module)
    spec.loader.exec_module(module)
    return module


tables, metrics = load("lookup_tables"), load("metrics")
SEED = 29
rng = np.random.default_rng(SEED)


def pack(array):
    return {"dtype": "uint8", "shape": list(array.shape), "data": array.astype(int).ravel().tolist()}


cases = []
for name, shape, sigma, level, spacing in [
    ("plane", (13, 17), 1.2, 0.06, [1.0, 1.0]),
    ("plane, unlike spacing", (14, 11), 0.8, 0.1, [2.3, 0.6]),
    ("noise", (9, 12), 0.1, 0.3, [0.7, 1.9]),
    ("volume", (5, 11, 8), 1.0, 0.1, [1.0, 1.0, 1.0]),
    ("volume, unlike spacing", (7, 6, 9), 0.9, 0.05, [3.1, 0.9, 1.3]),
    ("noise in a volume", (4, 7, 6), 0.1, 0.5, [0.7, 1.9, 1.2]),
]:
    base = rng.normal(size=shape)
    reference = ndimage.gaussian_filter(base, sigma) > level
    prediction = ndimage.gaussian_filter(base + 0.7 * rng.normal(size=shape), sigma) > level * 0.7
    found = metrics.compute_surface_distances(reference, prediction, spacing)
    tolerance = float(np.median(found["distances_gt_to_pred"])) + 0.0625
    average = metrics.compute_average_surface_distance(found)
    overlap = metrics.compute_surface_overlap_at_tolerance(found, tolerance)
    cases.append(
        {
            "name": name,
            "reference": pack(reference),
            "prediction": pack(prediction),
            "spacing": spacing,
            "referenceSize": found["surfel_areas_gt"].sum(),
            "predictionSize": found["surfel_areas_pred"].sum(),
            "hausdorff": metrics.compute_robust_hausdorff(found, 100),
            "hausdorff95": metrics.compute_robust_hausdorff(found, 95),
            "hausdorff60": metrics.compute_robust_hausdorff(found, 60),
            "fromReference": average[0],
            "fromPrediction": average[1],
            "tolerance": tolerance,
            "overlapReference": overlap[0],
            "overlapPrediction": overlap[1],
            "surfaceDice": metrics.compute_surface_dice_at_tolerance(found, tolerance),
        }
    )
spacing = [1.3, 0.7, 2.9]
areas = tables.create_table_neighbour_code_to_surface_area(spacing)
golden = {
    "made": {
        "command": "python3 packages/metrics/test/goldens/surfels.py surface-distance",
        "seed": SEED,
        "surface-distance": "1f805ce",
        "scipy": scipy.__version__,
        "numpy": np.__version__,
    },
    "cases": cases,
    "spacing": spacing,
    "areas": areas.tolist(),
    "lengths": tables.create_table_neighbour_code_to_contour_length(spacing[:2]).tolist(),
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":"), default=float) + "\n")
print(target, target.stat().st_size)
