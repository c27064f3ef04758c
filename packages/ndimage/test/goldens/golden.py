"""What the scripts beside it share: packing arrays, and writing a golden with what it was made by."""
import json
import pathlib
import sys
import types

import numpy as np
import scipy
import skimage


class Marks:
    """Stands for pytest, which Debian's scikit-image does not need: decorators that note their arguments."""

    def __getattr__(self, name):
        def decorate(*arguments, **_):
            def note(function):
                function.parameters = arguments
                return function

            return note

        return decorate


pytest = types.ModuleType("pytest")
pytest.mark = Marks()
pytest.raises = pytest.warns = pytest.fixture = pytest.skip = pytest.importorskip = Marks().mark
sys.modules.setdefault("pytest", pytest)


def pack(array, digits=None):
    array = np.asarray(array)
    if digits is not None:
        array = np.round(array, digits)
    if array.dtype.kind == "f":
        data = [v if np.isfinite(v) else "nan" if np.isnan(v) else "inf" if v > 0 else "-inf" for v in array.ravel().tolist()]
        data = [int(v) if not isinstance(v, str) and v == int(v) else v for v in data]
    else:
        data = array.astype(int).ravel().tolist()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data}


def write(script, seed, **parts):
    script = pathlib.Path(script)
    made = {
        "command": f"python3 packages/ndimage/test/goldens/{script.name}",
        "seed": seed,
        "scikit-image": skimage.__version__,
        "scipy": scipy.__version__,
        "numpy": np.__version__,
    }
    target = script.with_suffix(".json")
    target.write_text(json.dumps({"made": made, **parts}, separators=(",", ":")) + "\n")
    print(target, target.stat().st_size)
