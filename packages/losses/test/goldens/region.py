"""Goldens of the region losses: python3 packages/losses/test/goldens/region.py (formulas written out, float64)."""
import torch
from fixtures import Goldens, axes

goldens = Goldens(__file__, "regionOverlap")
OVER = ["all", "class", "sample-class"]


def sums(case, over, background=True, squared=False):
    p, t = case.p * case.keep, case.t
    if not background:
        p, t = p[..., 1:], t[..., 1:]
    dims = axes(case, over)
    power = 2 if squared else 1
    return (p * t).sum(dims), (p**power).sum(dims), (t**power).sum(dims)


def dice(over, smooth=(1, 1), background=True, squared=False, log=False, weights=None, reduce=torch.mean, absent="count"):
    def loss(case):
        tp, p, t = sums(case, over, background, squared)
        ratio = (2 * tp + smooth[0]) / (p + t + smooth[1]).clamp_min(1e-7)
        value = -ratio.clamp_min(1e-7).log() if log else 1 - ratio
        if absent == "zero":
            value = value * (t > 0)
        if absent == "skip":
            return value[t > 0].mean()
        if weights is not None:
            value = value * torch.tensor(weights, dtype=torch.float64)
        return reduce(value)

    return loss


for over in OVER:
    goldens.add("diceLoss", "classes", {"over": over}, dice(over))
    goldens.add("diceLoss", "mask", {"over": over, "smooth": 0}, dice(over, (0, 0)))
goldens.add("diceLoss", "classes", {"over": "all", "background": False}, dice("all", background=False))
goldens.add("diceLoss", "classes", {"over": "class", "background": False}, dice("class", background=False))
goldens.add("diceLoss", "classes", {"reference": "monai"}, dice("sample-class", (1e-5, 1e-5)))
goldens.add("diceLoss", "classes", {"reference": "monai", "squared": True}, dice("sample-class", (1e-5, 1e-5), squared=True))
goldens.add("diceLoss", "classes", {"reference": "monai", "over": "class"}, dice("class", (1e-5, 1e-5)), activation="sigmoid")
goldens.add("diceLoss", "classes", {"reference": "smp"}, dice("class", (0, 0), absent="zero"))
goldens.add("diceLoss", "classes", {"over": "sample-class", "smooth": 0, "absent": "skip"}, dice("sample-class", (0, 0), absent="skip"))
goldens.add("diceLoss", "classes", {"reference": "smp", "over": "sample-class", "logLoss": True}, dice("sample-class", (0, 0), absent="zero", log=True))
goldens.add("diceLoss", "volume", {"reference": "paper"}, dice("sample-class", (0, 0), squared=True))
goldens.add("diceLoss", "classes", {"over": "class", "smooth": [0.5, 0.25], "classWeights": [0.2, 1, 3]}, dice("class", (0.5, 0.25), weights=[0.2, 1, 3]))
goldens.add("diceLoss", "classes", {"over": "sample-class", "reduction": "sum"}, dice("sample-class", reduce=torch.sum))
goldens.add("diceLoss", "classes", {"over": "class"}, dice("class"), ignored=True)
goldens.add("diceLoss", "mask", {"over": "sample-class"}, dice("sample-class"), ignored=True)
goldens.add("diceLoss", "classes", {"squared": True}, dice("all", squared=True), ignored=True)


def jaccard(over, smooth, doubled=False, squared=False, absent="count"):
    def loss(case):
        tp, p, t = sums(case, over, squared=squared)
        k = 2 if doubled else 1
        value = 1 - (k * tp + smooth) / (k * (p + t - tp) + smooth).clamp_min(1e-7)
        return (value * (t > 0) if absent == "zero" else value).mean()

    return loss


for over in OVER:
    goldens.add("jaccardLoss", "classes", {"over": over}, jaccard(over, 1))
goldens.add("jaccardLoss", "classes", {"reference": "monai"}, jaccard("sample-class", 1e-5, True))
goldens.add("jaccardLoss", "classes", {"reference": "monai", "smooth": 0.5, "squared": True}, jaccard("sample-class", 0.5, True, True))
goldens.add("jaccardLoss", "volume", {"reference": "smp"}, jaccard("class", 0, absent="zero"))


goldens.write()
goldens = Goldens(__file__, "regionWeighted")


def tversky(over, alpha, beta, smooth=1.0, power=1.0, background=True, absent="count"):
    def loss(case):
        p, t = case.p * case.keep, case.t
        if not background:
            p, t = p[..., 1:], t[..., 1:]
        dims = axes(case, over)
        tp, fp, fn = (p * t).sum(dims), (p * (1 - t)).sum(dims), ((1 - p) * t).sum(dims)
        value = (1 - (tp + smooth) / (tp + alpha * fp + beta * fn + smooth)) ** power
        return (value * (t.sum(dims) > 0) if absent == "zero" else value).mean()

    return loss


for over in OVER:
    goldens.add("tverskyLoss", "classes", {"over": over, "alpha": 0.3, "beta": 0.6}, tversky(over, 0.3, 0.6))
goldens.add("tverskyLoss", "classes", {"reference": "monai", "background": False}, tversky("sample-class", 0.5, 0.5, 1e-5, background=False))
goldens.add("tverskyLoss", "volume", {"reference": "smp", "alpha": 0.7, "beta": 0.2}, tversky("class", 0.7, 0.2, 0, absent="zero"))
goldens.add("tverskyLoss", "mask", {"reference": "paper"}, tversky("all", 0.3, 0.7, 0))
goldens.add("focalTverskyLoss", "classes", {"over": "class", "alpha": 0.2, "beta": 0.9, "gamma": 2}, tversky("class", 0.2, 0.9, power=0.5))
goldens.add("focalTverskyLoss", "mask", {"reference": "paper"}, tversky("all", 0.3, 0.7, power=0.75))
goldens.add("focalTverskyLoss", "classes", {"over": "sample-class"}, tversky("sample-class", 0.5, 0.5, power=0.75))


def generalized(over, weighting, smooth, normalize):
    def loss(case):
        tp, p, t = sums(case, over)
        if over == "class":
            tp, p, t = tp[None], p[None], t[None]
        values = []
        for b in range(t.shape[0]):
            there = [1 / {"square": x**2, "simple": x, "uniform": 1.0}[weighting] if x > 0 else None for x in t[b].tolist()]
            most = max(w for w in there if w is not None)
            w = [1.0 if weighting == "uniform" else most if one is None else one for one in there]
            w = torch.tensor([one / most for one in w] if normalize else w, dtype=torch.float64)
            values.append(1 - (2 * (w * tp[b]).sum() + smooth) / ((w * (p[b] + t[b])).sum() + smooth))
        return torch.stack(values).mean()

    return loss


for weighting in ["square", "simple", "uniform"]:
    goldens.add("generalizedDiceLoss", "classes", {"reference": "monai", "weighting": weighting}, generalized("sample-class", weighting, 1e-5, False))
goldens.add("generalizedDiceLoss", "classes", {"over": "class", "smooth": 0.5}, generalized("class", "square", 0.5, True))
goldens.add("generalizedDiceLoss", "volume", {"weighting": "simple", "smooth": 0.1}, generalized("sample-class", "simple", 0.1, True))
goldens.add("generalizedDiceLoss", "classes", {"reference": "paper"}, generalized("class", "square", 0, False), ignored=True)


def matthews(over, e):
    def loss(case):
        dims = axes(case, over)
        p, t, keep = case.p, case.t, case.keep
        tp, fp = (p * t * keep).sum(dims) + e, (p * (1 - t) * keep).sum(dims) + e
        fn, tn = ((1 - p) * t * keep).sum(dims) + e, ((1 - p) * (1 - t) * keep).sum(dims) + e
        return (1 - (tp * tn - fp * fn) / ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)).sqrt()).mean()

    return loss


goldens.add("matthewsLoss", "classes", {}, matthews("all", 1e-5))
goldens.add("matthewsLoss", "mask", {"reference": "smp"}, matthews("all", 1e-5))
goldens.add("matthewsLoss", "volume", {"over": "class", "smooth": 0.5}, matthews("class", 0.5))
goldens.add("matthewsLoss", "classes", {"over": "sample-class", "smooth": 0.5}, matthews("sample-class", 0.5), ignored=True)
goldens.write()
