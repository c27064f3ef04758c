"""Goldens of binary morphology: python3 packages/ndimage/test/goldens/morphology.py (scipy and numpy of Debian 12)."""
import json
import pathlib

import numpy as np
import scipy
from scipy import ndimage

seed = 20261125
rng = np.random.default_rng(seed)


def pack(array):
    array = np.asarray(array)
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": array.astype(int).ravel().tolist()}


# Rows longer than a word of 32 pixels, and not a multiple of it.
arrays = {
    "line": rng.random(21) < 0.7,
    "wide": ndimage.gaussian_filter(rng.normal(size=(9, 71)), [0.8, 1.5]) > -0.1,
    "tall": rng.random((19, 5)) < 0.8,
    "volume": ndimage.gaussian_filter(rng.normal(size=(5, 7, 35)), 0.7) > -0.2,
}
within = {name: rng.random(a.shape) < 0.75 for name, a in arrays.items()}
elements = {
    "line": [np.array([1, 1, 0]), np.array([1, 1, 1, 1, 0, 1])],
    "wide": [np.array([[0, 1, 1], [1, 0, 0]]), np.ones((2, 5)), np.concatenate([[1], np.zeros(37), [1, 1]])[None, :], rng.random((4, 3)) < 0.6],
    "tall": [np.ones((5, 1)), np.array([[1, 0, 0, 1], [0, 0, 1, 0], [1, 1, 0, 0]]), np.ones((23, 9))],
    "volume": [np.ones((3, 2, 4)), rng.random((2, 3, 3)) < 0.5],
}
# A result is written as hexadecimal digits of four pixels each, in C order.
FUNCTIONS = {
    "binaryErosion": ndimage.binary_erosion,
    "binaryDilation": ndimage.binary_dilation,
    "binaryOpening": ndimage.binary_opening,
    "binaryClosing": ndimage.binary_closing,
}
cases = []
turn = 0


def add(function, name, element, connectivity, origin, iterations, border, masked):
    a = arrays[name]
    structure = np.asarray(element).astype(bool) if element is not None else ndimage.generate_binary_structure(a.ndim, connectivity)
    options = {"structuringElement": pack(structure)} if element is not None else {"connectivity": connectivity}
    if origin is not None:
        options["origin"] = origin
    if iterations != 1:
        options["iterations"] = "until-stable" if iterations < 1 else iterations
    if border:
        options["borderValue"] = 1
    common = {"structure": structure, "origin": origin if origin is not None else 0}
    if function == "fillHoles":
        result = ndimage.binary_fill_holes(a, **common)
    else:
        mask = within[name] if masked else None
        result = FUNCTIONS[function](a, iterations=iterations, border_value=border, mask=mask, **common)
    cases.append({"function": function, "array": name, "within": bool(masked), "options": options, "result": np.packbits(np.asarray(result).astype(bool).ravel()).tobytes().hex()})


for name, a in arrays.items():
    for connectivity in range(1, a.ndim + 1):
        for k, function in enumerate(FUNCTIONS):
            add(function, name, None, connectivity, None, 1 + (k + connectivity) % 3, (k + connectivity) % 2, k == 1)
        add("fillHoles", name, None, connectivity, None, 1, 0, False)
    for element in elements[name]:
        element = np.asarray(element)
        origin = [int(rng.integers(-(n // 2), n - n // 2)) for n in element.shape]
        for k, function in enumerate(FUNCTIONS):
            turn += 1
            add(function, name, element, None, origin if turn % 2 else None, 1 + turn % 2, (turn // 2) % 2, turn % 3 == 0)
        if any(m > n for m, n in zip(element.shape, a.shape)):
            continue  # scipy 1.10.1 corrupts memory for iterations below 1 of an element longer than the array
        centred = element.astype(bool).copy()
        centred[tuple(n // 2 for n in centred.shape)] = True
        add("binaryErosion", name, centred, None, None, -1, 0, True)
        add("binaryDilation", name, centred, None, None, -1, turn % 2, True)
        add("fillHoles", name, centred, None, None, 1, 0, False)

golden = {
    "made": {"command": "python3 packages/ndimage/test/goldens/morphology.py", "seed": seed, "scipy": scipy.__version__, "numpy": np.__version__},
    "arrays": {name: pack(a) for name, a in arrays.items()},
    "within": {name: pack(a) for name, a in within.items()},
    "cases": cases,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size, len(cases))
