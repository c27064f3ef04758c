"""Goldens of the compound losses: python3 packages/losses/test/goldens/compound.py (formulas written out, float64)."""
import torch
import torch.nn.functional as F
from fixtures import Goldens, axes

goldens = Goldens(__file__)


def dice(case, over, smooth, background=True, weights=None):
    p, t = (case.p * case.keep, case.t) if background else (case.p[..., 1:] * case.keep, case.t[..., 1:])
    dims = axes(case, over)
    value = 1 - (2 * (p * t).sum(dims) + smooth) / (p.sum(dims) + t.sum(dims) + smooth)
    return (value if weights is None else value * torch.tensor(weights, dtype=torch.float64)).mean()


def ce(case, weights=None):
    w = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    return F.cross_entropy(case.z.movedim(-1, 1), case.labels, w, ignore_index=255)


def bce(case, positive=None):
    w = None if positive is None else torch.tensor(positive, dtype=torch.float64)
    value = F.binary_cross_entropy_with_logits(case.z, case.t, pos_weight=w, reduction="none")
    return (value * case.keep).sum() / case.keep.expand_as(value).sum()


def focal(case, gamma=2.0, weights=None, background=True, alpha=None):
    value = (case.z.sigmoid() - case.t).abs() ** gamma * F.binary_cross_entropy_with_logits(case.z, case.t, reduction="none")
    if alpha is not None:
        value = value * (alpha * case.t + (1 - alpha) * (1 - case.t))
    if weights is not None:
        value = value * torch.tensor(weights, dtype=torch.float64)
    return (value if background else value[..., 1:]).mean()


def softmax_focal(case, gamma):
    p = case.p
    return -((1 - p) ** gamma * p.log() * case.t).sum() / case.t.sum()


add = lambda *a, **k: goldens.add("diceCrossEntropy", *a, **k)
add("classes", {}, lambda c: dice(c, "all", 1) + ce(c))
add("classes", {"over": "class", "diceWeight": 0.5, "crossEntropyWeight": 2}, lambda c: 0.5 * dice(c, "class", 1) + 2 * ce(c), ignored=True)
add("classes", {"over": "class", "classWeights": [0.2, 1, 3]}, lambda c: dice(c, "class", 1, weights=[0.2, 1, 3]) + ce(c, [0.2, 1, 3]))
add("classes", {}, lambda c: dice(c, "all", 1) + bce(c), activation="sigmoid")
add("mask", {"smooth": 0.5}, lambda c: dice(c, "all", 0.5) + bce(c), ignored=True)
add("classes", {"reference": "monai", "background": False, "classWeights": [0.2, 1, 3]}, lambda c: dice(c, "sample-class", 1e-5, False, [1, 3]) + ce(c, [0.2, 1, 3]))
add("classes", {"reference": "monai"}, lambda c: dice(c, "sample-class", 1e-5) + ce(c), activation="sigmoid", only="logits")
add("mask", {"reference": "monai", "classWeights": [3]}, lambda c: dice(c, "sample-class", 1e-5) + bce(c, [3.0]))

add = lambda *a, **k: goldens.add("diceFocal", *a, **k)
add("classes", {"gamma": 1.5}, lambda c: dice(c, "all", 1) + softmax_focal(c, 1.5))
add("mask", {"diceWeight": 0.5, "focalWeight": 2}, lambda c: 0.5 * dice(c, "all", 1) + 2 * focal(c))
add("classes", {"reference": "monai", "background": False}, lambda c: dice(c, "sample-class", 1e-5, False) + focal(c, background=False), only="logits")
add("volume", {"reference": "monai", "alpha": 0.3, "classWeights": [0.2, 1, 3]}, lambda c: dice(c, "sample-class", 1e-5, weights=[0.2, 1, 3]) + focal(c, 2, [0.2, 1, 3], alpha=0.3), only="logits")


def combo(alpha, beta, smooth, over="all"):
    def loss(case):
        p, t = case.p, case.t
        value = -(beta * t * p.log() + (1 - beta) * (1 - t) * (1 - p).log()) * case.keep
        entropy = value.sum() / case.keep.expand_as(value).sum()
        return alpha * entropy - (1 - alpha) * (1 - dice(case, over, smooth))

    return loss


goldens.add("comboLoss", "mask", {"alpha": 0.3, "beta": 0.7}, combo(0.3, 0.7, 1))
goldens.add("comboLoss", "mask", {"reference": "paper"}, combo(0.5, 0.5, 0), ignored=True)
goldens.add("comboLoss", "classes", {"beta": 0.7, "over": "class"}, combo(0.5, 0.7, 1, "class"))
goldens.add("comboLoss", "volume", {"alpha": 0.8}, combo(0.8, 0.5, 1), activation="sigmoid")


def unified(share, delta, gamma, symmetric=False):
    """share: of the focal Tversky part"""

    def loss(case):
        e = 1e-7
        p = torch.cat([1 - case.p, case.p], -1).clamp(e, 1 - e)
        t = torch.cat([(1 - case.t) * case.keep, case.t], -1)
        dims = list(range(1, p.dim() - 1))
        tp, fn, fp = (p * t).sum(dims), ((1 - p) * t).sum(dims), (p * (1 - t) * case.keep).sum(dims)
        index = (tp + e) / (tp + delta * fn + (1 - delta) * fp + e)
        back, fore = 1 - index[:, 0], (1 - index[:, 1]) ** (1 - gamma)
        tversky = ((back ** (1 - gamma) if symmetric else back) + fore).div(2).mean()
        entropy = -t * p.log()
        back = (1 - delta) * (1 - p[..., 0]) ** gamma * entropy[..., 0]
        fore = delta * entropy[..., 1] * ((1 - p[..., 1]) ** gamma if symmetric else 1)
        return share * tversky + (1 - share) * (back + fore).sum() / case.keep.sum()

    return loss


add = lambda *a, **k: goldens.add("unifiedFocalLoss", *a, **k)
add("mask", {}, unified(0.5, 0.6, 0.5))
add("mask", {"lambda": 0.3, "delta": 0.7, "gamma": 0.2}, unified(0.3, 0.7, 0.2), ignored=True)
add("mask", {"symmetric": True, "lambda": 0.3}, unified(0.3, 0.6, 0.5, True))
add("mask", {"reference": "monai", "lambda": 0.3}, unified(0.7, 0.7, 0.5))
goldens.write()
