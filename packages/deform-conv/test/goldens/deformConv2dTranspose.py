"""Goldens of deformConv2dTranspose: /usr/bin/python3 packages/deform-conv/test/goldens/deformConv2dTranspose.py

torchvision in float64. The value is autograd's gradient of deform_conv2d in its image. As <v, At y> = <A v, y>, the gradients for a
cotangent v are A v for y, and autograd's of <A v, y> for filter, offset and mask. Inputs are multiples of 1/64, offsets odd ones.
"""
import json
import pathlib

import torch
import torchvision
from torchvision.ops import deform_conv2d

generator = torch.Generator().manual_seed(31)

CASES = [
    dict(name="one group, no mask", batch=1, channels=3, outputs=2, size=(4, 6), kernel=(2, 3), strides=(1, 1), padding=(0, 0),
         dilations=(1, 1), groups=1, offset_groups=1, mask=False, bias=False),
    dict(name="groups, offset groups, mask, bias, strides, dilations, a row more than the least", batch=2, channels=6, outputs=4,
         size=(8, 7), kernel=(3, 2), strides=(3, 2), padding=(1, 0), dilations=(1, 2), groups=2, offset_groups=3, mask=True, bias=True),
]


def values(*shape):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 16) / 16


def last(tensor):
    return tensor.permute(0, 2, 3, 1)


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[float(f"{v:.9g}") for v in tensor.detach().reshape(-1).tolist()])


def run(name, batch, channels, outputs, size, kernel, strides, padding, dilations, groups, offset_groups, mask, bias):
    out = [(size[a] + 2 * padding[a] - dilations[a] * (kernel[a] - 1) - 1) // strides[a] + 1 for a in (0, 1)]
    taps = offset_groups * kernel[0] * kernel[1]
    offset = torch.randn((batch, 2 * taps, *out), dtype=torch.float64, generator=generator)
    offset[:, 0::2] += 0.3
    offset = (torch.floor(offset * 32) * 2 + 1) / 64
    tensors = dict(y=values(batch, outputs, *out), filter=values(outputs, channels // groups, *kernel), offset=offset)
    if mask:
        tensors["mask"] = values(batch, taps, *out)
    if bias:
        tensors["bias"] = values(channels)
    y, v = tensors["y"], values(batch, channels, *size)
    trained = {key: tensors[key].requires_grad_() for key in ("filter", "offset", "mask") if key in tensors}

    def convolve(x):
        return deform_conv2d(x, tensors["offset"], tensors["filter"], None, stride=strides, padding=padding, dilation=dilations,
                             mask=tensors.get("mask"))

    x = torch.zeros_like(v).requires_grad_()
    value = torch.autograd.grad(convolve(x), x, y)[0]
    if bias:
        value = value + tensors["bias"].reshape(1, -1, 1, 1)
    of_v = convolve(v)
    gradients = dict(y=of_v, **dict(zip(trained, torch.autograd.grad(of_v, list(trained.values()), y))))
    if bias:
        gradients["bias"] = v.sum((0, 2, 3))

    def ours(key, tensor):
        return entry(tensor.permute(2, 3, 1, 0) if key == "filter" else tensor if key == "bias" else last(tensor))

    return dict(
        name=name,
        options=dict(strides=strides, padding=[[padding[0]] * 2, [padding[1]] * 2], dilations=dilations, groups=groups,
                     offsetGroups=offset_groups, outputShape=size),
        inputs={key: ours(key, tensor) for key, tensor in tensors.items()},
        cotangent=entry(last(v)),
        value=entry(last(value)),
        gradients={key: ours(key, tensor) for key, tensor in gradients.items()},
    )


golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/deformConv2dTranspose.py",
    seed=31,
    versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
    cases=[run(**case) for case in CASES],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
