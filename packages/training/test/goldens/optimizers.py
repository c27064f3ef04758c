"""Goldens of optimisers, clipping and averages: python3 packages/training/test/goldens/optimizers.py (torch of Debian 12).

Two weights with given gradients, a learning rate that changes from step to step; in one step the bias has no gradient.
"""
import json
import pathlib

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

rng = np.random.default_rng(21)
steps = 6
shapes = {"encoder/kernel": (3, 5), "head/bias": (5,)}
start = {name: np.round(rng.normal(size=shape), 3) for name, shape in shapes.items()}
gradients = [{name: np.round(rng.normal(size=shape), 3) for name, shape in shapes.items()} for _ in range(steps)]
gradients[2]["head/bias"] = None
rates = [0.1, 0.1, 0.05, 0.2, 0.02, 0.02]


def torch_options(options):
    names = {"weightDecay": "weight_decay", "epsilon": "eps"}
    given = {names.get(k, k): v for k, v in options.items() if k not in ("kind", "groups", "decays", "beta1", "beta2")}
    if "beta1" in options:
        given["betas"] = (options["beta1"], options["beta2"])
    return given


def run(options):
    parameters = {name: torch.tensor(value, requires_grad=True) for name, value in start.items()}
    groups = []
    for name, parameter in parameters.items():
        group = {"params": [parameter], "factor": 1.0}
        if options.get("decays") == "kernels" and parameter.ndim < 2:
            group["weight_decay"] = 0
        for special in options.get("groups", []):
            if name.startswith(special["match"] + "/"):
                group["factor"] = special.get("learningRateFactor", 1.0)
                if "weightDecay" in special:
                    group["weight_decay"] = special["weightDecay"]
        groups.append(group)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamW": torch.optim.AdamW}[options["kind"]]
    optimizer = kind(groups, lr=1.0, **torch_options(options))
    after = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rates[step] * group["factor"]
        for name, parameter in parameters.items():
            gradient = gradients[step][name]
            parameter.grad = None if gradient is None else torch.tensor(gradient)
        optimizer.step()
        after.append({name: np.round(p.detach().numpy().ravel(), 8).tolist() for name, p in parameters.items()})
    return {"options": options, "after": after}


cases = [
    {"kind": "sgd"},
    {"kind": "sgd", "weightDecay": 0.3, "decays": "kernels"},
    {"kind": "sgd", "momentum": 0.9},
    {"kind": "sgd", "momentum": 0.8, "dampening": 0.4, "weightDecay": 0.2},
    {"kind": "sgd", "momentum": 0.7, "nesterov": True, "weightDecay": 0.1},
    {"kind": "adam"},
    {"kind": "adam", "beta1": 0.7, "beta2": 0.9, "epsilon": 0.01, "weightDecay": 0.5},
    {"kind": "adamW"},
    {
        "kind": "adamW",
        "weightDecay": 0.4,
        "groups": [{"match": "encoder", "learningRateFactor": 0.1, "weightDecay": 2.0}, {"match": "head", "learningRateFactor": 3.0}],
    },
    {"kind": "sgd", "momentum": 0.9, "groups": [{"match": "head", "learningRateFactor": 0.0}]},
]


def clipped(function, bound):
    """The gradients of the first step, clipped."""
    parameters = [torch.tensor(value, requires_grad=True) for value in start.values()]
    for parameter, gradient in zip(parameters, gradients[0].values()):
        parameter.grad = torch.tensor(gradient)
    norm = function(parameters, bound)
    return {
        "bound": bound,
        "norm": None if norm is None else float(norm),
        "after": {name: np.round(p.grad.numpy().ravel(), 8).tolist() for name, p in zip(start, parameters)},
    }


class Weights(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.kernel = torch.nn.Parameter(torch.tensor(start["encoder/kernel"]))


model = Weights()
decay = 0.8
averaged = AveragedModel(model, avg_fn=lambda average, weight, count: decay * average + (1 - decay) * weight)
averages = []
for step in range(4):
    with torch.no_grad():
        model.kernel -= 0.5 * torch.tensor(gradients[step]["encoder/kernel"])
    averaged.update_parameters(model)
    averages.append(np.round(averaged.module.kernel.detach().numpy().ravel(), 8).tolist())

golden = {
    "made": {"command": "python3 packages/training/test/goldens/optimizers.py", "seed": 21, "torch": torch.__version__, "numpy": np.__version__},
    "shapes": shapes,
    "start": {name: value.ravel().tolist() for name, value in start.items()},
    "gradients": [{name: None if g is None else g.ravel().tolist() for name, g in step.items()} for step in gradients],
    "rates": rates,
    "cases": [run(options) for options in cases],
    "clipping": {
        "norm": [clipped(torch.nn.utils.clip_grad_norm_, bound) for bound in (1.5, 100.0)],
        "value": [clipped(torch.nn.utils.clip_grad_value_, 0.4)],
    },
    "average": {"decay": decay, "learningRate": 0.5, "after": averages},
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
