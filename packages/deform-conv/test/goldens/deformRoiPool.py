"""Goldens of deformRoiPool: /usr/bin/python3 packages/deform-conv/test/goldens/deformRoiPool.py

Each bin is torchvision's `roi_align` of the moved bin, aligned, in float64; the offset's gradient is a central difference of that.
"""
import json
import pathlib

import torch
import torchvision
from torchvision.ops import roi_align

generator = torch.Generator().manual_seed(31)
GAMMA, ROWS, COLUMNS, SAMPLES = 0.25, 2, 3, 2
ROIS = torch.tensor([[0, 1.125, 2.25, 6.5, 4.875], [1, -2.375, -1.5, 3.25, 2.125], [1, 6.875, 3.5, 13.25, 9.625]]).double()


def values(*shape):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 16) / 16


def pool(x, offset):
    result = []
    for k, (n, x1, y1, x2, y2) in enumerate(ROIS.tolist()):
        height, width = y2 - y1, x2 - x1
        for p in range(ROWS):
            for q in range(COLUMNS):
                top = y1 + p * height / ROWS + GAMMA * height * float(offset[k, p, q, 0])
                left = x1 + q * width / COLUMNS + GAMMA * width * float(offset[k, p, q, 1])
                box = torch.tensor([[n, left, top, left + width / COLUMNS, top + height / ROWS]], dtype=torch.float64)
                result.append(roi_align(x, box, (1, 1), 1.0, SAMPLES, True).flatten())
    return torch.stack(result).reshape(len(ROIS), ROWS, COLUMNS, -1)


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.detach().flatten().tolist()])


x = values(2, 4, 7, 10).requires_grad_()
# No sample on the centre of a pixel, where the slope jumps.
offset = values(len(ROIS), ROWS, COLUMNS, 2) + 0.0113
value = pool(x, offset)
dy = values(*value.shape)
value.backward(dy)
slope = torch.zeros_like(offset)
for at in range(offset.numel()):
    step = torch.zeros_like(offset)
    step.view(-1)[at] = 1e-6
    slope.view(-1)[at] = ((pool(x, offset + step) - pool(x, offset - step)) * dy).sum() / 2e-6
golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/deformRoiPool.py",
    seed=31,
    versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
    options=dict(outputSize=[ROWS, COLUMNS], samplingRatio=SAMPLES, gamma=GAMMA),
    x=entry(x.movedim(1, -1)), rois=entry(ROIS), offset=entry(offset), dy=entry(dy), value=entry(value),
    gradients=dict(x=entry(x.grad.movedim(1, -1)), offset=entry(slope)),
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
