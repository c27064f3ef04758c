"""Goldens of deformPool2d: /usr/bin/python3 packages/deform-conv/test/goldens/deformPool2d.py

Every sample is torchvision's `deform_conv2d` in float64 with a filter that copies one tap, of x padded with zeros; their mean or maximum
and every gradient are torch's.
"""
import json
import pathlib

import torch
import torchvision
from torchvision.ops import deform_conv2d

generator = torch.Generator().manual_seed(37)


def grid(*shape, step=16):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * step) / step


def entry(tensor, images=True):
    tensor = tensor.movedim(1, -1) if images else tensor
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.detach().flatten().tolist()])


def pool(x, offset, mode, window, strides, padding, dilations, include):
    (top, bottom), (left, right) = padding
    channels = x.shape[1]
    pad = lambda t: torch.nn.functional.pad(t, (left, right, top, bottom))
    inside = pad(torch.ones(1, 1, *x.shape[2:], dtype=torch.float64))
    samples, counts = [], []
    for k in range(window[0] * window[1]):
        copy = torch.zeros(channels, channels, *window, dtype=torch.float64)
        copy[range(channels), range(channels), k // window[1], k % window[1]] = 1
        samples.append(deform_conv2d(pad(x), offset, copy, stride=strides, dilation=dilations))
        counts.append(torch.nn.functional.conv2d(inside, copy[:1, :1], stride=strides, dilation=dilations) > 0)
    samples, counts = torch.stack(samples), torch.stack(counts)
    if include:
        counts = torch.ones_like(counts)
    total = counts.sum(0)
    if mode == "average":
        return torch.where(counts, samples, torch.zeros_like(samples)).sum(0) / total.clamp(min=1)
    best = torch.where(counts, samples, torch.full_like(samples, -torch.inf)).max(0).values
    return torch.where(total > 0, best, torch.zeros_like(best))


def case(name, mode, channels, size, window, strides, padding, dilations, groups, include=False):
    x = grid(2, channels, *size).requires_grad_()
    (top, bottom), (left, right) = padding
    out = [
        (size[k] + sum(padding[k]) - dilations[k] * (window[k] - 1) - 1) // strides[k] + 1 for k in range(2)
    ]
    # Odd multiples of 1/64: exact in float32, never a whole number. y and x have different means.
    offset = (torch.floor(torch.randn(2, groups, window[0] * window[1], 2, *out, dtype=torch.float64, generator=generator) * 32) * 2 + 1) / 64
    offset[:, :, :, 0] += 0.5
    offset = offset.reshape(2, -1, *out).requires_grad_()
    value = pool(x, offset, mode, window, strides, padding, dilations, include)
    dy = grid(*value.shape)
    value.backward(dy)
    options = dict(windowSize=window, mode=mode, strides=strides, padding=padding, dilations=dilations, offsetGroups=groups)
    if include:
        options["countIncludePad"] = True
    return dict(
        name=name, options=options, x=entry(x), offset=entry(offset), dy=entry(dy), value=entry(value),
        gradients=dict(x=entry(x.grad), offset=entry(offset.grad)),
    )


cases = [
    case("average, two offset groups", "average", 4, (5, 4), [3, 2], [2, 1], [[1, 2], [0, 1]], [1, 2], 2),
    case("average over padding too", "average", 3, (4, 6), [2, 3], [1, 2], [[1, 0], [2, 1]], [2, 1], 1, True),
    case("max, three offset groups", "max", 3, (5, 4), [2, 3], [1, 2], [[2, 0], [1, 2]], [2, 1], 3),
    case("windows that lie in the padding", "max", 2, (2, 3), [1, 2], [1, 1], [[1, 2], [3, 0]], [1, 1], 1),
    case("means of windows that lie in the padding", "average", 2, (3, 2), [2, 1], [1, 2], [[3, 0], [1, 2]], [1, 1], 1),
]
golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/deformPool2d.py",
    seed=37,
    versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
    cases=cases,
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
