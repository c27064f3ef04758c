"""ONNX's published node cases of RoiAlign: /usr/bin/python3 packages/deform-conv/test/goldens/onnxRoiAlign.py <folder of the cases>

Reads the serialized TensorProtos (Apache-2.0, onnx/backend/test/data/node) and writes x and the results channels-last, RoIs as rows of 5.
"""
import json
import pathlib
import struct
import sys

import numpy


def fields(data):
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 5:
            yield key >> 3, data[at:at + 4]
            at += 4
        else:
            length = varint()
            yield key >> 3, data[at:at + length]
            at += length


def tensor(path):
    dims, kind, raw = [], None, b""
    for field, value in fields(path.read_bytes()):
        if field == 1:
            dims.append(value)
        elif field == 2:
            kind = value
        elif field == 9:
            raw = value
    return numpy.frombuffer(raw, {1: "<f4", 7: "<i8"}[kind]).reshape(dims)


def attributes(path):
    """Of the only node: GraphProto is field 7 of the model, NodeProto 1 of the graph, AttributeProto 5 of the node."""
    graph = dict(fields(path.read_bytes()))[7]
    node = next(value for field, value in fields(graph) if field == 1)
    result = {}
    for field, value in fields(node):
        if field == 5:
            parts = dict(fields(value))
            kind = parts[20]
            result[parts[1].decode()] = (struct.unpack("<f", parts[2])[0] if kind == 1 else parts[3] if kind == 2 else parts[4].decode())
    return result


def entry(array):
    return dict(shape=list(array.shape), values=[round(float(v), 6) for v in array.flatten()])


def case(folder):
    data = folder / "test_data_set_0"
    x, rois, batch = (tensor(data / f"input_{k}.pb") for k in range(3))
    given = attributes(folder / "model.onnx")
    options = dict(
        outputSize=[given["output_height"], given["output_width"]],
        spatialScale=given["spatial_scale"],
        samplingRatio=given["sampling_ratio"],
        aligned=given["coordinate_transformation_mode"] == "half_pixel",
    )
    if given.get("mode") == "max":
        options["mode"] = "max"
    rows = numpy.concatenate([batch[:, None].astype("f4"), rois], 1)
    value = numpy.moveaxis(tensor(data / "output_0.pb"), 1, -1)
    return dict(name=folder.name, options=options, x=entry(numpy.moveaxis(x, 1, -1)), rois=entry(rows), value=entry(value))


names = ["test_roialign_aligned_false", "test_roialign_aligned_true", "test_roialign_mode_max"]
golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/onnxRoiAlign.py ../shared/data/onnx",
    cases=[case(pathlib.Path(sys.argv[1]) / name) for name in names],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
