"""Goldens of the layer DcnV4: /usr/bin/python3 packages/deform-conv/test/goldens/dcnV4Layer.py (torch in float64).

DCNv4's module line by line, with torch's Linear and Conv2d, on the plain core of dcnV3.py. All weights are drawn, none is at its
initial value. Weights are stored by our names, kernels as (inputs, outputs) and (side, side, channels).
"""
import importlib.util
import json
import math
import pathlib

import torch
from torch import nn

here = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("dcnV3", here / "dcnV3.py")
dcnV3 = importlib.util.module_from_spec(spec)
spec.loader.exec_module(dcnV3)
generator = torch.Generator().manual_seed(43)

CASES = [
    dict(name="projections, kernel of 3 × 2 points, dilations", batch=2, size=(3, 5), channels=6, groups=3, kernelSize=(3, 2),
         dilationRate=(1, 2)),
    dict(name="depthwise branch, centre, scale, no output bias", batch=1, size=(4, 3), channels=4, groups=2, kernelSize=(3, 3),
         depthwiseKernelSize=3, centerFeatureScale=True, offsetScale=0.5, removeCenter=True, outputBias=False),
    dict(name="without projections, centre", batch=1, size=(2, 5), channels=4, groups=1, kernelSize=(1, 3), withoutPointwise=True,
         centerFeatureScale=True),
]


def values(*shape, scale=1.0):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 64 * scale) / 64


def drawn(module, scale):
    for parameter in module.parameters():
        parameter.data = values(*parameter.shape, scale=scale)
    return module.double()


def matrix(weight):
    return weight.T


def run(name, batch, size, channels, groups, kernelSize, dilationRate=(1, 1), depthwiseKernelSize=None, centerFeatureScale=False,
        offsetScale=1.0, removeCenter=False, withoutPointwise=False, outputBias=True):
    weights = {}  # our name: the parameter, and what turns it

    def keep(key, module, turn):
        weights[f"{key}_kernel"] = (module.weight, turn)
        if module.bias is not None:
            weights[f"{key}_bias"] = (module.bias, lambda bias: bias)

    x = values(batch, *size, channels).requires_grad_()
    points = kernelSize[0] * kernelSize[1] - removeCenter
    value = x
    if not withoutPointwise:
        value_proj = drawn(nn.Linear(channels, channels), 0.5)
        keep("value", value_proj, matrix)
        value = value_proj(x)
    seen = x
    if depthwiseKernelSize is not None:
        depthwise = drawn(nn.Conv2d(channels, channels, depthwiseKernelSize, padding=(depthwiseKernelSize - 1) // 2, groups=channels), 0.3)
        keep("depthwise", depthwise, lambda weight: weight[:, 0].permute(1, 2, 0))
        seen = depthwise(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    offset_mask = drawn(nn.Linear(channels, math.ceil(groups * points * 3 / 8) * 8), 0.3)
    keep("offset_mask", offset_mask, matrix)
    packed = offset_mask(seen)[..., :groups * points * 3].unflatten(-1, (groups, points * 3))
    offset, mask = packed[..., :points * 2].flatten(-2), packed[..., points * 2:].flatten(-2)
    extents = [dilationRate[a] * (kernelSize[a] - 1) for a in (0, 1)]
    padding = [(extent // 2, extent - extent // 2) for extent in extents]
    result = dcnV3.core(value, offset, mask, kernelSize, (1, 1), dilationRate, padding, offsetScale, removeCenter, groups)
    if centerFeatureScale:
        center = drawn(nn.Linear(channels, groups), 0.5)
        keep("center", center, matrix)
        share = center(result).sigmoid()[..., None].repeat(1, 1, 1, 1, channels // groups).flatten(-2)
        result = result * (1 - share) + value * share
    if not withoutPointwise:
        output_proj = drawn(nn.Linear(channels, channels, bias=outputBias), 0.5)
        keep("output", output_proj, matrix)
        result = output_proj(result)
    dy = values(*result.shape)
    gradients = torch.autograd.grad(result, [x, *(parameter for parameter, _ in weights.values())], dy)
    turned = {key: turn(gradient) for (key, (_, turn)), gradient in zip(weights.items(), gradients[1:])}
    options = dict(groups=groups, kernelSize=kernelSize, dilationRate=dilationRate, offsetScale=offsetScale, removeCenter=removeCenter,
                   centerFeatureScale=centerFeatureScale, withoutPointwise=withoutPointwise)
    if depthwiseKernelSize is not None:
        options.update(depthwiseKernelSize=depthwiseKernelSize)
    if not outputBias:
        options.update(outputBias=False)
    return dict(
        name=name,
        options=options,
        x=dcnV3.entry(x),
        weights={key: dcnV3.entry(turn(parameter)) for key, (parameter, turn) in weights.items()},
        dy=dcnV3.entry(dy),
        value=dcnV3.entry(result),
        gradients={key: dcnV3.entry(gradient) for key, gradient in dict(x=gradients[0], **turned).items()},
    )


golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/dcnV4Layer.py",
    seed=43,
    versions=dict(torch=torch.__version__),
    cases=[run(**case) for case in CASES],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
