"""Pictures of scikit-image's own tests of active_contour: python3 packages/snakes/test/goldens/activeContourPictures.py (Debian 12).

The part of each that its snakes see, as 8-bit grey, each pixel less its left neighbour, deflated, in base64. The script checks that
the figures of scikit-image's tests hold on the part; the test itself has them literally.
"""
import base64
import json
import pathlib
import zlib

import numpy as np
import skimage
from skimage import data
from skimage.color import rgb2gray
from skimage.filters import gaussian
from skimage.segmentation import active_contour


def pack(grey):
    differences = np.diff(grey, axis=1, prepend=np.uint8(0))
    return {"shape": list(grey.shape), "deflated": base64.b64encode(zlib.compress(differences.tobytes(), 9)).decode()}


text_row, astronaut_column = 24, 110
text = data.text()[text_row:146]
astronaut = np.round(255 * rgb2gray(data.astronaut())[:212, astronaut_column:330]).astype(np.uint8)


def check(grey, sigma, init, shift, rows, columns, **options):
    snake = active_contour(gaussian(grey / 255, sigma, preserve_range=False), init - shift, **options) + shift
    assert snake[:10].astype(int).T.tolist() == [rows, columns], snake[:10]


t = np.linspace(0, 2 * np.pi, 400)
circle = np.stack([100 + 100 * np.sin(t), 220 + 100 * np.cos(t)], axis=1)
line = np.stack([np.linspace(136, 50, 100), np.linspace(5, 424, 100)], axis=1)
other = np.stack([np.linspace(70, 40, 100), np.linspace(5, 424, 100)], axis=1)
shared = {"alpha": 0.1, "beta": 1.0, "w_line": -5, "w_edge": 0, "gamma": 0.1}
check(astronaut, 3, circle, [0, astronaut_column], [98, 99, 100, 101, 102, 103, 104, 105, 106, 108], [299, 298, 298, 298, 298, 297, 297, 296, 296, 295], alpha=0.015, beta=10, w_line=0, w_edge=1, gamma=0.001)
check(text, 1, line, [text_row, 0], [136, 135, 134, 133, 132, 131, 129, 128, 127, 125], [5, 9, 13, 17, 21, 25, 30, 34, 38, 42], boundary_condition="fixed", **shared)
check(text, 3, other, [text_row, 0], [76, 76, 75, 74, 73, 72, 71, 70, 69, 69], [10, 13, 16, 19, 23, 26, 29, 32, 36, 39], boundary_condition="free", **shared)

made = {"command": "python3 packages/snakes/test/goldens/activeContourPictures.py", "seed": None, "scikit-image": skimage.__version__, "numpy": np.__version__}
for name, picture in {"Text": {"row": text_row, "column": 0, **pack(text)}, "Astronaut": {"row": 0, "column": astronaut_column, **pack(astronaut)}}.items():
    path = pathlib.Path(__file__).with_name(f"activeContour{name}.json")
    path.write_text(json.dumps({"made": made, **picture}, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)
