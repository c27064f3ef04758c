"""Goldens of the layers, values and gradients: /usr/bin/python3 packages/backbones/test/goldens/layers.py (torch of Debian 12).

Inputs, weights and the gradient of the result follow from names by hashed.py, in the layouts of the tests: channels last. Torch has channels
second: they are moved here. Made in float64, kept to six digits.
"""
import json
import pathlib

import numpy
import torch
from torch.nn import functional

from hashed import uniform


def tensor(name, shape):
    values = uniform(name, int(numpy.prod(shape))).astype(numpy.float64)
    return torch.from_numpy(values).reshape(shape).requires_grad_()


def second(x):
    return x.movedim(-1, 1).contiguous()


def last(x):
    return x.movedim(1, -1)


def numbers(x):
    return [float(f"{value:.6g}") for value in x.detach().ravel().tolist()]


cases = []


def case(layer, args, shape, weights, f, quantum=None):
    """One case: f(x, *weights), channels second in x and in the result."""
    name = f"{layer}{len(cases)}"
    x = tensor(f"{name}/x", shape)
    if quantum:  # few values, so that windows have several equal maxima; all negative, so that zeros around would win
        x = (torch.floor(x.detach() * quantum) / quantum - 1).requires_grad_()
    tensors = {key: tensor(f"{name}/{key}", size) for key, size in weights.items()}
    result = f(second(x), **tensors)
    y = last(result)
    dy = tensor(f"{name}/dy", tuple(y.shape)).detach()
    # Contiguous: torch 1.13's instance_norm takes the gradient of one image wrong from other strides.
    gradients = torch.autograd.grad(result, [x, *tensors.values()], second(dy))
    made = {"name": name, "layer": layer, "args": args, "shape": list(shape), "weights": {k: list(v) for k, v in weights.items()}}
    if quantum:
        made["quantum"] = quantum
    cases.append(made | {"yShape": list(y.shape), "y": numbers(y), "gradients": [numbers(g) for g in gradients]})


def convolution(axes, args, **options):
    def f(x, kernel, bias=None):
        if "pad" in options:
            x = functional.pad(x, options["pad"])
        rest = {key: value for key, value in options.items() if key != "pad"}
        filters = kernel.permute(axes + 1, axes, *range(axes))
        return (functional.conv2d if axes == 2 else functional.conv3d)(x, filters, bias, **rest)

    return f


def convolutions():
    case("convolution2D", {"filters": 6, "kernelSize": [3, 2], "strides": [2, 1], "padding": [1, 2], "groups": 2}, (2, 6, 5, 4),
         {"kernel": (3, 2, 2, 6), "bias": (6,)}, convolution(2, {}, stride=(2, 1), padding=(1, 2), groups=2))
    case("convolution2D", {"filters": 2, "kernelSize": 3, "strides": 2, "padding": 2, "dilations": [2, 1], "useBias": False}, (1, 7, 6, 3),
         {"kernel": (3, 3, 3, 2)}, convolution(2, {}, stride=2, padding=2, dilation=(2, 1)))
    case("convolution2D", {"filters": 4, "kernelSize": 3, "padding": [[0, 2], [3, 1]], "dilations": [1, 2], "groups": 4}, (1, 4, 5, 4),
         {"kernel": (3, 3, 1, 4), "bias": (4,)}, convolution(2, {}, pad=(3, 1, 0, 2), dilation=(1, 2), groups=4))
    case("convolution2D", {"filters": 5, "kernelSize": 1, "strides": 2}, (2, 5, 4, 3),
         {"kernel": (1, 1, 3, 5), "bias": (5,)}, convolution(2, {}, stride=2))
    case("convolution2D", {"filters": 6, "kernelSize": [1, 3], "padding": [0, 1], "groups": 3}, (1, 3, 4, 3),
         {"kernel": (1, 3, 1, 6), "bias": (6,)}, convolution(2, {}, padding=(0, 1), groups=3))
    case("convolution3D", {"filters": 2, "kernelSize": [2, 1, 3], "strides": [1, 2, 1], "padding": [1, 0, 1]}, (1, 3, 4, 5, 3),
         {"kernel": (2, 1, 3, 3, 2), "bias": (2,)}, convolution(3, {}, stride=(1, 2, 1), padding=(1, 0, 1)))
    case("convolution3D", {"filters": 2, "kernelSize": [2, 2, 3], "padding": 1, "dilations": [2, 3, 1], "useBias": False}, (1, 3, 4, 3, 2),
         {"kernel": (2, 2, 3, 2, 2)}, convolution(3, {}, padding=1, dilation=(2, 3, 1)))
    case("convolution3D", {"filters": 1, "kernelSize": 2, "strides": [2, 1, 2], "padding": 1, "dilations": 2}, (1, 3, 4, 3, 2),
         {"kernel": (2, 2, 2, 2, 1), "bias": (1,)}, convolution(3, {}, stride=(2, 1, 2), padding=1, dilation=2))


def normalizations():
    affine = {"gamma": (4,), "beta": (4,)}
    for shape, epsilon in [((2, 3, 5, 4), 1e-3), ((2, 2, 1, 3, 4), 1e-5), ((5, 4), 1e-5)]:
        args = {"momentum": 0.7, "epsilon": epsilon, "trainingOnly": True}
        case("batchNormalization", args, shape, affine,
             lambda x, gamma, beta: functional.batch_norm(x, None, None, gamma, beta, True, 0.3, epsilon))
        mean, variance = torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)
        x = tensor(f"{cases[-1]['name']}/x", shape)
        functional.batch_norm(second(x), mean, variance, None, None, True, 0.3, epsilon)
        cases[-1]["averages"] = [numbers(mean), numbers(variance)]
    case("groupNormalization", {"groups": 2, "epsilon": 0.01}, (1, 3, 5, 4), affine,
         lambda x, gamma, beta: functional.group_norm(x, 2, gamma, beta, 0.01))
    case("instanceNormalization", {"affine": True}, (1, 3, 5, 4), affine,
         lambda x, gamma, beta: functional.instance_norm(x, weight=gamma, bias=beta))
    case("instanceNormalization", {"epsilon": 0.1}, (2, 3, 5, 3), {}, lambda x: functional.instance_norm(x, eps=0.1))
    case("layerNormalization", {}, (2, 5, 4), affine,
         lambda x, gamma, beta: functional.layer_norm(x.movedim(1, -1), (4,), gamma, beta).movedim(-1, 1))


def poolings():
    for args, options in [
        ({"poolSize": 3, "strides": 2, "padding": 1}, {"kernel_size": 3, "stride": 2, "padding": 1}),
        ({"poolSize": [3, 2], "strides": 2, "padding": [1, 0], "ceilMode": True},
         {"kernel_size": (3, 2), "stride": 2, "padding": (1, 0), "ceil_mode": True}),
        ({"poolSize": 2, "strides": 3, "padding": 1, "ceilMode": True}, {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}),
        ({"poolSize": 2}, {"kernel_size": 2}),
    ]:
        case("maxPooling2D", args, (1, 6, 7, 2), {}, lambda x: functional.max_pool2d(x, **options), quantum=2)
        case("averagePooling2D", args, (1, 6, 7, 2), {}, lambda x: functional.avg_pool2d(x, **options))
        if "padding" in args:
            case("averagePooling2D", args | {"countIncludePad": False}, (1, 6, 7, 2), {},
                 lambda x: functional.avg_pool2d(x, **options, count_include_pad=False))


def resizings():
    for args, options in [
        ({"scale": 2, "mode": "bilinear"}, {"scale_factor": 2, "mode": "bilinear", "align_corners": False}),
        ({"size": [5, 9], "mode": "bilinear"}, {"size": (5, 9), "mode": "bilinear", "align_corners": False}),
        ({"size": [2, 3], "mode": "bilinear"}, {"size": (2, 3), "mode": "bilinear", "align_corners": False}),
        ({"scale": [1.5, 0.7], "mode": "bilinear"}, {"scale_factor": (1.5, 0.7), "mode": "bilinear", "align_corners": False}),
        ({"scale": 2, "mode": "bilinear", "alignCorners": True}, {"scale_factor": 2, "mode": "bilinear", "align_corners": True}),
        ({"size": [7, 1], "mode": "bilinear", "alignCorners": True}, {"size": (7, 1), "mode": "bilinear", "align_corners": True}),
        ({"scale": 2}, {"scale_factor": 2, "mode": "nearest"}),
        ({"size": [5, 3]}, {"size": (5, 3), "mode": "nearest"}),
        ({"scale": [1.5, 0.7]}, {"scale_factor": (1.5, 0.7), "mode": "nearest"}),
    ]:
        case("resize2D", args, (1, 3, 4, 2), {}, lambda x: functional.interpolate(x, **options))


def adaptive():
    case("adaptiveAveragePooling2D", {"size": [4, 3]}, (1, 6, 7, 2), {}, lambda x: functional.adaptive_avg_pool2d(x, (4, 3)))


convolutions()
normalizations()
poolings()
resizings()
adaptive()
command = "/usr/bin/python3 packages/backbones/test/goldens/layers.py"
golden = {"made": {"command": command, "torch": torch.__version__}, "cases": cases}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
