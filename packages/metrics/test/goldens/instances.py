"""Goldens of panoptic quality, lesions and FROC, by their published rules written in numpy and scipy:
python3 packages/metrics/test/goldens/instances.py

Panoptic quality: panopticapi's rules (void, crowds) and MONAI's (assignment below a threshold of 0.5, smoothing).
FROC: the rules of CAMELYON16 and MONAI, the lowest score left out.
"""
import json
import pathlib

import numpy as np
import scipy
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

rng = np.random.default_rng(41)


def pack(array):
    return {"dtype": "int32", "shape": list(array.shape), "data": array.astype(int).ravel().tolist()}


def blobs(shape, count, shift):
    """Rectangles of labels, and the same moved and resized under other labels."""
    reference, prediction = np.zeros(shape, int), np.zeros(shape, int)
    names = rng.permutation(np.arange(3, 3 + 5 * count, 5))
    for k in range(count):
        at = [int(rng.integers(0, n - 2)) for n in shape]
        size = [int(rng.integers(2, max(3, n // 3))) for n in shape]
        reference[tuple(slice(a, a + s) for a, s in zip(at, size))] = k + 1
        if rng.random() < 0.8:
            moved = [max(0, a + int(rng.integers(-shift, shift + 1))) for a in at]
            prediction[tuple(slice(a, a + s + int(rng.integers(0, 2))) for a, s in zip(moved, size))] = names[k]
    return reference, prediction


def iou_table(reference, prediction):
    rows, columns = np.unique(reference[reference > 0]), np.unique(prediction[prediction > 0])
    table = np.array([[np.sum((reference == r) & (prediction == p)) / np.sum((reference == r) | (prediction == p)) for p in columns] for r in rows])
    return rows, columns, table


def monai(reference, prediction, threshold, smooth=1e-6):
    rows, columns, table = iou_table(reference, prediction)
    i, j = np.nonzero(table > threshold) if threshold >= 0.5 else linear_sum_assignment(-table)
    keep = table[i, j] > threshold
    i, j = i[keep], j[keep]
    tp, fp, fn, total = len(i), len(columns) - len(i), len(rows) - len(i), float(table[i, j].sum())
    rq, sq = tp / (tp + fp / 2 + fn / 2 + smooth), total / (tp + smooth)
    pairs = [[int(rows[a]), int(columns[b]), float(table[a, b])] for a, b in zip(i, j)]
    return {"threshold": threshold, "pairs": pairs, "counts": [tp, fp, fn], "smoothed": [sq, rq, sq * rq]}


plain = []
for shape, count, shift in [((21, 26), 9, 1), ((17, 33), 12, 2), ((6, 14, 11), 8, 1)]:
    reference, prediction = blobs(shape, count, shift)
    results = [monai(reference, prediction, t) for t in (0.0, 0.1, 0.3, 0.5, 0.7)]
    plain.append({"reference": pack(reference), "prediction": pack(prediction), "results": results})


def panoptic(reference, prediction, references, predictions, void=0):
    stats = {}

    def cell(c):
        return stats.setdefault(c, {"iou": 0.0, "tp": 0, "fp": 0, "fn": 0})

    done_r, done_p = set(), set()
    for r in references:
        for p in predictions:
            both = np.sum((reference == r["id"]) & (prediction == p["id"]))
            if both == 0 or r["crowd"] or r["class"] != p["class"]:
                continue
            on_void = np.sum((reference == void) & (prediction == p["id"]))
            union = np.sum(reference == r["id"]) + np.sum(prediction == p["id"]) - both - on_void
            if both / union > 0.5:
                cell(r["class"])["tp"] += 1
                cell(r["class"])["iou"] += both / union
                done_r.add(r["id"])
                done_p.add(p["id"])
    for r in references:
        if r["id"] not in done_r and not r["crowd"]:
            cell(r["class"])["fn"] += 1
    for p in predictions:
        if p["id"] in done_p:
            continue
        crowd = [r["id"] for r in references if r["crowd"] and r["class"] == p["class"]]
        free = np.sum((prediction == p["id"]) & np.isin(reference, [void, *crowd]))
        if free / np.sum(prediction == p["id"]) <= 0.5:
            cell(p["class"])["fp"] += 1
    return stats


def averaged(all_stats):
    sums = {}
    for stats in all_stats:
        for c, one in stats.items():
            for key, value in one.items():
                sums.setdefault(c, {"iou": 0.0, "tp": 0, "fp": 0, "fn": 0})[key] += value
    rows = []
    for c, one in sorted(sums.items()):
        below = one["tp"] + one["fp"] / 2 + one["fn"] / 2
        rows.append([c, one["tp"], one["fp"], one["fn"], one["iou"] / max(one["tp"], 1), one["tp"] / below, one["iou"] / below])
    return {"classes": rows, "means": np.mean([row[4:] for row in rows], 0).tolist()}


classwise, everything = [], []
for k in range(4):
    reference, prediction = blobs((24, 31), 11, 1)
    if k != 2:  # mostly void otherwise: give the ground a segment
        reference[reference == 0] = np.where(np.arange(31) < 9 + 6 * k, 0, 90)[None, :].repeat(24, 0)[reference == 0]
    classes = {int(i): int(rng.integers(1, 4)) for i in np.unique(reference) if i > 0}
    best = {p: r for r, p, v in monai(reference, prediction, 0.3)["pairs"]}
    references = [{"id": i, "class": c, "crowd": False} for i, c in classes.items()]
    for crowd_class in (1, 3):  # one crowd a class: panopticapi looks at the last one only
        members = [r for r in references if r["class"] == crowd_class]
        if members:
            members[-1]["crowd"] = True
    predictions = [
        {"id": int(i), "class": classes[best[int(i)]] if int(i) in best and rng.random() < 0.85 else int(rng.integers(1, 5))}
        for i in np.unique(prediction)
        if i > 0
    ]
    stats = panoptic(reference, prediction, references, predictions)
    everything.append(stats)
    classwise.append({"reference": pack(reference), "prediction": pack(prediction), "references": references, "predictions": predictions, **averaged([stats])})

lesions = []
for shape, level in [((19, 23), 0.75), ((6, 12, 9), 0.9), ((61,), 0.6)]:
    noise = ndimage.gaussian_filter(rng.normal(size=shape), 0.7)
    reference = (noise > np.quantile(noise, level)).astype(int)
    other = noise + 0.25 * rng.normal(size=shape)
    prediction = (other > np.quantile(other, level + 0.05)).astype(int)
    rows = []
    for connectivity in range(1, len(shape) + 1):
        structure = ndimage.generate_binary_structure(len(shape), connectivity)
        r, n = ndimage.label(reference, structure)
        p, m = ndimage.label(prediction, structure)
        size = [int(np.sum(r == i)) for i in range(1, n + 1)]
        covered = [int(np.sum((r == i) & (p > 0))) for i in range(1, n + 1)]
        table = np.array([[np.sum((r == i) & (p == j)) / np.sum((r == i) | (p == j)) for j in range(1, m + 1)] for i in range(1, n + 1)])
        touching = int(np.sum(table.max(0) == 0))
        rows.append(
            {
                "connectivity": connectivity,
                "size": size,
                "covered": covered,
                "iou": table.max(1).tolist(),
                "predictions": m,
                "overlap": [int(np.sum(np.array(covered) >= 1)), touching],
                "overlap3": [int(np.sum(np.array(covered) >= 3)), touching],
                "fraction0.4": [int(np.sum(np.array(covered) / np.array(size) >= 0.4)), touching],
                "iou0.3": [int(np.sum(table.max(1) >= 0.3)), int(np.sum(table.max(0) < 0.3))],
            }
        )
    lesions.append({"reference": pack(reference), "prediction": pack(prediction), "rows": rows})

scans, false_scores, lesion_scores, targets = [], [], [], 0
for k in range(5):
    reference, _ = blobs((15, 18), 4 if k != 3 else 0, 1)
    excluded = [2] if k == 1 else []
    inside = np.argwhere(reference > 0)
    detections = []
    for _ in range(7):
        at = inside[rng.integers(len(inside))] if len(inside) and rng.random() < 0.5 else rng.integers(0, [15, 18])
        detections.append({"position": [int(v) for v in at], "score": int(rng.integers(1, 20)) / 20})
    hit = np.array([reference[tuple(d["position"])] for d in detections])
    score = np.array([d["score"] for d in detections])
    false_scores += score[hit == 0].tolist()
    for label in np.unique(reference[reference > 0]):
        lesion_scores.append(float(score[hit == label].max()) if label not in excluded and (hit == label).any() else 0.0)
        targets += label not in excluded
    scans.append({"reference": pack(reference), "detections": detections, "excludedLabels": excluded})


def froc(false_scores, lesion_scores, targets, images):
    f, t = np.array(false_scores), np.array(lesion_scores)
    points = [((f >= s).sum(), (t >= s).sum()) for s in sorted(set(false_scores + lesion_scores))[1:]] + [(0, 0)]
    rates, found = (np.array(list(zip(*points))[::1][k]) / n for k, n in ((0, images), (1, targets)))
    at = np.interp([0.25, 0.5, 1, 2, 4, 8], rates[::-1], found[::-1])
    return {"rates": rates[::-1].tolist(), "sensitivity": found[::-1].tolist(), "at": at.tolist(), "score": float(at.mean())}


golden = {
    "made": {"command": "python3 packages/metrics/test/goldens/instances.py", "seed": 41, "scipy": scipy.__version__, "numpy": np.__version__},
    "plain": plain,
    "classwise": {"images": classwise, **averaged(everything)},
    "lesions": lesions,
    "froc": {"images": scans, **froc(false_scores, lesion_scores, int(targets), len(scans))},
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
print([[r["threshold"], r["counts"]] for one in plain for r in one["results"]])
print(golden["classwise"]["classes"], [one["classes"] for one in classwise])
print([[row[k] for k in ("connectivity", "overlap", "overlap3", "fraction0.4", "iou0.3")] for one in lesions for row in one["rows"]])
print(golden["froc"]["score"], golden["froc"]["rates"])
