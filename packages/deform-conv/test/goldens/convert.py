"""Goldens of the converters: /usr/bin/python3 packages/deform-conv/test/goldens/convert.py (torchvision in float64).

Inputs are multiples of 1/16 in torch's order of axes; the results have channels last. `mmcv` does what mmcv's packs do: a convolution, cut
in three, of which the first two joined are the offsets and the third goes through a sigmoid.
"""
import json
import pathlib

import torch
import torch.nn.functional as F
import torchvision
from torchvision.ops import deform_conv2d

generator = torch.Generator().manual_seed(29)


def values(*shape, scale=1.0):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 16 * scale) / 16


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.flatten().tolist()])


def last(x):
    return x.permute(0, 2, 3, 1)


def entries(tensors):
    return {key: entry(tensor) for key, tensor in tensors.items()}


def plain():
    """Kernel 3 x 2, 2 groups, 3 offset groups, strides, dilations, padding; ours of each tensor by torch's permute."""
    t = dict(x=values(2, 6, 5, 4), filter=values(4, 3, 3, 2), offset=values(2, 36, 2, 3, scale=0.6), mask=values(2, 18, 2, 3),
             bias=values(4))
    y = deform_conv2d(t["x"], t["offset"], t["filter"], t["bias"], stride=(2, 1), padding=(1, 0), dilation=(2, 1), mask=t["mask"])
    turned = {key: last(t[key]) for key in ("x", "offset", "mask")}
    turned.update(filter=t["filter"].permute(2, 3, 1, 0), bias=t["bias"])
    return dict(tensors=entries(t), turned=entries(turned), value=entry(last(y)))


def mmcv(modulated):
    kernel, groups, dilation, stride, padding = (2, 3), 2, (1, 2), (2, 1), (1, 0)
    t = dict(x=values(1, 4, 4, 7), filter=values(3, 4, *kernel), branchFilter=values((3 if modulated else 2) * groups * 6, 4, *kernel, scale=0.1),
             branchBias=values((3 if modulated else 2) * groups * 6, scale=0.5))
    if modulated:
        t["bias"] = values(3)
    out = F.conv2d(t["x"], t["branchFilter"], t["branchBias"], stride, padding, dilation)
    offset, mask = out, None
    if modulated:
        o1, o2, m = torch.chunk(out, 3, dim=1)
        offset, mask = torch.cat((o1, o2), dim=1), torch.sigmoid(m)
    y = deform_conv2d(t["x"], offset, t["filter"], t.get("bias"), stride=stride, padding=padding, dilation=dilation, mask=mask)
    return dict(tensors=entries(t), value=entry(last(y)))


def onnx():
    """ONNX's node by torch on a padded image: pads [top, left, bottom, right] = [2, 1, 0, 3]."""
    t = dict(x=values(1, 6, 3, 5), filter=values(4, 3, 2, 3), offset=values(1, 36, 4, 4, scale=0.6), bias=values(4), mask=values(1, 18, 4, 4))
    y = deform_conv2d(F.pad(t["x"], (1, 3, 2, 0)), t["offset"], t["filter"], t["bias"], stride=(1, 2), mask=t["mask"])
    return dict(tensors=entries(t), value=entry(last(y)))


golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/convert.py",
    seed=29,
    versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
    plain=plain(),
    mmcv=mmcv(False),
    mmcvModulated=mmcv(True),
    onnx=onnx(),
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
