"""Goldens of groupedConv2d: /usr/bin/python3 packages/backend-simd/test/goldens/groupedConv2d.py (torch of Debian 12, float64).

Convolution in groups of torch and its gradients, brought from torch's order of axes (batch, channels, rows, columns) and
(outChannels, channels / groups, rows, columns) to (batch, rows, columns, channels) and (rows, columns, channels / groups,
outChannels). The inputs have one decimal, so all numbers are exact in two or three.
"""
import json
import pathlib

import torch

torch.manual_seed(17)


def rounded(*shape):
    return (torch.randn(shape, dtype=torch.float64) * 10).round() / 10


def plain(tensor, *order):
    return [float(f"{value:.7g}") for value in tensor.detach().permute(*order).ravel().tolist()]


cases = []
# batch, rows, columns, groups, channels and outChannels of a group, filter, strides, dilations, padding (rows, columns)
for batch, rows, columns, groups, channels, outs, filter_size, strides, dilations, padding in [
    (2, 4, 5, 3, 4, 2, (3, 2), (1, 1), (1, 1), (1, 0)),
    (1, 7, 4, 5, 1, 3, (2, 3), (1, 1), (1, 1), (0, 1)),
    (1, 8, 7, 2, 5, 4, (3, 3), (2, 1), (1, 1), (1, 2)),
    (1, 7, 8, 3, 3, 5, (2, 3), (1, 2), (3, 2), (2, 1)),
    (1, 4, 5, 1, 3, 4, (3, 2), (1, 1), (2, 1), (1, 1)),
    (1, 3, 4, 3, 4, 4, (3, 3), (1, 1), (1, 1), (1, 1)),
]:
    x = rounded(batch, groups * channels, rows, columns).requires_grad_()
    weight = rounded(groups * outs, channels, *filter_size).requires_grad_()
    bias = rounded(groups * outs).requires_grad_()
    out = torch.nn.functional.conv2d(x, weight, bias, strides, padding, dilations, groups)
    weights = rounded(*out.shape)
    dx, dweight, dbias = torch.autograd.grad(out, (x, weight, bias), weights)
    image, taps = (0, 2, 3, 1), (2, 3, 1, 0)
    cases.append({
        "groups": groups,
        "strides": strides,
        "dilations": dilations,
        "padding": [[p, p] for p in padding],
        "xShape": [batch, rows, columns, groups * channels],
        "filterShape": [*filter_size, channels, groups * outs],
        "outShape": list(out.permute(*image).shape),
        "x": plain(x, *image),
        "filter": plain(weight, *taps),
        "bias": plain(bias, 0),
        "out": plain(out, *image),
        "gradient": plain(weights, *image),
        "xGradient": plain(dx, *image),
        "filterGradient": plain(dweight, *taps),
        "biasGradient": plain(dbias, 0),
    })
golden = {
    "made": {
        "command": "/usr/bin/python3 packages/backend-simd/test/goldens/groupedConv2d.py",
        "seed": 17,
        "torch": torch.__version__,
    },
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
