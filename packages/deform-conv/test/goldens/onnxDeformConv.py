"""ONNX's four published node cases of DeformConv, channels last: /usr/bin/python3 packages/deform-conv/test/goldens/onnxDeformConv.py FOLDER

FOLDER is `onnx/backend/test/data/node` of the ONNX project (Apache-2.0) before August 2026. The attributes below are those of the models.
"""
import json
import pathlib
import sys

import numpy as np

CASES = {
    "test_basic_deform_conv_with_padding": (1, 1),
    "test_basic_deform_conv_without_padding": (0, 1),
    "test_deform_conv_with_mask_bias": (0, 1),
    "test_deform_conv_with_multiple_offset_groups": (0, 2),
}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def tensor(path):
    """A TensorProto of float32: field 1 dims, 4 packed floats, 9 raw bytes."""
    data, at, dims, content = path.read_bytes(), 0, [], b""
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            chunk, at = data[at:at + value], at + value
            if key >> 3 in (4, 9):
                content = chunk
        elif key >> 3 == 1:
            dims.append(value)
    return np.frombuffer(content, "<f4").reshape(dims)


def entry(array, axes=None):
    array = array if axes is None else array.transpose(axes)
    return dict(shape=list(array.shape), values=array.reshape(-1).tolist())


cases = []
for name, (padding, groups) in CASES.items():
    folder = pathlib.Path(sys.argv[1]) / name / "test_data_set_0"
    inputs = {}
    for k, key in enumerate(("x", "filter", "offset", "bias", "mask")):
        file = folder / f"input_{k}.pb"
        if file.exists():
            array = tensor(file)
            inputs[key] = entry(array, None if key == "bias" else (2, 3, 1, 0) if key == "filter" else (0, 2, 3, 1))
    value = entry(tensor(folder / "output_0.pb"), (0, 2, 3, 1))
    cases.append(dict(name=name, options=dict(padding=padding, offsetGroups=groups), inputs=inputs, value=value))
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(dict(cases=cases), separators=(",", ":")) + "\n")
