"""Goldens of curves and scores of probabilities, from scikit-learn (pip install scikit-learn==1.9.1):
python3 packages/metrics/test/goldens/probability.py

The calibration errors are the rules of torchmetrics (left-closed bins) and MetricsReloaded (right-closed bins) written in numpy.
"""
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics

warnings.simplefilter("ignore")
rng = np.random.default_rng(73)


def numbers(values):
    return [("inf" if np.isposinf(v) else "nan" if np.isnan(v) else float(v)) for v in np.asarray(values, float)]


def left_closed(confidence, hit, bins):
    edges = np.arange(bins + 1) / bins
    index = np.searchsorted(edges, confidence, side="right") - 1  # 1 has a bin of its own
    return weighted_gap(confidence, hit, [index == k for k in range(bins + 1)], len(hit))


def right_closed(confidence, hit, bins):
    inside = [(confidence > k / bins) & (confidence <= (k + 1) / bins) for k in range(bins)]  # 0 is in none
    return weighted_gap(confidence, hit, inside, sum(int(m.sum()) for m in inside))


def weighted_gap(confidence, hit, groups, total):
    return float(sum(m.sum() / total * abs(hit[m].mean() - confidence[m].mean()) for m in groups if m.any()))


cases = []
for size, share, digits in [(37, 0.3, 1), (64, 0.6, 2), (50, 0.2, 12), (9, 0.5, 0), (23, 0.9, 1)]:
    labels = (rng.random(size) < share).astype(int)
    labels[:2] = [0, 1]
    scores = np.round(np.clip(0.25 * labels + 0.75 * rng.random(size), 0, 1), digits)
    fpr, tpr, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
    few = metrics.roc_curve(labels, scores)
    precision, recall, at = metrics.precision_recall_curve(labels, scores)
    hit, p = labels.astype(float), scores
    cases.append(
        {
            "labels": labels.tolist(),
            "scores": scores.tolist(),
            "roc": [numbers(fpr), numbers(tpr), numbers(thresholds)],
            "rocWithoutIntermediate": [numbers(values) for values in few],
            "area": metrics.roc_auc_score(labels, scores),
            "precisionRecall": [numbers(precision), numbers(recall), numbers(np.append(at, np.inf))],
            "precisionRecallArea": metrics.auc(recall, precision),
            "averagePrecision": metrics.average_precision_score(labels, scores),
            "brier": metrics.brier_score_loss(labels, scores),
            "leftClosed": {str(n): left_closed(p, hit, n) for n in (1, 7, 10, 15)},
            "rightClosed": {str(n): right_closed(p, hit, n) for n in (1, 7, 10, 15)},
        }
    )

labels = rng.integers(0, 4, size=(5, 6))
raw = rng.random((5, 6, 4)) ** 2
raw[np.arange(5)[:, None], np.arange(6), labels] += 0.4
raw /= raw.sum(-1, keepdims=True)
p = np.round(raw, 6)
confidence = p.max(-1).ravel()
hit = (p.argmax(-1) == labels).ravel().astype(float)

one_class = {}
for name, y in [("noPositives", [0, 0, 0]), ("noNegatives", [1, 1, 1])]:
    s = [0.2, 0.7, 0.2]
    precision, recall, _ = metrics.precision_recall_curve(y, s)
    one_class[name] = {
        "averagePrecision": metrics.average_precision_score(y, s),
        "precision": numbers(precision),
        "recall": numbers(recall),
        "area": metrics.auc(recall, precision),
        "roc": [numbers(values) for values in metrics.roc_curve(y, s)[:2]],
    }

golden = {
    "made": {"command": "python3 packages/metrics/test/goldens/probability.py", "seed": 73, "sklearn": sklearn.__version__, "numpy": np.__version__},
    "cases": cases,
    "classes": {
        "labels": {"dtype": "int32", "shape": [5, 6], "data": labels.ravel().tolist()},
        "probabilities": {"dtype": "float64", "shape": [5, 6, 4], "data": p.ravel().tolist()},
        "leftClosed": {str(n): left_closed(confidence, hit, n) for n in (1, 7, 10, 15)},
        "rightClosed": {str(n): right_closed(confidence, hit, n) for n in (1, 7, 10, 15)},
    },
    "oneClass": one_class,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
