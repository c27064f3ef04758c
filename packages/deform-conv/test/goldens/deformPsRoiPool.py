"""Goldens of deformPsRoiPool: /usr/bin/python3 packages/deform-conv/test/goldens/deformPsRoiPool.py

A plain program of the original operator, one sample at a time in float64, after its published definition: the offset is added in pixels, x
first. The gradient of x is torch's; that of the offset is a central difference.
"""
import json
import math
import pathlib

import torch

generator = torch.Generator().manual_seed(41)
ROIS = torch.tensor([[0, 2.5, 1.25, 12.75, 9.5], [1, -5.5, -4.25, 6.5, 4.5], [1, 14.0, 6.75, 27.25, 19.0], [0, 60.0, 2.0, 70.0, 9.0]]).double()


def half_away(v):
    return math.copysign(math.floor(abs(v) + 0.5), v)


def interpolate(plane, y, x):
    y0, x0, y1, x1 = math.floor(y), math.floor(x), math.ceil(y), math.ceil(x)
    ly, lx = y - y0, x - x0
    return (1 - ly) * (1 - lx) * plane[y0, x0] + (1 - ly) * lx * plane[y0, x1] + ly * (1 - lx) * plane[y1, x0] + ly * lx * plane[y1, x1]


def pool(x, trans, scale, outputs, group, pooled, part, samples, std):
    """x (batch, channels, height, width); trans (RoIs, 2 · classes, part rows, part columns), x before y."""
    height, width = x.shape[2:]
    classes = trans.shape[1] // 2
    result = []
    for n, (image, *ends) in enumerate(ROIS.tolist()):
        x1, y1 = (half_away(v) * scale - 0.5 for v in ends[:2])
        x2, y2 = ((half_away(v) + 1) * scale - 0.5 for v in ends[2:])
        roi_w, roi_h = max(x2 - x1, 0.1), max(y2 - y1, 0.1)
        bin_h, bin_w = roi_h / pooled[0], roi_w / pooled[1]
        for c in range(outputs):
            kind = c // (outputs // classes)
            for p in range(pooled[0]):
                for q in range(pooled[1]):
                    ty, tx = p * part[0] // pooled[0], q * part[1] // pooled[1]
                    left = q * bin_w + x1 + float(trans[n, 2 * kind, ty, tx]) * std * roi_w
                    top = p * bin_h + y1 + float(trans[n, 2 * kind + 1, ty, tx]) * std * roi_h
                    gy, gx = p * group[0] // pooled[0], q * group[1] // pooled[1]
                    plane = x[int(image), (c * group[0] + gy) * group[1] + gx]
                    total, count = torch.zeros((), dtype=torch.float64), 0
                    for i in range(samples):
                        for j in range(samples):
                            sy, sx = top + i * bin_h / samples, left + j * bin_w / samples
                            if sx < -0.5 or sx > width - 0.5 or sy < -0.5 or sy > height - 0.5:
                                continue
                            total = total + interpolate(plane, min(max(sy, 0), height - 1), min(max(sx, 0), width - 1))
                            count += 1
                    result.append(total / count if count else total)
    return torch.stack(result).reshape(len(ROIS), outputs, *pooled)


def values(*shape):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 16) / 16


def entry(tensor, images=True):
    tensor = tensor.movedim(1, -1) if images else tensor
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.detach().flatten().tolist()])


def case(name, size, classes, *, scale, outputs, group, pooled, part, samples, std):
    x = values(2, outputs * group[0] * group[1], *size).requires_grad_()
    # No sample on the centre of a pixel or half a pixel outside, where slope or value jump.
    trans = values(len(ROIS), 2 * classes, *part) + 0.0113
    call = lambda t: pool(x, t, scale, outputs, group, pooled, part, samples, std)
    value = call(trans)
    dy = values(*value.shape)
    value.backward(dy)
    slope = torch.zeros_like(trans)
    with torch.no_grad():
        for at in range(trans.numel()):
            step = torch.zeros_like(trans)
            step.view(-1)[at] = 1e-6
            slope.view(-1)[at] = ((call(trans + step) - call(trans - step)) * dy).sum() / 2e-6
    # A slope this large would be a jump.
    assert slope.abs().max() < 100
    options = dict(outputSize=pooled, groupSize=group, partSize=part, samplesPerBin=samples, gamma=std, spatialScale=scale)
    return dict(
        name=name, options=options, x=entry(x), rois=entry(ROIS, False), offset=entry(trans), dy=entry(dy), value=entry(value),
        gradients=dict(x=entry(x.grad), offset=entry(slope)),
    )


golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/deformPsRoiPool.py",
    seed=41,
    versions=dict(torch=torch.__version__),
    cases=[
        case("a group and a part for each bin", (5, 7), 1, scale=0.5, outputs=2, group=[2, 3], pooled=[2, 3], part=[2, 3], samples=2, std=0.25),
        case("two classes, fewer parts and groups", (6, 4), 2, scale=0.25, outputs=4, group=[1, 2], pooled=[3, 4], part=[2, 3], samples=3, std=0.125),
    ],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
