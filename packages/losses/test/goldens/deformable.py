"""Goldens of the deformable-model losses: /usr/bin/python3 packages/losses/test/goldens/deformable.py (float64, formulas written out)."""
import json
import math
import pathlib

import torch

generator = torch.Generator().manual_seed(23)


def random_case(shape, channels):
    logits = torch.randn(shape, dtype=torch.float64, generator=generator) * 2
    target = (torch.rand(shape, dtype=torch.float64, generator=generator) < 0.4).double()
    target[1, ..., -1] = 0  # an empty class
    image = torch.rand(shape[:-1] + (channels,), dtype=torch.float64, generator=generator)
    return logits, target, image


def ahead(u, axis):
    return u.narrow(axis, 1, u.shape[axis] - 1) - u.narrow(axis, 0, u.shape[axis] - 1)


def slopes(u):
    """Forward differences along the spatial axes (from 2), all cropped alike."""
    result = []
    for axis in range(2, u.dim()):
        d = ahead(u, axis)
        for other in range(2, u.dim()):
            if other != axis:
                d = d.narrow(other, 0, u.shape[other] - 1)
        result.append(d)
    return result


def length(u, epsilon):
    return torch.sqrt(sum(d**2 for d in slopes(u)) + epsilon)


def contour(u, v, weight=1.0, mu=1.0, epsilon=1e-8, total=torch.mean):
    inside, outside = total(u * (v - 1) ** 2), total((1 - u) * v**2)
    return total(length(u, epsilon)) + weight * (mu * inside.abs() + outside.abs())


def published_contour(u, v, weight=1.0, mu=1.0):
    """Pixel by pixel, as read in the authors' program: two differences that do not start at one pixel."""
    lengths = []
    for i in range(u.shape[2] - 2):
        for j in range(u.shape[3] - 2):
            row = u[:, :, i + 2, j] - u[:, :, i + 1, j]
            column = u[:, :, i, j + 2] - u[:, :, i, j + 1]
            lengths.append(torch.sqrt(row**2 + column**2 + 1e-8))
    first, label = u[:, 0], v[:, 0]
    return torch.stack(lengths).mean() + weight * (mu * (first * (label - 1) ** 2).mean() + ((1 - first) * label**2).mean())


def elastica(u, v, a=1.0, b=1.0, mu=1.0, epsilon=1e-8, mixed=1.0, mean_curvature=False):
    """Pixel by pixel, edges replicated."""
    rows, columns = u.shape[2:]

    def at(x, i, j):
        return x[:, :, min(max(i, 0), rows - 1), min(max(j, 0), columns - 1)]

    grid = [(i, j) for i in range(rows) for j in range(columns)]
    ui = torch.stack([(at(u, i + 1, j) - at(u, i - 1, j)) / 2 for i, j in grid], -1).unflatten(-1, (rows, columns))
    result = (mu * u * (v - 1) ** 2 + (1 - u) * v**2).sum()
    for i, j in grid:
        p, q = at(ui, i, j), (at(u, i, j + 1) - at(u, i, j - 1)) / 2
        uii = at(u, i + 1, j) + at(u, i - 1, j) - 2 * at(u, i, j)
        ujj = at(u, i, j + 1) + at(u, i, j - 1) - 2 * at(u, i, j)
        uij = mixed * (at(ui, i, j + 1) - at(ui, i, j - 1))
        inner = 1 if mean_curvature else epsilon
        top = ((inner + p**2) * ujj + (inner + q**2) * uii - 2 * p * q * uij).abs()
        bottom = 2 * (1 + p**2 + q**2) ** 1.5 if mean_curvature else (p**2 + q**2) ** 1.5 + epsilon
        result = result + ((a + b * (top / bottom) ** 2) * torch.sqrt(epsilon + p**2 + q**2)).sum()
    return result


def mumford_shah(y, x, weight=0.001, power=1):
    space = tuple(range(2, y.dim()))
    result = 0.0
    for channel in range(x.shape[1]):
        image = x[:, channel : channel + 1]
        means = (image * y).sum(space, keepdim=True) / y.sum(space, keepdim=True)  # differentiated through
        result = result + ((image - means) ** 2 * y).sum()
    return result + weight * sum((ahead(y, axis).abs() ** power).sum() for axis in space)


def level_set(p, v, mu=0.1, nu=0.0, lambda1=1.0, lambda2=1.0, epsilon=0.05, total=torch.mean):
    space = tuple(range(2, p.dim()))
    h = 0.5 * (1 + 2 / math.pi * torch.atan((p - 0.5) / epsilon))
    c1 = (v * h).sum(space, keepdim=True) / h.sum(space, keepdim=True)
    c2 = (v * (1 - h)).sum(space, keepdim=True) / (1 - h).sum(space, keepdim=True)
    data = lambda1 * (v - c1) ** 2 * h + lambda2 * (v - c2) ** 2 * (1 - h)
    return total(data) + nu * total(h) + mu * total(length(h, 1e-8))


def rounded(x):
    return [float(f"{value:.9g}") for value in x.ravel().tolist()]


sigmoid, softmax = torch.sigmoid, lambda z: torch.softmax(z, 1)
inputs = {"plane": random_case((2, 4, 5, 2), 3), "volume": random_case((2, 3, 4, 5, 2), 1)}
both = ["plane", "volume"]
cases = []
for loss, options, activation, f, names in [
    ("activeContourLoss", {}, softmax, contour, both),
    ("activeContourLoss", {"lambda": 2.5, "mu": 0.3, "epsilon": 1e-3, "reduction": "sum", "activation": "sigmoid"}, sigmoid, lambda u, v: contour(u, v, 2.5, 0.3, 1e-3, torch.sum), both),
    ("activeContourLoss", {"reference": "published", "lambda": 0.7, "mu": 3}, softmax, lambda u, v: published_contour(u, v, 0.7, 3), ["plane"]),
    ("activeContourElasticaLoss", {"epsilon": 1e-2}, softmax, lambda u, v: elastica(u, v, epsilon=1e-2), ["plane"]),
    ("activeContourElasticaLoss", {"epsilon": 1e-3, "a": 0.4, "b": 2, "mu": 3, "mixed": "halved", "activation": "sigmoid"}, sigmoid, lambda u, v: elastica(u, v, 0.4, 2, 3, 1e-3, 0.5), ["plane"]),
    ("activeContourElasticaLoss", {"curvature": "mean", "reduction": "mean"}, softmax, lambda u, v: elastica(u, v, mean_curvature=True) / u.numel(), ["plane"]),
    ("activeContourElasticaLoss", {"b": 0, "a": 0.3}, softmax, lambda u, v: elastica(u, v, a=0.3, b=0), ["plane"]),
    ("mumfordShahLoss", {}, softmax, mumford_shah, both),
    ("mumfordShahLoss", {"lambda": 0.2, "norm": "l2", "activation": "sigmoid"}, sigmoid, lambda y, x: mumford_shah(y, x, 0.2, 2), both),
    ("mumfordShahLoss", {"lambda": 0.3, "reduction": "mean"}, softmax, lambda y, x: mumford_shah(y, x, 0.3) * y.shape[1] / y.numel(), ["plane"]),
    ("levelSetLoss", {"activation": "sigmoid"}, sigmoid, level_set, both),
    ("levelSetLoss", {"mu": 0.7, "nu": 0.2, "lambda1": 2, "lambda2": 0.4, "epsilon": 0.2, "reduction": "sum"}, softmax, lambda p, v: level_set(p, v, 0.7, 0.2, 2, 0.4, 0.2, torch.sum), both),
]:
    for name in names:
        logits, target, image = inputs[name]
        z = logits.clone().requires_grad_()
        other = image if loss == "mumfordShahLoss" else target
        value = f(activation(z.movedim(-1, 1)), other.movedim(-1, 1))
        (gradient,) = torch.autograd.grad(value, z)
        cases.append({"loss": loss, "input": name, "options": options, "value": value.item(), "gradient": rounded(gradient)})

golden = {
    "made": {
        "command": "/usr/bin/python3 packages/losses/test/goldens/deformable.py",
        "seed": 23,
        "torch": torch.__version__,
    },
    "inputs": {
        name: {
            "shape": list(z.shape),
            "logits": rounded(z),
            "target": t.ravel().int().tolist(),
            "channels": x.shape[-1],
            "image": rounded(x),
        }
        for name, (z, t, x) in inputs.items()
    },
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
