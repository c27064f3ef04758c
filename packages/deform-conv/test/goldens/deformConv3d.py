"""Goldens of deformConv3d: /usr/bin/python3 packages/deform-conv/test/goldens/deformConv3d.py (torch in float64, gradients by autograd).

A plain program: the eight voxels of each sample, each tested alone, weighted and summed over taps. Before writing, samples are compared
with torch's grid_sample (zero padding), zero offsets with conv3d, and one plane with torchvision's deform_conv2d. All inputs are exact in
float32; offsets are odd multiples of 1/64 (never on a voxel), but for the case `borders`.
"""
import itertools
import json
import pathlib

import torch
import torch.nn.functional as F
import torchvision
from torchvision.ops import deform_conv2d

generator = torch.Generator().manual_seed(41)


def values(*shape):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 16) / 16


def odd(shape):
    """Odd multiples of 1/64, of another mean for each axis."""
    result = torch.randn(shape, dtype=torch.float64, generator=generator)
    for axis, mean in enumerate((0.3, -0.2, 0.1)):
        result[..., axis::3] += mean
    return (torch.floor(result * 32) * 2 + 1) / 64


def halves(shape):
    """Multiples of a half that put taps exactly on -1, 0, the last voxel and one beyond it."""
    return torch.randint(-4, 5, shape, generator=generator).double() / 2


CASES = [
    dict(name="groups, offset groups, strides, dilations, padding of another length on each side", batch=2, size=(3, 5, 4), channels=6,
         outputs=4, kernel=(2, 1, 3), groups=2, offsetGroups=3, strides=(1, 3, 2), dilations=(2, 1, 1),
         padding=((0, 1), (1, 0), (2, 1)), mask=True, bias=True, offsets=odd),
    dict(name="version 1, one group", batch=1, size=(4, 2, 5), channels=2, outputs=3, kernel=(3, 2, 1), groups=1, offsetGroups=1,
         strides=(1, 1, 2), dilations=(1, 1, 1), padding=((0, 0),) * 3, mask=False, bias=False, offsets=odd),
    dict(name="borders", batch=1, size=(2, 3, 4), channels=3, outputs=2, kernel=(1, 2, 1), groups=1, offsetGroups=3, strides=(1, 2, 3),
         dilations=(1, 2, 1), padding=((1, 0), (1, 1), (0, 2)), mask=True, bias=False, offsets=halves),
]


def places_of(offset, kernel, strides, dilations, padding, offsetGroups):
    """(batch, od, oh, ow, offset groups, taps, 3)."""
    batch, *out, _ = offset.shape
    axes = [torch.arange(out[a], dtype=torch.float64) * strides[a] - padding[a][0] for a in range(3)]
    windows = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1)
    taps = torch.tensor([[t * e for t, e in zip(tap, dilations)] for tap in itertools.product(*map(range, kernel))], dtype=torch.float64)
    return windows[None, ..., None, None, :] + taps + offset.reshape(batch, *out, offsetGroups, len(taps), 3)


def sample(x, places, offsetGroups):
    """(batch, od, oh, ow, offset groups, taps, channels of a group) of x (batch, d, h, w, channels)."""
    batch, *size, channels = x.shape
    grouped = x.reshape(batch, *size, offsetGroups, channels // offsetGroups)
    first = torch.floor(places.detach())
    share = places - first
    images = torch.arange(batch).reshape(-1, 1, 1, 1, 1, 1).expand(places.shape[:-1])
    groups = torch.arange(offsetGroups).reshape(1, 1, 1, 1, -1, 1).expand(places.shape[:-1])
    result = 0
    for corner in itertools.product((0, 1), repeat=3):
        at = (first + torch.tensor(corner, dtype=torch.float64)).long()
        inside = torch.ones(places.shape[:-1], dtype=torch.bool)
        weight = 1
        for axis in range(3):
            inside = inside & (at[..., axis] >= 0) & (at[..., axis] < size[axis])
            weight = weight * (share[..., axis] if corner[axis] else 1 - share[..., axis])
        z, y, x_ = (at[..., axis].clamp(0, size[axis] - 1) for axis in range(3))
        result = result + torch.where(inside[..., None], grouped[images, z, y, x_, groups], torch.zeros(())) * weight[..., None]
    return result


def convolve(x, filter, offset, mask=None, bias=None, *, kernel, groups, offsetGroups, strides, dilations, padding):
    samples = sample(x, places_of(offset, kernel, strides, dilations, padding, offsetGroups), offsetGroups)
    grid, count = samples.shape[:4], samples.shape[5]
    if mask is not None:
        samples = samples * mask.reshape(*grid, offsetGroups, count, 1)
    columns = samples.transpose(4, 5).reshape(*grid, count, groups, -1)
    weights = filter.reshape(count, filter.shape[3], groups, -1)
    result = torch.einsum("nzyxkgc,kcgo->nzyxgo", columns, weights).reshape(*grid, -1)
    return result if bias is None else result + bias


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.detach().reshape(-1).tolist()])


def check(tensors, settings):
    """With what others wrote."""
    x, filter, offset, mask = (tensors.get(key) for key in ("x", "filter", "offset", "mask"))
    places = places_of(offset, *(settings[key] for key in ("kernel", "strides", "dilations", "padding", "offsetGroups")))
    batch, *size, channels = x.shape
    count = settings["offsetGroups"]
    ours = sample(x, places, count)
    for group in range(count):
        per = channels // count
        image = x[..., group * per:(group + 1) * per].permute(0, 4, 1, 2, 3)
        grid = (2 * places[..., group, :, :] + 1) / torch.tensor(size, dtype=torch.float64) - 1
        flat = grid.flip(-1).reshape(batch, -1, 1, places.shape[5], 3)
        theirs = F.grid_sample(image, flat, padding_mode="zeros", align_corners=False)
        assert torch.allclose(theirs.permute(0, 2, 3, 4, 1).reshape(ours[..., group, :, :].shape), ours[..., group, :, :], atol=1e-12)
    (front, back), (top, bottom), (left, right) = settings["padding"]
    padded = F.pad(x, (0, 0, left, right, top, bottom, front, back)).permute(0, 4, 1, 2, 3)
    plain = F.conv3d(padded, filter.permute(4, 3, 0, 1, 2), None, settings["strides"], 0, settings["dilations"], settings["groups"])
    assert torch.allclose(plain.permute(0, 2, 3, 4, 1), convolve(x, filter, torch.zeros_like(offset), **settings), atol=1e-12)


def check_one_plane():
    x, filter, mask = values(2, 1, 5, 4, 6), values(1, 2, 3, 3, 4), values(2, 1, 4, 2, 18)
    offset = odd((2, 1, 4, 2, 54))
    offset[..., 0::3] = 0
    settings = dict(kernel=(1, 2, 3), groups=2, offsetGroups=3, strides=(1,) * 3, dilations=(1,) * 3, padding=((0, 0),) * 3)
    flat = offset.unflatten(-1, (18, 3))[..., 1:].flatten(-2)[:, 0].permute(0, 3, 1, 2)
    theirs = deform_conv2d(x[:, 0].permute(0, 3, 1, 2), flat, filter[0].permute(3, 2, 0, 1), mask=mask[:, 0].permute(0, 3, 1, 2))
    assert torch.allclose(theirs.permute(0, 2, 3, 1), convolve(x, filter, offset, mask, **settings)[:, 0], atol=1e-12)


def run(name, batch, size, channels, outputs, mask, bias, offsets, **settings):
    kernel, groups, strides, dilations, padding = (settings[key] for key in ("kernel", "groups", "strides", "dilations", "padding"))
    out = [(size[a] + sum(padding[a]) - dilations[a] * (kernel[a] - 1) - 1) // strides[a] + 1 for a in range(3)]
    taps = settings["offsetGroups"] * kernel[0] * kernel[1] * kernel[2]
    tensors = dict(x=values(batch, *size, channels), filter=values(*kernel, channels // groups, outputs),
                   offset=offsets((batch, *out, 3 * taps)))
    if mask:
        tensors["mask"] = values(batch, *out, taps)
    if bias:
        tensors["bias"] = values(outputs)
    check(tensors, settings)
    for tensor in tensors.values():
        tensor.requires_grad_()
    result = convolve(**tensors, **settings)
    dy = values(*result.shape)
    result.backward(dy)
    return dict(
        name=name,
        options=dict(strides=strides, padding=padding, dilations=dilations, offsetGroups=settings["offsetGroups"]),
        inputs={key: entry(tensor) for key, tensor in tensors.items()},
        dy=entry(dy),
        value=entry(result),
        gradients={key: entry(tensor.grad) for key, tensor in tensors.items()},
    )


check_one_plane()
golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/deformConv3d.py",
    seed=41,
    versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
    cases=[run(**case) for case in CASES],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
