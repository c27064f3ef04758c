"""Goldens of the boundary losses: /usr/bin/python3 packages/losses/test/goldens/boundary.py (float64, formulas written out in torch)."""
import itertools
import json
import pathlib

import numpy
import scipy
import torch
from scipy.ndimage import distance_transform_edt as edt

generator = torch.Generator().manual_seed(11)
numpy_generator = numpy.random.default_rng(11)


def channels_first(x):
    return x.movedim(-1, 1)


def random_case(shape):
    logits = torch.randn(shape, dtype=torch.float64, generator=generator) * 2
    target = (torch.rand(shape, dtype=torch.float64, generator=generator) < 0.4).double()
    target[0, ..., 0] *= torch.rand(shape[1:-1], dtype=torch.float64, generator=generator) < 0.7
    target[1, ..., -1] = 0  # an empty class
    return logits, target


def signed(mask, spacing, offset):
    """Kervadec's map: +EDT outside, -(EDT - offset) inside; nothing where there is no border."""
    if mask.all() or not mask.any():
        return numpy.zeros(mask.shape)
    return numpy.where(mask, offset - edt(mask, sampling=spacing), edt(~mask, sampling=spacing))


def field(x, f):
    result = numpy.zeros(x.shape)
    for b, c in itertools.product(range(x.shape[0]), range(x.shape[1])):
        result[b, c] = f(x[b, c].detach().numpy() > 0.5)
    return torch.from_numpy(result)


def unsigned(mask):
    return numpy.zeros(mask.shape) if mask.all() or not mask.any() else edt(mask) + edt(~mask)


def boundary(p, t, spacing=None, offset=1, **_):
    return (p * field(t, lambda mask: signed(mask, spacing, offset))).mean()


def hausdorff(p, t, alpha=2, log=False):
    loss = ((p - t) ** 2 * (field(p, unsigned) ** alpha + field(t, unsigned) ** alpha)).mean()
    return torch.log(1 + loss) if log else loss


def shifted(x, offset, fill):
    """x moved by an offset along the spatial axes, fill where it came from outside."""
    result = torch.full_like(x, fill)
    to, come = [slice(None)] * 2, [slice(None)] * 2
    for n, o in zip(x.shape[2:], offset):
        to.append(slice(max(0, -o), n - max(0, o)))
        come.append(slice(max(0, o), n - max(0, -o)))
    result[tuple(to)] = x[tuple(come)]
    return result


def erode(x):
    d = x.dim() - 2
    cross = [o for o in itertools.product((-1, 0, 1), repeat=d) if sum(map(abs, o)) <= 1]
    return torch.stack([shifted(x, o, float("inf")) for o in cross]).min(0).values


def dilate(x):
    box = itertools.product((-1, 0, 1), repeat=x.dim() - 2)
    return torch.stack([shifted(x, o, -float("inf")) for o in box]).max(0).values


def skeleton(x, k):
    s = torch.relu(x - dilate(erode(x)))
    for _ in range(k):
        x = erode(x)
        d = torch.relu(x - dilate(erode(x)))
        s = s + torch.relu(d - s * d)
    return s


def centerline(p, t, k=3, smooth=1.0, dims=None):
    def total(x):
        return x.sum() if dims is None else x.sum(dims)

    sp, st = skeleton(p, k), skeleton(t, k)
    precision = (total(sp * t) + smooth) / (total(sp) + smooth)
    sensitivity = (total(st * p) + smooth) / (total(st) + smooth)
    return (1 - 2 * precision * sensitivity / (precision + sensitivity)).mean()


def rounded(x):
    return [float(f"{v:.9g}") for v in x.ravel().tolist()]


inputs = {"plane": random_case((2, 4, 5, 2)), "volume": random_case((2, 3, 4, 5, 2)), "line": random_case((2, 7, 3))}
sigmoid, softmax = torch.sigmoid, lambda z: torch.softmax(z, 1)
cases = []
for loss, options, activation, drop, f, names in [
    ("boundaryLoss", {"activation": "sigmoid", "includeBackground": True}, sigmoid, 0, boundary, ["plane", "volume", "line"]),
    ("boundaryLoss", {}, softmax, 1, boundary, ["plane", "line"]),
    ("boundaryLoss", {"spacing": [2.5, 0.7, 0.9], "innerOffset": "published"}, softmax, 1, lambda p, t: boundary(p, t, [2.5, 0.7, 0.9]), ["volume"]),
    ("boundaryLoss", {"spacing": [1.3, 0.7], "reduction": "sum"}, softmax, 1, lambda p, t: boundary(p, t, [1.3, 0.7], 0.7) * 2, ["plane"]),
    ("hausdorffDistanceLoss", {"activation": "sigmoid", "includeBackground": True}, sigmoid, 0, hausdorff, ["plane", "volume", "line"]),
    ("hausdorffDistanceLoss", {"alpha": 1.5, "log": True}, softmax, 1, lambda p, t: hausdorff(p, t, 1.5, True), ["plane", "volume"]),
    ("centerlineDiceLoss", {"activation": "sigmoid", "includeBackground": True}, sigmoid, 0, centerline, ["plane", "volume"]),
    ("centerlineDiceLoss", {"iterations": 1, "smooth": 0.25}, softmax, 1, lambda p, t: centerline(p, t, 1, 0.25), ["plane", "volume"]),
    ("centerlineDiceLoss", {"over": "class", "activation": "sigmoid", "includeBackground": True, "iterations": 0}, sigmoid, 0, lambda p, t: centerline(p, t, 0, 1.0, (0, 2, 3)), ["plane"]),
    ("centerlineDiceLoss", {"over": "sample-class", "activation": "sigmoid", "includeBackground": True}, sigmoid, 0, lambda p, t: centerline(p, t, 3, 1.0, (2, 3)), ["plane"]),
    ("centerlineDiceLoss", {"reference": "published", "activation": "sigmoid"}, sigmoid, 0, lambda p, t: centerline(p, t, 10), ["plane"]),
    ("centerlineDiceLoss", {"reference": "monai", "activation": "sigmoid"}, sigmoid, 1, centerline, ["plane"]),
]:
    for name in names:
        logits, target = inputs[name]
        z = logits.clone().requires_grad_()
        value = f(activation(channels_first(z))[:, drop:], channels_first(target)[:, drop:])
        (gradient,) = torch.autograd.grad(value, z)
        cases.append({"loss": loss, "input": name, "options": options, "value": value.item(), "gradient": rounded(gradient)})

maps = []
for shape, spacing in [((6, 5), (1.3, 0.7)), ((3, 5, 4), (2.5, 0.7, 0.9))]:
    mask = numpy_generator.random(shape) < 0.75
    for offset, inner in [("published", 1.0), ("voxel", min(spacing)), ("half", min(spacing) / 2)]:
        values = signed(mask, spacing, inner) - (~mask * min(spacing) / 2 if offset == "half" else 0)
        maps.append({"shape": shape, "spacing": spacing, "innerOffset": offset, "mask": mask.ravel().astype(int).tolist(), "values": rounded(values)})

skeletons = []
for name in ("plane", "volume"):
    x = torch.sigmoid(channels_first(inputs[name][0]))
    skeletons.append({"input": name, "iterations": 2, "values": rounded(skeleton(x, 2).movedim(1, -1))})

golden = {
    "made": {
        "command": "/usr/bin/python3 packages/losses/test/goldens/boundary.py",
        "seed": 11,
        "torch": torch.__version__,
        "scipy": scipy.__version__,
    },
    "inputs": {
        name: {"shape": list(z.shape), "logits": rounded(z), "target": t.ravel().int().tolist()} for name, (z, t) in inputs.items()
    },
    "cases": cases,
    "maps": maps,
    "skeletons": skeletons,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
