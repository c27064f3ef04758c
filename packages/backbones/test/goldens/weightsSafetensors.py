"""Golden of safetensors: /usr/bin/python3 packages/backbones/test/goldens/weightsSafetensors.py (torch and numpy write the bytes of elements).

The file is put together here from the format's description: header, then the data without gaps. Tensors lie in another order than ours would
write, and behind three bytes, so that most begin at no multiple of their element's size.
"""
import base64
import json
import pathlib
import struct

import numpy
import torch

generator = torch.Generator().manual_seed(41)


def entries():
    normal = torch.randn(40, dtype=torch.float64, generator=generator)
    # Subnormal and largest numbers of both 16-bit types, infinities, and both zeros.
    edges = torch.tensor([0.0, -0.0, 6e-8, -3e-5, 65504.0, 1e5, -1e5, 1e-40, 3.3e38, float("nan")], dtype=torch.float64)
    floats = torch.cat([normal, edges]).reshape(5, 10)
    yield "three", "U8", numpy.array([7, 0, 255], numpy.uint8)
    yield "half", "F16", floats.half()
    yield "brain", "BF16", floats.bfloat16()
    yield "single", "F32", floats[:, :3].float()
    yield "double", "F64", floats[:2]
    yield "long", "I64", numpy.array([[-(2**53) + 1], [2**53 - 1], [-5]], numpy.int64)
    yield "unsigned", "U64", numpy.array([2**53 - 1, 0], numpy.uint64)
    yield "int", "I32", numpy.array([-(2**31), 2**31 - 1], numpy.int32)
    yield "uint", "U32", numpy.array([2**32 - 1], numpy.uint32)
    yield "short", "I16", numpy.array([-(2**15), 12], numpy.int16)
    yield "ushort", "U16", numpy.array([2**16 - 1], numpy.uint16)
    yield "char", "I8", numpy.array([-128, 5, 127], numpy.int8)
    yield "bool", "BOOL", numpy.array([True, False, True])
    yield "scalar", "F32", torch.tensor(1.5)
    yield "empty", "F64", torch.zeros(0, 4, dtype=torch.float64)
    yield "__proto__", "U8", numpy.array([9], numpy.uint8)


def number(value):
    """As JavaScript's Number reads it."""
    value = float(value)
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(str(value), value)


header, data, values = {"__metadata__": {"format": "pt", "ü": "ö"}}, b"", {}
for name, dtype, array in entries():
    if isinstance(array, torch.Tensor):
        numbers = array.double().flatten().tolist()
        array = array.view(torch.int16).numpy() if dtype == "BF16" else array.numpy()
    else:
        numbers = array.flatten().tolist()
    header[name] = dict(dtype=dtype, shape=list(array.shape), data_offsets=[len(data), len(data) + array.nbytes])
    data += array.tobytes()
    values[name] = dict(dtype=dtype, shape=list(array.shape), values=[number(v) for v in numbers])
text = json.dumps(header, ensure_ascii=False).encode()
file = struct.pack("<Q", len(text)) + text + data

golden = dict(
    command="/usr/bin/python3 packages/backbones/test/goldens/weightsSafetensors.py",
    seed=41,
    versions=dict(torch=torch.__version__, numpy=numpy.__version__),
    file=base64.b64encode(file).decode(),
    # Not an object: JavaScript would take __proto__ for something else.
    tensors=[[name, value] for name, value in values.items()],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
