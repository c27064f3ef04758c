"""Goldens of the poolings of RoIs, a file each: /usr/bin/python3 packages/deform-conv/test/goldens/rois.py (torchvision in float32, gradients by autograd).

Inputs are multiples of 1/16, and coordinates of 1/8, exact in float32. psRoiPool: torchvision's own backward is not the adjoint of its
forward (it clips bins to H and W, the forward to H - 1 and W - 1), so the gradient is that of `ps_roi_pool_plain` below, by autograd.
"""
import json
import math
import pathlib

import torch
import torchvision
from torchvision import ops

generator = torch.Generator().manual_seed(29)


def values(*shape):
    return torch.round(torch.randn(shape, generator=generator) * 16) / 16


# Of images of 7 rows and 10 columns at scale 1: inside, across each border, outside, tiny, all of it.
ROIS = [
    [0, 1.125, 2.25, 6.5, 4.875],
    [1, -2.375, -1.5, 3.25, 2.125],
    [1, 6.875, 3.5, 13.25, 9.625],
    [0, 4.25, 1.125, 4.375, 1.5],
    [1, 14.5, 2.0, 19.25, 5.0],
    [0, -0.5, -0.5, 9.5, 6.5],
    [1, 2.0, 1.0, 7.0, 6.0],
    [0, -4.0, -3.0, 5.0, 1.5],
]
# Both axes inverted, and no length.
DEGENERATE = [[1, 7.5, 5.25, 2.125, 1.375], [0, 3.25, 2.5, 3.25, 2.5]]


def half_away(x):
    return math.copysign(math.floor(abs(x) + 0.5), x)


def ps_roi_pool_plain(x, rois, output_size, spatial_scale):
    """The forward of ps_roi_pool, one slice a bin."""
    height, width = x.shape[2:]
    ph, pw = output_size
    channels = x.shape[1] // (ph * pw)
    result = []
    for roi in rois.tolist():
        x1, y1, x2, y2 = (half_away(v * spatial_scale) for v in roi[1:])
        bh, bw = max(y2 - y1, 1) / ph, max(x2 - x1, 1) / pw
        for c in range(channels):
            for p in range(ph):
                for q in range(pw):
                    top, bottom = (int(min(max(v + y1, 0), height - 1)) for v in (math.floor(p * bh), math.ceil((p + 1) * bh)))
                    left, right = (int(min(max(v + x1, 0), width - 1)) for v in (math.floor(q * bw), math.ceil((q + 1) * bw)))
                    area = x[int(roi[0]), (c * ph + p) * pw + q, top:bottom, left:right]
                    result.append(area.mean() if area.numel() else area.sum())
    return torch.stack(result).reshape(-1, channels, ph, pw)


def case(name, operation, channels, options, rois=ROIS, size=(7, 10), gradient_by=None):
    x = values(2, channels, *size).requires_grad_()
    boxes = torch.tensor(rois)
    arguments = dict(output_size=options["outputSize"], spatial_scale=options["spatialScale"])
    if "samplingRatio" in options:
        arguments["sampling_ratio"] = options["samplingRatio"]
    if "aligned" in options:
        arguments["aligned"] = options["aligned"]
    result = operation(x, boxes, **arguments)
    by = result if gradient_by is None else gradient_by(x, boxes, **arguments)
    assert torch.allclose(by, result, atol=1e-5)
    dy = values(*result.shape)
    by.backward(dy)
    return dict(name=name, options=options, x=entry(x), rois=entry(boxes, False), dy=entry(dy), value=entry(result), gradient=entry(x.grad))


def entry(tensor, images=True):
    tensor = tensor.movedim(1, -1) if images else tensor
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.detach().flatten().tolist()])


def option(size, scale, **rest):
    return dict(outputSize=size, spatialScale=scale, **rest)


half = [[n, *(2 * v for v in box)] for n, *box in ROIS]
goldens = dict(
    roiAlign=[
        case("adaptive", ops.roi_align, 2, option([2, 3], 1, samplingRatio=-1, aligned=False)),
        case("adaptive, aligned", ops.roi_align, 2, option([3, 2], 1, samplingRatio=-1, aligned=True), ROIS + DEGENERATE),
        case("2 samples, scale 1/2", ops.roi_align, 2, option([2, 3], 0.5, samplingRatio=2, aligned=False), half + DEGENERATE),
        case("3 samples, aligned, backwards", ops.roi_align, 1, option([3, 4], 1, samplingRatio=3, aligned=True), ROIS + DEGENERATE),
        case("an image of one row", ops.roi_align, 2, option([2, 1], 0.75, samplingRatio=1, aligned=True), size=(1, 9)),
    ],
    roiPool=[
        case("scale 1", ops.roi_pool, 3, option([2, 3], 1), ROIS + DEGENERATE),
        case("scale 3/4, more bins than pixels", ops.roi_pool, 2, option([5, 4], 0.75), ROIS + DEGENERATE),
    ],
    psRoiAlign=[
        case("adaptive", ops.ps_roi_align, 12, option([2, 3], 1, samplingRatio=-1)),
        case("2 samples, scale 1/2, backwards", ops.ps_roi_align, 6, option([3, 1], 0.5, samplingRatio=2), half + DEGENERATE),
    ],
    psRoiPool=[
        case("scale 1", ops.ps_roi_pool, 12, option([2, 3], 1), ROIS + DEGENERATE, gradient_by=ps_roi_pool_plain),
        case("scale 3/4", ops.ps_roi_pool, 6, option([3, 1], 0.75), ROIS + DEGENERATE, gradient_by=ps_roi_pool_plain),
    ],
)
for name, cases in goldens.items():
    golden = dict(
        command="/usr/bin/python3 packages/deform-conv/test/goldens/rois.py",
        seed=29,
        versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
        cases=cases,
    )
    pathlib.Path(__file__).with_name(f"{name}.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
