"""Goldens of the Lovász losses: python3 packages/losses/test/goldens/lovasz.py (formulas written out, float64)."""
import torch
from fixtures import Goldens

goldens = Goldens(__file__)


def extension(errors, labels):
    """Weights from sets of voxels, as the definition has them: the Jaccard loss of the wrong ones, grown one by one."""
    order = sorted(range(len(errors)), key=lambda i: -errors[i].item())
    value, before = errors.sum() * 0, 0.0
    wrong = set()
    truth = {i for i in range(len(labels)) if labels[i] > 0}
    for i in order:
        wrong.add(i)
        # Mispredicted voxels: intersection is the truth without them, union the truth with them.
        jaccard = 1 - len(truth - wrong) / len(truth | wrong)
        value = value + errors[i].clamp_min(0) * (jaccard - before)
        before = jaccard
    return value


def hinge(over):
    def loss(case):
        values = []
        for part in groups(case, over):
            z, t = case.z[part], case.t[part]
            kept = (case.keep.expand_as(case.t)[part] > 0).ravel()
            z, t = z.ravel()[kept], t.ravel()[kept]
            values.append(extension(1 - z * (2 * t - 1), t))
        return torch.stack(values).mean()

    return loss


def groups(case, over):
    batch, classes = case.z.shape[0], case.z.shape[-1]
    if over == "all":
        return [(...,)]
    if over == "class":
        return [(..., slice(c, c + 1)) for c in range(classes)]
    return [(slice(b, b + 1), ..., slice(c, c + 1)) for b in range(batch) for c in range(classes)]


def softmax(over, every=False, background=True):
    def loss(case):
        batch, classes = case.z.shape[0], case.z.shape[-1]
        values = []
        for samples in [[b] for b in range(batch)] if over == "sample-class" else [list(range(batch))]:
            kept = (case.keep[samples] > 0).ravel()
            of_classes = []
            for c in range(0 if background else 1, classes):
                t, p = case.t[samples][..., c].ravel()[kept], case.p[samples][..., c].ravel()[kept]
                if every or t.sum() > 0:
                    of_classes.append(extension((t - p).abs(), t))
            values.append(torch.stack(of_classes).mean())
        return torch.stack(values).mean()

    return loss


for over in ["sample-class", "class", "all"]:
    goldens.add("lovaszHingeLoss", "mask", {"over": over}, hinge(over))
goldens.add("lovaszHingeLoss", "mask", {"reference": "smp"}, hinge("all"), ignored=True)
goldens.add("lovaszHingeLoss", "classes", {}, hinge("sample-class"), only="logits")
goldens.add("lovaszHingeLoss", "volume", {"over": "class"}, hinge("class"), ignored=True, only="logits")
for over in ["sample-class", "class"]:
    goldens.add("lovaszSoftmaxLoss", "classes", {"over": over}, softmax(over))
goldens.add("lovaszSoftmaxLoss", "classes", {"over": "sample-class", "classes": "all"}, softmax("sample-class", True))
goldens.add("lovaszSoftmaxLoss", "volume", {"reference": "smp"}, softmax("class"), ignored=True)
goldens.add("lovaszSoftmaxLoss", "volume", {"background": False, "over": "sample-class"}, softmax("sample-class", background=False))
goldens.add("lovaszSoftmaxLoss", "mask", {}, softmax("class"))
goldens.write()
