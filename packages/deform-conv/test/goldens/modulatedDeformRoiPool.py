"""Goldens of modulatedDeformRoiPool: /usr/bin/python3 packages/deform-conv/test/goldens/modulatedDeformRoiPool.py

Each bin is torchvision's `roi_align` of the moved bin, aligned, in float64, times its mask; gradients of x and mask are torch's, that of the
offset is a central difference.
"""
import json
import pathlib

import torch
import torchvision
from torchvision.ops import roi_align

generator = torch.Generator().manual_seed(43)
GAMMA, SCALE, ROWS, COLUMNS, SAMPLES = 0.125, 0.5, 3, 2, 2
ROIS = torch.tensor([[1, 2.25, 4.5, 13.0, 9.75], [0, -4.75, -3.0, 6.5, 4.25], [1, 13.75, 7.0, 26.5, 19.25]]).double()


def values(*shape):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 16) / 16


def pool(x, offset, mask):
    result = []
    for k, (n, *ends) in enumerate(ROIS.tolist()):
        x1, y1, x2, y2 = (v * SCALE for v in ends)
        height, width = y2 - y1, x2 - x1
        for p in range(ROWS):
            for q in range(COLUMNS):
                top = y1 + p * height / ROWS + GAMMA * height * float(offset[k, p, q, 0])
                left = x1 + q * width / COLUMNS + GAMMA * width * float(offset[k, p, q, 1])
                box = torch.tensor([[n, left, top, left + width / COLUMNS, top + height / ROWS]], dtype=torch.float64)
                result.append(mask[k, p, q, 0] * roi_align(x, box, (1, 1), 1.0, SAMPLES, True).flatten())
    return torch.stack(result).reshape(len(ROIS), ROWS, COLUMNS, -1)


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.detach().flatten().tolist()])


x = values(2, 3, 8, 9).requires_grad_()
# No sample on the centre of a pixel, where the slope jumps.
offset = values(len(ROIS), ROWS, COLUMNS, 2) + 0.0113
mask = (values(len(ROIS), ROWS, COLUMNS, 1) + 0.25).requires_grad_()
value = pool(x, offset, mask)
dy = values(*value.shape)
value.backward(dy)
slope = torch.zeros_like(offset)
with torch.no_grad():
    for at in range(offset.numel()):
        step = torch.zeros_like(offset)
        step.view(-1)[at] = 1e-6
        slope.view(-1)[at] = ((pool(x, offset + step, mask) - pool(x, offset - step, mask)) * dy).sum() / 2e-6
golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/modulatedDeformRoiPool.py",
    seed=43,
    versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
    options=dict(outputSize=[ROWS, COLUMNS], samplingRatio=SAMPLES, spatialScale=SCALE, gamma=GAMMA),
    x=entry(x.movedim(1, -1)), rois=entry(ROIS), offset=entry(offset), mask=entry(mask), dy=entry(dy), value=entry(value),
    gradients=dict(x=entry(x.grad.movedim(1, -1)), offset=entry(slope), mask=entry(mask.grad)),
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
