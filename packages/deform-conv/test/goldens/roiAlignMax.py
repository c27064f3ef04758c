"""Goldens of roiAlign with mode "max": /usr/bin/python3 packages/deform-conv/test/goldens/roiAlignMax.py

A plain program of ONNX's definition, one product of pixel and weight at a time in float64; the gradient is torch's.
"""
import json
import math
import pathlib

import torch

generator = torch.Generator().manual_seed(47)
# Inside, across each border, outside, tiny, inverted on one axis.
ROIS = [[0, 1.125, 2.25, 6.5, 4.875], [1, -2.375, -1.5, 3.25, 2.125], [1, 6.875, 3.5, 13.25, 9.625], [1, 14.5, 2.0, 19.25, 5.0], [0, 4.25, 1.125, 4.375, 1.5], [0, 5.0, 1.0, 2.0, 4.0]]


def corners(position, size):
    """Two pixels and their weights; weight 0 for both outside."""
    if position < -1 or position > size:
        return [(0, 0.0), (0, 0.0)]
    position = max(position, 0)
    low = int(position)
    if low >= size - 1:
        return [(size - 1, 1.0), (size - 1, 0.0)]
    return [(low, 1 - (position - low)), (low + 1, position - low)]


def pool(x, output, samples, scale, aligned):
    height, width = x.shape[2:]
    result = []
    for image, *ends in ROIS:
        x1, y1, x2, y2 = (v * scale - (0.5 if aligned else 0) for v in ends)
        roi_w, roi_h = x2 - x1, y2 - y1
        if not aligned:
            roi_w, roi_h = max(roi_w, 1), max(roi_h, 1)
        bin_h, bin_w = roi_h / output[0], roi_w / output[1]
        gh, gw = (samples, samples) if samples > 0 else (math.ceil(bin_h), math.ceil(bin_w))
        for p in range(output[0]):
            for q in range(output[1]):
                products = []
                for i in range(gh):
                    for j in range(gw):
                        for row, wy in corners(y1 + p * bin_h + (i + 0.5) * bin_h / gh, height):
                            for column, wx in corners(x1 + q * bin_w + (j + 0.5) * bin_w / gw, width):
                                products.append(wy * wx * x[image, :, row, column])
                empty = torch.zeros(x.shape[1], dtype=torch.float64)
                result.append(torch.stack(products).max(0).values if products else empty)
    return torch.stack(result).reshape(len(ROIS), *output, -1)


def values(*shape, shift=0.0):
    return torch.round((torch.randn(shape, dtype=torch.float64, generator=generator) + shift) * 16) / 16


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.detach().flatten().tolist()])


def case(name, output, samples, scale, aligned, shift):
    x = values(2, 3, 7, 10, shift=shift).requires_grad_()
    value = pool(x, output, samples, scale, aligned)
    dy = values(*value.shape)
    value.backward(dy)
    options = dict(outputSize=output, samplingRatio=samples, spatialScale=scale, aligned=aligned, mode="max")
    return dict(name=name, options=options, x=entry(x.movedim(1, -1)), rois=entry(torch.tensor(ROIS)), dy=entry(dy), value=entry(value), gradient=entry(x.grad.movedim(1, -1)))


golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/roiAlignMax.py",
    seed=47,
    versions=dict(torch=torch.__version__),
    cases=[
        case("max, adaptive, aligned", [2, 3], -1, 1, True, 0.0),
        case("max, 2 samples, mostly negative pixels", [3, 1], 2, 0.5, False, -1.0),
    ],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
