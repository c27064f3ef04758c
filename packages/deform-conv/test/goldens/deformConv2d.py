"""Goldens of deformConv2d: /usr/bin/python3 packages/deform-conv/test/goldens/deformConv2d.py (torchvision in float64, gradients by autograd).

All inputs are multiples of 1/64, exact in float32; offsets are odd multiples (never on a pixel), but for the case `borders`.
"""
import json
import pathlib

import torch
import torch.nn.functional as F
import torchvision
from torchvision.ops import deform_conv2d

generator = torch.Generator().manual_seed(13)


def values(*shape, scale=1.0):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 16 * scale) / 16


def odd(shape, scale):
    """Odd multiples of 1/64, of another mean for dy (0.3) than for dx (-0.2)."""
    result = torch.randn(shape, dtype=torch.float64, generator=generator) * scale
    result[:, 0::2] += 0.3
    result[:, 1::2] -= 0.2
    return (torch.floor(result * 32) * 2 + 1) / 64


def quantised(shape):
    """Multiples of ½ that put taps exactly on -1, 0, the last pixel and one beyond it."""
    return torch.randint(-6, 7, shape, generator=generator).double() / 2


CASES = [
    dict(name="torchvision's own case: groups, offset groups, strides, dilations", batch=2, channels=6, outputs=2, size=(5, 4),
         kernel=(3, 2), groups=2, offset_groups=3, strides=(2, 1), padding=[[1, 1], [0, 0]], dilations=(2, 1), mask=True, bias=True),
    dict(name="version 1, kernel 1 × 1", batch=1, channels=5, outputs=3, size=(3, 4), kernel=(1, 1), strides=(1, 2)),
    dict(name="borders", batch=1, channels=3, outputs=4, size=(3, 4), kernel=(2, 3), strides=(1, 2), groups=1, offset_groups=3,
         padding=[[1, 1], [1, 1]], mask=True, offsets=quantised),
    dict(name="kernel 7 × 7", batch=1, channels=1, outputs=2, size=(7, 8), kernel=(7, 7), mask=True),
    dict(name="padding of another length on each side", batch=2, channels=4, outputs=6, size=(3, 5), kernel=(2, 3), groups=2,
         padding=[[2, 0], [1, 3]], strides=(1, 3), bias=True),
    dict(name="far offsets, one row", batch=1, channels=2, outputs=2, size=(1, 5), kernel=(3, 1), groups=2, offset_groups=2,
         padding=[[1, 1], [0, 0]], mask=True, offsets=lambda shape: odd(shape, 1.5) * torch.where(
             torch.rand(shape, generator=generator) < 0.3, 1e6, 1.0).double()),
]


def last(x):
    return x.movedim(1, -1)


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.detach().flatten().tolist()])


def run(name, batch, channels, outputs, size, kernel, groups=1, offset_groups=1, strides=(1, 1), padding=((0, 0), (0, 0)),
        dilations=(1, 1), mask=False, bias=False, offsets=None):
    out = [(size[a] + sum(padding[a]) - dilations[a] * (kernel[a] - 1) - 1) // strides[a] + 1 for a in (0, 1)]
    taps = offset_groups * kernel[0] * kernel[1]
    offset_shape = (batch, 2 * taps, *out)
    tensors = dict(
        x=values(batch, channels, *size),
        filter=values(outputs, channels // groups, *kernel),
        offset=odd(offset_shape, 1.0) if offsets is None else offsets(offset_shape),
    )
    if mask:
        tensors["mask"] = values(batch, taps, *out)
    if bias:
        tensors["bias"] = values(outputs)
    for tensor in tensors.values():
        tensor.requires_grad_()
    (top, bottom), (left, right) = padding
    symmetric = top == bottom and left == right
    x = tensors["x"] if symmetric else F.pad(tensors["x"], (left, right, top, bottom))
    result = deform_conv2d(x, tensors["offset"], tensors["filter"], tensors.get("bias"), stride=strides,
                           padding=(top, left) if symmetric else (0, 0), dilation=dilations, mask=tensors.get("mask"))
    dy = values(*result.shape)
    result.backward(dy)

    def ours(key, tensor):
        return entry(tensor.permute(2, 3, 1, 0) if key == "filter" else tensor if key == "bias" else last(tensor))

    return dict(
        name=name,
        options=dict(strides=strides, padding=padding, dilations=dilations, offsetGroups=offset_groups),
        inputs={key: ours(key, tensor) for key, tensor in tensors.items()},
        dy=entry(last(dy)),
        value=entry(last(result)),
        gradients={key: ours(key, tensor.grad) for key, tensor in tensors.items()},
    )


golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/deformConv2d.py",
    seed=13,
    versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
    cases=[run(**case) for case in CASES],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
