"""Goldens of group and instance normalisation: /usr/bin/python3 packages/backend-simd/test/goldens/groupNorm.py (torch of Debian 12).

Torch has channels second: they are moved to the end here, as the tests have them. Made in float64, kept to nine decimals.
"""
import json
import pathlib

import torch

torch.manual_seed(19)


def last(tensor):
    return tensor.movedim(1, -1)


def numbers(tensor):
    return [round(value, 9) for value in tensor.detach().ravel().tolist()]


cases = []
for name, shape, groups, affine, epsilon in [
    ("groupNorm", (2, 3, 5, 6), 3, True, 1e-5),
    ("groupNorm", (3, 4, 10), 2, True, 0.01),
    ("groupNorm", (2, 5, 3, 4), 1, False, 1e-5),
    ("groupNorm", (2, 3, 2, 4, 5), 5, True, 1e-5),
    ("groupNorm", (4, 6), 2, True, 1e-5),
    ("instanceNorm", (2, 4, 5, 3), 3, True, 1e-5),
    ("instanceNorm", (3, 7, 2), 2, False, 0.1),
]:
    channels = shape[-1]
    x = torch.round(torch.randn(shape, dtype=torch.float64) * 2 + torch.arange(channels), decimals=3).requires_grad_()
    dy = torch.round(torch.randn(shape, dtype=torch.float64), decimals=3)
    scale = torch.round(torch.randn(channels, dtype=torch.float64) + 1, decimals=3).requires_grad_() if affine else None
    offset = torch.round(torch.randn(channels, dtype=torch.float64), decimals=3).requires_grad_() if affine else None
    second = x.movedim(-1, 1)
    if name == "groupNorm":
        y = last(torch.nn.functional.group_norm(second, groups, scale, offset, epsilon))
    else:
        y = last(torch.nn.functional.instance_norm(second, weight=scale, bias=offset, eps=epsilon))
    gradients = torch.autograd.grad(y, [x, scale, offset] if affine else [x], dy)
    case = {"name": name, "shape": list(shape), "groups": groups, "epsilon": epsilon, "x": x, "dy": dy, "y": y, "dx": gradients[0]}
    if affine:
        case |= {"scale": scale, "offset": offset, "dScale": gradients[1], "dOffset": gradients[2]}
    cases.append({key: numbers(value) if torch.is_tensor(value) else value for key, value in case.items()})

golden = {
    "made": {"command": "/usr/bin/python3 packages/backend-simd/test/goldens/groupNorm.py", "seed": 19, "torch": torch.__version__},
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
