"""Goldens of schedules: python3 packages/training/test/goldens/schedules.py (torch of Debian 12)."""
import json
import pathlib

import numpy as np
import torch
from torch.optim import lr_scheduler as schedulers

base = 0.3


def optimizer():
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)


def rates(make, count, scores=None):
    """The learning rate before each of `count` epochs and after the last."""
    stepped = optimizer()
    schedule = make(stepped)
    seen = [stepped.param_groups[0]["lr"]]
    for epoch in range(count):
        stepped.step()
        schedule.step(*([] if scores is None else [scores[epoch]]))
        seen.append(stepped.param_groups[0]["lr"])
    return seen


def warmed(make, length, start):
    def build(o):
        rise = schedulers.LinearLR(o, start_factor=start, total_iters=length)
        return schedulers.SequentialLR(o, [rise, make(o)], milestones=[length])

    return build


def cosine(total, minimum=0.0):
    return lambda o: schedulers.CosineAnnealingLR(o, T_max=total, eta_min=minimum)


def poly(total, power):
    return lambda o: schedulers.PolynomialLR(o, total_iters=total, power=power)


def one_cycle(total, **options):
    return lambda o: schedulers.OneCycleLR(o, max_lr=base, total_steps=total, cycle_momentum=False, **options)


def plateau(**options):
    return lambda o: schedulers.ReduceLROnPlateau(o, **options)


rng = np.random.default_rng(31)
falling = np.round(1 / (1 + np.minimum(np.arange(30), 9)) + 0.002 * rng.normal(size=30), 4).tolist()
rising = np.round(np.tanh(np.arange(30) / 6) + 0.01 * rng.normal(size=30), 4).tolist()

cases = [
    ({"kind": "cosine", "total": 11}, rates(cosine(11), 11), None),
    ({"kind": "cosine", "total": 10, "minimum": 0.02, "warmup": 3, "warmupFrom": 0.1}, rates(warmed(cosine(7, 0.02), 3, 0.1), 10), None),
    ({"kind": "poly", "total": 9}, rates(poly(9, 0.9), 12), None),
    ({"kind": "poly", "total": 9, "power": 2, "warmup": 2}, rates(warmed(poly(7, 2), 2, 1 / 3), 9), None),
    ({"kind": "constant", "warmup": 4, "warmupFrom": 0.25}, rates(lambda o: schedulers.LinearLR(o, start_factor=0.25, total_iters=4), 6), None),
    ({"kind": "oneCycle", "total": 20}, rates(one_cycle(20), 19), None),
    (
        {"kind": "oneCycle", "total": 17, "riseFraction": 0.4, "divisor": 10, "finalDivisor": 100, "anneal": "linear", "threePhases": True},
        rates(one_cycle(17, pct_start=0.4, div_factor=10, final_div_factor=100, anneal_strategy="linear", three_phase=True), 16),
        None,
    ),
    ({"kind": "plateau", "patience": 3}, rates(plateau(patience=3), 30, falling), ("min", falling)),
    (
        {"kind": "plateau", "factor": 0.5, "patience": 2, "threshold": 0.02, "cooldown": 2, "minimum": 0.05},
        rates(plateau(mode="max", factor=0.5, patience=2, threshold=0.02, cooldown=2, min_lr=0.05), 30, rising),
        ("max", rising),
    ),
    (
        {"kind": "plateau", "factor": 0.3, "patience": 1, "threshold": 0.01, "thresholdMode": "absolute", "epsilon": 0.001},
        rates(plateau(factor=0.3, patience=1, threshold=0.01, threshold_mode="abs", eps=0.001), 30, falling),
        ("min", falling),
    ),
]

golden = {
    "made": {"command": "python3 packages/training/test/goldens/schedules.py", "seed": 31, "torch": torch.__version__, "numpy": np.__version__},
    "learningRate": base,
    "cases": [
        {"options": options, "rates": seen, **({} if scored is None else {"mode": scored[0], "scores": scored[1]})}
        for options, seen, scored in cases
    ],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
