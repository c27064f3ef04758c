"""Goldens of @ddl/losses: python3 packages/losses/test/goldens/losses.py (torch of Debian 12, formulas written out, float64)."""
import json
import pathlib

import torch

torch.manual_seed(5)
shape = (2, 3, 4, 2)  # batch, rows, columns, classes
logits = (torch.randn(shape, dtype=torch.float64) * 2).requires_grad_()
target = torch.zeros(shape, dtype=torch.float64)
target[0, :, 1:3, 0] = 1
target[1, 2, :, 0] = 1
target[1, 0, 3, 1] = 1
target[0, 1, :, 1] = 0.25


def dice(p, t, smooth, dims):
    overlap, sizes = (p * t).sum(dims), p.sum(dims) + t.sum(dims)
    return (1 - (2 * overlap + smooth) / (sizes + smooth)).mean()


cases = []
for name, options, loss in [
    ("binaryCrossEntropy", {}, torch.nn.functional.binary_cross_entropy_with_logits(logits, target)),
    ("diceLoss", {"over": "all", "smooth": 1}, dice(logits.sigmoid(), target, 1, (0, 1, 2, 3))),
    ("diceLoss", {"over": "class", "smooth": 0.5}, dice(logits.sigmoid(), target, 0.5, (0, 1, 2))),
    ("diceLoss", {"over": "sample-class", "smooth": 1e-5}, dice(logits.sigmoid(), target, 1e-5, (1, 2))),
]:
    (gradient,) = torch.autograd.grad(loss, logits, retain_graph=True)
    cases.append({"name": name, "options": options, "loss": loss.item(), "gradient": gradient.ravel().tolist()})
golden = {
    "made": {"command": "python3 packages/losses/test/goldens/losses.py", "seed": 5, "torch": torch.__version__},
    "shape": list(shape),
    "logits": logits.detach().ravel().tolist(),
    "target": target.ravel().tolist(),
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
