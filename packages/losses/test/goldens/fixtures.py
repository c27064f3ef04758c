"""Fixtures of the goldens of @ddl/losses, and what writes them; torch of Debian 12, float64. Run the other scripts, not this one."""
import json
import pathlib

import torch

SEED = 11


def fixture(space, classes, seed=SEED):
    """Two unlike samples, axes of unlike length, classes of unlike size, the last class absent from the second sample."""
    g = torch.Generator().manual_seed(seed + classes)
    shape = (2, *space)
    logits = torch.randn((*shape, classes), dtype=torch.float64, generator=g) * 1.5
    logits = (logits * 1e4).round() / 1e4
    share = torch.rand(shape, dtype=torch.float64, generator=g)
    if classes == 1:
        labels = (share > torch.tensor([0.55, 0.8]).reshape(-1, *[1] * len(space))).long()
    else:
        labels = (share > 0.45).long() + (share > 0.75).long()
        labels[1] = labels[1].clamp(max=1)
    return logits, labels


FIXTURES = {
    "classes": fixture((3, 5), 3),
    "mask": fixture((3, 5), 1),
    "volume": fixture((2, 3, 4), 3),
}
# Voxels that are ignored, with a label that is none.
IGNORED = {name: labels.clone() for name, (_, labels) in FIXTURES.items()}
for _labels in IGNORED.values():
    _labels[0, 1, :2] = 255
    _labels[1, 0, -1] = 255


class Case:
    """What a loss is computed from: t and p (batch, …, classes), logits z, keep (batch, …, 1)."""

    def __init__(self, name, activation, ignored):
        logits, labels = FIXTURES[name]
        if ignored:
            labels = IGNORED[name]
        self.z = logits.clone().requires_grad_()
        classes = logits.shape[-1]
        self.labels = labels
        self.keep = (labels != 255).double().unsqueeze(-1)
        known = labels * (labels != 255)
        if classes == 1:
            self.t = known.double().unsqueeze(-1) * self.keep
        else:
            self.t = torch.nn.functional.one_hot(known, classes).double() * self.keep
        self.p = self.z.sigmoid() if activation == "sigmoid" else self.z.softmax(-1)


class Goldens:
    def __init__(self, path, name=None):
        self.script, self.cases = pathlib.Path(path), []
        # True for losses whose probabilities are of each channel by itself although they have no such option.
        self.channelwise = False
        self.path = self.script.with_name(f"{name or self.script.stem}.json")

    def add(self, name, fixture, options, loss, activation=None, ignored=False, only=None):
        """`loss` is a function of a Case. The activation is the default's unless it is given."""
        case = Case(fixture, activation or ("sigmoid" if self.channelwise or fixture == "mask" else "softmax"), ignored)
        value = loss(case)
        (gradient,) = torch.autograd.grad(value, case.z)
        if activation:
            options = {"activation": activation, **options}
        if ignored:
            options = {"ignoreIndex": 255, **options}
        one = {"name": name, "fixture": fixture, "options": options, "ignored": ignored, "loss": short(value.item())}
        one["gradient"] = [short(v) for v in gradient.ravel().tolist()]
        marks = {**({"only": only} if only else {}), **({"channelwise": True} if self.channelwise else {})}
        self.cases.append({**one, **marks})

    def write(self):
        made = {"command": f"python3 packages/losses/test/goldens/{self.script.name}", "seed": SEED, "torch": torch.__version__}
        used = sorted({case["fixture"] for case in self.cases})
        fixtures = {
            name: {
                "shape": list(FIXTURES[name][0].shape),
                "logits": FIXTURES[name][0].ravel().tolist(),
                "labels": FIXTURES[name][1].ravel().tolist(),
                "ignored": IGNORED[name].ravel().tolist(),
            }
            for name in used
        }
        golden = {"made": made, "fixtures": fixtures, "cases": self.cases}
        self.path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
        print(self.path, self.path.stat().st_size, len(self.cases), "cases")


def short(value):
    return float(f"{value:.8g}")


def axes(case, over):
    """The axes of one sum."""
    rank = case.p.dim()
    space = list(range(1, rank - 1))
    return {"sample-class": space, "class": [0, *space], "all": [0, *space, rank - 1]}[over]
