"""Goldens of the overlap scores: python3 packages/metrics/test/goldens/overlap.py (numpy of Debian 12).

The formulas of the scores in numpy, and each tool's published formula with its own treatment of zero denominators written out.
"""
import json
import math
import pathlib

import numpy as np

rng = np.random.default_rng(7)


def pack(array):
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": array.ravel().tolist()}


def number(x):
    x = float(x)
    return "nan" if math.isnan(x) else x


def ratio(a, b, otherwise):
    return a / b if b else otherwise


def table(reference, prediction, classes, weights=None):
    c = np.zeros((classes, classes))
    np.add.at(c, (reference.ravel(), prediction.ravel()), 1 if weights is None else weights.ravel())
    return c


def one(c, k):
    tp = c[k, k]
    return tp, c[:, k].sum() - tp, c[k].sum() - tp, c.sum() - c[k].sum() - c[:, k].sum() + tp


formulas = {
    "diceScore": lambda tp, fp, fn, tn: 2 * tp / (2 * tp + fp + fn),
    "jaccardIndex": lambda tp, fp, fn, tn: tp / (tp + fp + fn),
    "precision": lambda tp, fp, fn, tn: tp / (tp + fp),
    "recall": lambda tp, fp, fn, tn: tp / (tp + fn),
    "specificity": lambda tp, fp, fn, tn: tn / (tn + fp),
    "volumetricSimilarity": lambda tp, fp, fn, tn: 1 - abs(fn - fp) / (2 * tp + fp + fn),
    "fBeta": lambda tp, fp, fn, tn: 5 * tp / (5 * tp + 4 * fn + fp),  # beta 2
}


def averages(c, name, ks):
    counts = [one(c, k) for k in ks]
    scores = [formulas[name](*x) for x in counts]
    sizes = [x[0] + x[2] for x in counts]
    return {
        "macro": np.mean(scores),
        "micro": formulas[name](*np.sum(counts, axis=0)),
        "weighted": np.average(scores, weights=sizes),
    }


def matthews(c):
    t, p, trace, s = c.sum(1), c.sum(0), np.trace(c), c.sum()
    return (trace * s - t @ p) / (math.sqrt(s * s - p @ p) * math.sqrt(s * s - t @ t))


def kappa(c, power):
    i, j = np.indices(c.shape)
    w = np.where(i == j, 0, np.abs(i - j).astype(float) ** power)
    return 1 - (w * c).sum() / (w * np.outer(c.sum(1), c.sum(0)) / c.sum()).sum()


def generalized(c, ks, power):
    r, p, tp = c.sum(1)[ks], c.sum(0)[ks], np.diag(c)[ks]
    with np.errstate(divide="ignore"):
        w = 1.0 / r**power
    w[np.isinf(w)] = w[np.isfinite(w)].max()
    return 2 * (w * tp).sum() / (w * (r + p)).sum()


cases = []
for shape, classes, share in [((7, 11), 2, 0.3), ((3, 5, 8), 4, 0.4), ((6, 13), 5, 0.6)]:
    odds = np.arange(1, classes + 1) ** 2
    reference = rng.choice(classes, size=shape, p=odds[::-1] / odds.sum())
    noise = rng.choice(classes, size=shape, p=odds / odds.sum())
    prediction = np.where(rng.random(shape) < share, noise, reference)
    reference, prediction = reference.astype(np.uint8), prediction.astype(np.uint8)
    weights = np.round(rng.random(shape) * 3, 3)
    ignored = np.where(rng.random(shape) < 0.2, 255, reference).astype(np.uint8)
    c = table(reference, prediction, classes)
    keep = ignored != 255
    foreground = list(range(1, classes))
    entry = {
        "reference": pack(reference),
        "prediction": pack(prediction),
        "weights": pack(weights),
        "ignored": pack(ignored),
        "classes": classes,
        "counts": c.ravel().tolist(),
        "countsIgnored": table(reference[keep], prediction[keep], classes).ravel().tolist(),
        "countsWeighted": table(reference, prediction, classes, weights).ravel().tolist(),
        "foreground": {name: averages(c, name, foreground) for name in formulas},
        "all": {name: averages(c, name, range(classes)) for name in formulas},
        "accuracy": np.trace(c) / c.sum(),
        "balancedAccuracy": np.mean(np.diag(c) / c.sum(1)),
        "matthewsCorrelation": matthews(c),
        "cohenKappa": {"none": kappa(c, 0), "linear": kappa(c, 1), "quadratic": kappa(c, 2)},
        "generalizedDice": {
            name: [generalized(c, foreground, power), generalized(c, range(classes), power)]
            for name, power in [("square", 2), ("simple", 1), ("uniform", 0)]
        },
    }
    cases.append(entry)


# Each tool's published formula, with its own treatment of zero denominators, on (reference, prediction) masks.
nan = math.nan


def counts(r, p):
    return [int(x) for x in ((r & p).sum(), (~r & p).sum(), (r & ~p).sum(), (~r & ~p).sum())]


def monai_dice(r, p):
    return 2 * (r & p).sum() / (r.sum() + p.sum()) if r.sum() > 0 else nan


def monai_iou(r, p):
    return (r & p).sum() / (r | p).sum() if r.sum() > 0 else nan


def from_counts(formula, otherwise):
    def score(r, p):
        numerator, denominator = formula(*counts(r, p))
        return ratio(numerator, denominator, otherwise)

    return score


def mcc(tp, fp, fn, tn):
    return tp * tn - fp * fn, math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))


def kappa_binary(tp, fp, fn, tn):
    n = tp + fp + fn + tn
    chance = ((tp + fn) * (tp + fp) + (tn + fp) * (tn + fn)) / n**2
    return (tp + tn) / n - chance, 1 - chance


def balanced(tp, fp, fn, tn):
    return ratio(tp, tp + fn, nan) / 2 + ratio(tn, tn + fp, nan) / 2, 1


F = {
    "dice": lambda tp, fp, fn, tn: (2 * tp, 2 * tp + fp + fn),
    "iou": lambda tp, fp, fn, tn: (tp, tp + fp + fn),
    "precision": lambda tp, fp, fn, tn: (tp, tp + fp),
    "recall": lambda tp, fp, fn, tn: (tp, tp + fn),
    "specificity": lambda tp, fp, fn, tn: (tn, tn + fp),
    "accuracy": lambda tp, fp, fn, tn: (tp + tn, tp + fp + fn + tn),
}
tools = {
    "medpy": {
        "diceScore": from_counts(F["dice"], 1.0),
        "jaccardIndex": from_counts(F["iou"], 1.0),
        "precision": from_counts(F["precision"], 0.0),
        "recall": from_counts(F["recall"], 0.0),
        "sensitivity": from_counts(F["recall"], 0.0),
        "specificity": from_counts(F["specificity"], 0.0),
    },
    "monai": {
        "diceScore": monai_dice,
        "jaccardIndex": monai_iou,
        "precision": from_counts(F["precision"], nan),
        "recall": from_counts(F["recall"], nan),
        "sensitivity": from_counts(F["recall"], nan),
        "specificity": from_counts(F["specificity"], nan),
        "accuracy": from_counts(F["accuracy"], nan),
        "balancedAccuracy": from_counts(balanced, nan),
        "fBeta": from_counts(F["dice"], nan),
        "matthewsCorrelation": from_counts(mcc, nan),
        "generalizedDice": lambda r, p: 2 * (r & p).sum() / (r.sum() + p.sum()) if r.any() else (0.0 if p.any() else 1.0),
    },
    "surfaceDistance": {"diceScore": from_counts(F["dice"], nan)},
    "metricsReloaded": {
        "diceScore": from_counts(F["dice"], 1.0),
        "fBeta": from_counts(F["dice"], 1.0),
        "jaccardIndex": from_counts(F["iou"], nan),
        "precision": lambda r, p: ratio((r & p).sum(), p.sum(), 0.0 if r.any() else nan),
        "recall": from_counts(F["recall"], nan),
        "sensitivity": from_counts(F["recall"], nan),
        "specificity": from_counts(F["specificity"], nan),
        "accuracy": from_counts(F["accuracy"], nan),
        "balancedAccuracy": from_counts(balanced, nan),
        "matthewsCorrelation": from_counts(mcc, nan),
        "cohenKappa": from_counts(kappa_binary, nan),
    },
    "torchmetrics": {
        "diceScore": from_counts(F["dice"], nan),
        "jaccardIndex": from_counts(F["iou"], nan),
        "precision": from_counts(F["precision"], 0.0),
        "recall": from_counts(F["recall"], 0.0),
        "sensitivity": from_counts(F["recall"], 0.0),
        "specificity": from_counts(F["specificity"], 0.0),
        "accuracy": from_counts(F["accuracy"], 0.0),
        "fBeta": from_counts(F["dice"], 0.0),
        "matthewsCorrelation": from_counts(mcc, 0.0),
        "cohenKappa": from_counts(kappa_binary, nan),
        "generalizedDice": from_counts(F["dice"], 0.0),
    },
}
shape = (4, 9)
some, other = rng.random(shape) < 0.3, rng.random(shape) < 0.5
none, full = np.zeros(shape, bool), np.ones(shape, bool)
pairs = {"ordinary": (some, other), "swapped": (other, some), "bothEmpty": (none, none), "onlyReference": (some, none), "onlyPrediction": (none, some), "bothFull": (full, full)}
conventions = [
    {
        "pair": name,
        "reference": pack(r.astype(np.uint8)),
        "prediction": pack(p.astype(np.uint8)),
        "scores": {tool: {metric: number(f(r, p)) for metric, f in fs.items()} for tool, fs in tools.items()},
    }
    for name, (r, p) in pairs.items()
]
golden = {
    "made": {"command": "python3 packages/metrics/test/goldens/overlap.py", "seed": 7, "numpy": np.__version__},
    "cases": cases,
    "conventions": conventions,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
