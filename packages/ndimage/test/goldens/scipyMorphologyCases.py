"""The cases of scipy.ndimage's own tests of binary morphology, recorded by running them (Debian's python3-scipy and python3-pytest or
the stand-in below): python3 packages/ndimage/test/goldens/scipyMorphologyCases.py. Each test asserts its literal result: a recorded call
is one whose test passed."""
import inspect
import json
import pathlib
import sys
import types as python_types

import numpy as np
import scipy
from scipy import ndimage


class Mark:
    def __getattr__(self, name):
        def with_arguments(*arguments, **options):
            def decorate(function):
                if name == "parametrize":
                    function.parameters = {**getattr(function, "parameters", {}), arguments[0]: list(arguments[1])}
                return function
            return decorate
        return with_arguments


stand_in = python_types.ModuleType("pytest")
stand_in.mark = Mark()
stand_in.raises = np.testing.assert_raises
stand_in.param = lambda value, **options: value
sys.modules["pytest"] = stand_in
from scipy.ndimage.tests import test_morphology

NAMES = {
    "binary_erosion": "binaryErosion",
    "binary_dilation": "binaryDilation",
    "binary_opening": "binaryOpening",
    "binary_closing": "binaryClosing",
    "binary_fill_holes": "fillHoles",
    "binary_propagation": "binaryDilation",
}


def pack(array):
    array = np.asarray(array).astype(bool)
    return {"dtype": "bool", "shape": list(array.shape), "data": array.astype(int).ravel().tolist()}


calls = []


def recorder(name, function):
    signature = inspect.signature(function)

    def call(*arguments, **options):
        bound = signature.bind(*arguments, **options)
        bound.apply_defaults()
        given = bound.arguments
        data = np.array(given["input"]).astype(bool)
        result = function(*arguments, **options)
        if given.get("output") is not None and isinstance(given["output"], np.ndarray):
            result = given["output"]
        calls.append((name, given, data, np.array(result)))
        return result
    return call


for name in NAMES:
    setattr(ndimage, name, recorder(name, getattr(ndimage, name)))

cases, seen = [], set()
instance = test_morphology.TestNdimageMorphology()
for test in sorted(dir(instance)):
    if not test.startswith("test_binary_"):
        continue
    method = getattr(instance, test)
    parameters = getattr(method, "parameters", {})
    assert set(parameters) <= {"dtype"}, parameters
    calls.clear()
    method(**({"dtype": np.int32} if parameters else {}))
    for name, given, data, result in calls:
        options = {}
        if given.get("structure") is not None:
            options["structuringElement"] = pack(given["structure"])
        if np.any(given.get("origin", 0)):
            options["origin"] = np.broadcast_to(given["origin"], data.ndim).tolist()
        iterations = given.get("iterations", -1 if name == "binary_propagation" else 1)
        if name != "binary_fill_holes" and iterations != 1:
            options["iterations"] = int(iterations) if iterations > 0 else "until-stable"
        if given.get("border_value"):
            options["borderValue"] = 1
        if given.get("mask") is not None:
            options["mask"] = pack(given["mask"])
        case = {"function": NAMES[name], "input": pack(data), "options": options, "result": pack(result)}
        key = json.dumps(case)
        if key in seen or data.ndim == 0 or data.size == 0:
            continue
        seen.add(key)
        cases.append({"test": test, **case})

golden = {
    "made": {"command": "python3 packages/ndimage/test/goldens/scipyMorphologyCases.py", "scipy": scipy.__version__, "numpy": np.__version__},
    "cases": cases,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size, len(cases))
