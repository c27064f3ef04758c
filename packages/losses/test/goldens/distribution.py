"""Goldens of the distribution losses: python3 packages/losses/test/goldens/distribution.py (torch's own functions, or formulas)."""
import torch
import torch.nn.functional as F
from fixtures import Goldens

goldens = Goldens(__file__)


def flat(case):
    """(voxels that count, classes) of logits and targets."""
    kept = case.keep.ravel() > 0
    classes = case.z.shape[-1]
    return case.z.reshape(-1, classes)[kept], case.t.reshape(-1, classes)[kept]


def bce(reduce=None, positive=None, weights=None, smoothing=0.0):
    def loss(case):
        z, t = flat(case)
        positive_weight = None if positive is None else torch.tensor(positive, dtype=torch.float64)
        target = t * (1 - smoothing) + smoothing / 2
        value = F.binary_cross_entropy_with_logits(z, target, pos_weight=positive_weight, reduction="none")
        w = torch.ones_like(value) if weights is None else torch.tensor(weights, dtype=torch.float64).expand_as(value)
        if reduce == "sum":
            return (w * value).sum()
        return (w * value).sum() / (case.t.numel() if reduce == "divideByAll" else w.sum())

    return loss


add = lambda fixture, options, loss, **k: goldens.add("binaryCrossEntropy", fixture, options, loss, **k)
add("mask", {}, bce())
add("mask", {"positiveWeight": 3}, bce(positive=[3.0]))
add("mask", {"labelSmoothing": 0.1, "reduction": "sum"}, bce("sum", smoothing=0.1))
add("mask", {}, bce(), ignored=True)
add("mask", {"reference": "smp"}, bce("divideByAll"), ignored=True)
goldens.channelwise = True
add("classes", {"classWeights": [0.2, 1, 3]}, bce(weights=[0.2, 1, 3]))
add("classes", {"positiveWeight": [2, 0.5, 1], "classWeights": [0.2, 1, 3]}, bce(positive=[2, 0.5, 1], weights=[0.2, 1, 3]), ignored=True)
add("volume", {"positiveWeight": 0.5, "labelSmoothing": 0.2}, bce(positive=[0.5] * 3, smoothing=0.2))
goldens.channelwise = False


def ce(weights=None, smoothing=0.0, reduction="mean", divide_by_all=False):
    def loss(case):
        z = case.z.movedim(-1, 1)
        w = None if weights is None else torch.tensor(weights, dtype=torch.float64)
        if not divide_by_all:
            return F.cross_entropy(z, case.labels, w, ignore_index=255, label_smoothing=smoothing, reduction=reduction)
        return F.cross_entropy(z, case.labels, w, ignore_index=255, reduction="sum") / case.labels.numel()

    return loss


add = lambda fixture, options, loss, **k: goldens.add("categoricalCrossEntropy", fixture, options, loss, **k)
add("classes", {}, ce())
add("classes", {}, ce(), ignored=True)
add("classes", {"reference": "smp"}, ce(divide_by_all=True), ignored=True)
add("classes", {"classWeights": [0.2, 1, 3]}, ce([0.2, 1, 3]))
add("classes", {"classWeights": [0.2, 1, 3], "labelSmoothing": 0.1}, ce([0.2, 1, 3], 0.1), ignored=True)
add("volume", {"labelSmoothing": 0.3, "reduction": "sum"}, ce(None, 0.3, "sum"))


def binary_focal(gamma=2.0, alpha=None, threshold=None, normalized=False, weights=None, how="weighted"):
    def loss(case):
        z, t = flat(case)
        p = z.sigmoid()
        pt = torch.where(t > 0, p, 1 - p)
        factor = (1 - pt) ** gamma
        if threshold is not None:
            factor = torch.where(pt < threshold, torch.ones_like(pt), ((1 - pt) / threshold) ** gamma)
        value = -factor * pt.log()
        if alpha is not None:
            value = value * torch.where(t > 0, torch.full_like(t, alpha), torch.full_like(t, 1 - alpha))
        w = torch.ones_like(value) if weights is None else torch.tensor(weights, dtype=torch.float64).expand_as(value)
        value = value * w
        if how == "smp":
            norm = factor.sum(0) if normalized else 1
            return (value.mean(0) / norm).sum()
        if how == "monai":
            return value.mean()
        if how == "monai-sum":
            return value.reshape(case.z.shape[0], -1, case.z.shape[-1]).mean(1).sum()
        if normalized:
            return value.sum() / (w * factor).sum()
        return value.sum() / w.sum()

    return loss


add = lambda fixture, options, loss, **k: goldens.add("focalLoss", fixture, options, loss, **k)
add("mask", {}, binary_focal())
add("mask", {"gamma": 1.5, "alpha": 0.3}, binary_focal(1.5, 0.3), ignored=True)
add("mask", {"gamma": 0.5, "reducedThreshold": 0.6}, binary_focal(0.5, threshold=0.6))
add("mask", {"normalized": True, "alpha": 0.3}, binary_focal(alpha=0.3, normalized=True))
add("mask", {"reference": "paper"}, binary_focal(alpha=0.25))
add("classes", {"classWeights": [0.2, 1, 3]}, binary_focal(weights=[0.2, 1, 3]), activation="sigmoid")
add("classes", {"normalized": True, "reducedThreshold": 0.4}, binary_focal(normalized=True, threshold=0.4), activation="sigmoid", ignored=True)
goldens.channelwise = True
add("classes", {"reference": "monai", "alpha": 0.3, "classWeights": [0.2, 1, 3]}, binary_focal(alpha=0.3, weights=[0.2, 1, 3], how="monai"))
add("classes", {"reference": "monai", "reduction": "sum"}, binary_focal(how="monai-sum"))
add("classes", {"reference": "smp", "alpha": 0.3}, binary_focal(alpha=0.3, how="smp"), ignored=True)
add("volume", {"reference": "smp", "normalized": True}, binary_focal(normalized=True, how="smp"))
goldens.channelwise = False


def softmax_focal(gamma=2.0, alpha=None, how="weighted", weights=None, background=True, normalized=False):
    def loss(case):
        z, t = flat(case)
        p = z.softmax(-1)
        classes = z.shape[-1]
        value = -((1 - p) ** gamma) * p.log() * t
        if alpha is not None:
            value = value * torch.tensor([1 - alpha] + [alpha] * (classes - 1), dtype=torch.float64)
        w = torch.ones(classes, dtype=torch.float64) if weights is None else torch.tensor(weights, dtype=torch.float64)
        if not background:
            value, t, p, w = value[:, 1:], t[:, 1:], p[:, 1:], w[1:]
        if how == "monai":
            return (value * w).mean()
        if normalized:
            return (value * w).sum() / ((1 - p) ** gamma * t * w).sum()
        return (value * w).sum() / (t * w).sum()

    return loss


add("classes", {}, softmax_focal())
add("classes", {"gamma": 0.5, "alpha": 0.3, "classWeights": [0.2, 1, 3]}, softmax_focal(0.5, 0.3, weights=[0.2, 1, 3]), ignored=True)
add("classes", {"normalized": True}, softmax_focal(normalized=True), ignored=True)
add("volume", {"reference": "monai", "alpha": 0.3}, softmax_focal(alpha=0.3, how="monai"), activation="softmax")
add("classes", {"reference": "monai", "background": False}, softmax_focal(how="monai", background=False), activation="softmax")
add("classes", {"background": False}, softmax_focal(background=False))


def voxel_losses(case):
    z, t = flat(case)
    if z.shape[-1] == 1:
        return F.binary_cross_entropy_with_logits(z, t, reduction="none").ravel()
    return F.cross_entropy(z, t, reduction="none")


def top_k(percent):
    def loss(case):
        losses = voxel_losses(case)
        return losses.topk(max(1, int(losses.numel() * percent / 100)))[0].mean()

    return loss


def ohem(threshold, kept):
    def loss(case):
        losses = voxel_losses(case)
        p = (-losses).exp()
        place = sorted(p.tolist())[min(kept, losses.numel() - 1)]
        return losses[p < max(threshold, place)].mean()

    return loss


for fixture, ignored in [("classes", False), ("volume", True), ("mask", False)]:
    goldens.add("topKLoss", fixture, {"k": 27}, top_k(27), ignored=ignored)
    goldens.add("ohemLoss", fixture, {"threshold": 0.3, "minKept": 4}, ohem(0.3, 4), ignored=ignored)
    goldens.add("ohemLoss", fixture, {"threshold": 0.05, "minKept": 9}, ohem(0.05, 9), ignored=ignored)
goldens.add("topKLoss", "classes", {"k": 1}, top_k(1))
goldens.write()
