"""Golden of preprocess: python3 packages/datasets/test/goldens/preprocess.py (scikit-image of Debian 12).

The steps of Buda et al.'s published code, written out anew: crop, pad, resize, rescale, z-score.
"""
import json
import pathlib

import numpy as np
import skimage
from skimage.exposure import rescale_intensity
from skimage.transform import resize

shape = (7, 21, 17, 3)
z, y, x, c = np.indices(shape)
inside = ((z - 3.2) / 2.9) ** 2 + ((y - 11.3) / 6.4) ** 2 + ((x - 7.1) / 5.2) ** 2 < 1
image = np.where(inside, 60 + (37 * z + 23 * y * (c + 1) + 11 * x * x + 5 * c) % 190, (7 * z + 3 * y + 5 * x + c) % 13).astype(np.uint8)
mask = (((z - 3) ** 2 + (y - 9) ** 2 / 4 + (x - 8) ** 2)[..., 0] < 5).astype(np.uint8)

volume, labels, size = image.copy(), mask * 255, 12
volume[volume < np.max(volume) * 0.1] = 0
box = []
for axis in range(3):
    others = tuple(a for a in range(4) if a != axis)
    found = np.nonzero(volume.max(axis=others))[0]
    box.append((int(found[0]), int(found[-1]) + 1))
cut = tuple(slice(a, b) for a, b in box)
volume, labels = volume[cut], labels[cut]
rows, columns = volume.shape[1:3]
difference = abs(rows - columns)
pair = (difference // 2, difference - difference // 2)
pads = [(0, 0), pair if rows < columns else (0, 0), (0, 0) if rows < columns else pair]
volume = np.pad(volume, pads + [(0, 0)], mode="constant")
labels = np.pad(labels, pads, mode="constant")
out = (volume.shape[0], size, size)
labels = resize(labels, output_shape=out, order=0, mode="constant", cval=0, anti_aliasing=False)
volume = resize(volume, output_shape=out + (3,), order=2, mode="constant", cval=0, anti_aliasing=False)
p10, p99 = np.percentile(volume, 10), np.percentile(volume, 99)
volume = rescale_intensity(volume, in_range=(p10, p99))
rescaled = volume
volume = (volume - np.mean(volume, axis=(0, 1, 2))) / np.std(volume, axis=(0, 1, 2))


def pack(array, digits=None):
    data = array.ravel().tolist()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data if digits is None else [round(v, digits) for v in data]}


golden = {
    "made": {"command": "python3 packages/datasets/test/goldens/preprocess.py", "scikit-image": skimage.__version__, "numpy": np.__version__},
    "input": pack(image),
    "inputMask": pack(mask),
    "box": box,
    "size": size,
    "image": pack(volume, 5),
    "mask": pack((labels > 0.5).astype(np.uint8)),
    "rescaledMean": rescaled.mean(),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
