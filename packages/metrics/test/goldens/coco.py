"""Goldens of COCO's average precision, by pycocotools itself (pip install pycocotools==2.0.11):
python3 packages/metrics/test/goldens/coco.py
"""
import contextlib
import importlib.metadata
import io
import json
import pathlib

import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

rng = np.random.default_rng(29)


def evaluate(images, iou_type, max_detections=None, shape=None):
    references, detections = [], []
    classes = sorted({item["class"] for image in images for side in ("references", "detections") for item in image[side]})
    for k, image in enumerate(images):
        for side, target in (("references", references), ("detections", detections)):
            for item in image[side]:
                row = {"image_id": k + 1, "category_id": item["class"], "id": len(target) + 1}
                if iou_type == "bbox":
                    row["bbox"] = item["box"]
                    row["area"] = item["box"][2] * item["box"][3]
                else:
                    mask = np.zeros(shape, np.uint8)
                    for r0, r1, c0, c1 in item["patches"]:
                        mask[r0:r1, c0:c1] = 1
                    code = coco_mask.encode(np.asfortranarray(mask))
                    row["segmentation"] = code
                    row["area"] = int(mask.sum())
                row["area"] = item.get("area", row["area"])
                row["iscrowd"] = int(item.get("crowd", False))
                if side == "detections":
                    row["score"] = item["score"]
                    row.pop("area")
                    row.pop("iscrowd")
                target.append(row)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": k + 1, "height": (shape or [0])[0], "width": (shape or [0])[-1]} for k in range(len(images))],
            "annotations": references,
            "categories": [{"id": c} for c in classes],
        }
        truth.createIndex()
        found = truth.loadRes(detections) if detections else COCO()
        if not detections:
            found.dataset = {"images": truth.dataset["images"], "annotations": [], "categories": truth.dataset["categories"]}
            found.createIndex()
        run = COCOeval(truth, found, {"bbox": "bbox", "segmentation": "segm"}[iou_type])
        if max_detections:
            run.params.maxDets = max_detections
        run.evaluate()
        run.accumulate()
        run.summarize()
    precision = run.eval["precision"]
    cells = np.where(precision.min(1) < 0, -1.0, precision.mean(1))  # T, K, A, M: the mean over recalls
    out = {"images": images, "iouType": iou_type, "classes": classes, "summary": run.stats.tolist()}
    out["meanPrecision"] = np.round(cells.ravel(), 10).tolist()
    out["recall"] = np.round(run.eval["recall"].ravel(), 10).tolist()
    out["precisionAll"] = np.round(precision[:, :, 0, 0, -1].ravel(), 8).tolist()[:303]  # first class, three thresholds
    if max_detections:  # pycocotools prints −1 for its first number unless 100 is among the limits
        all_areas = precision[:, :, :, 0, -1]
        out["summary"][0] = float(all_areas[all_areas > -1].mean())
        out["maxDetections"] = max_detections
    if shape:
        out["shape"] = list(shape)
    return out


def box(scale):
    return [int(v) for v in (*rng.integers(0, 40, 2), *rng.integers(2, scale, 2))]


def random_images(count, crowds=True):
    images = []
    for _ in range(count):
        references, detections = [], []
        for _ in range(int(rng.integers(0, 6))):
            one = {"class": int(rng.integers(1, 4)), "box": box(int(rng.choice([20, 60, 140])))}
            if crowds and rng.random() < 0.15:
                one["crowd"] = True
            if rng.random() < 0.3:
                one["area"] = int(one["box"][2] * one["box"][3] * 0.7)
            references.append(one)
            for _ in range(int(rng.integers(0, 3))):
                moved = [max(1, int(v + rng.integers(-2, 3))) for v in one["box"]]
                detections.append({"class": one["class"] if rng.random() < 0.9 else 2, "box": moved, "score": float(rng.integers(1, 9)) / 8})
        for _ in range(int(rng.integers(0, 3))):
            detections.append({"class": int(rng.integers(1, 5)), "box": box(40), "score": float(rng.integers(1, 9)) / 8})
        rng.shuffle(detections)
        images.append({"references": references, "detections": detections})
    return images


def masks(count):
    images = []
    for _ in range(count):
        references, detections = [], []
        for _ in range(int(rng.integers(1, 5))):
            r, c = (int(v) for v in rng.integers(0, 50, 2))
            h, w = (int(v) for v in rng.integers(3, 50, 2))
            patches = [[r, r + h, c, c + w], [r + h // 2, r + h + 4, c, c + 3]]
            one = {"class": int(rng.integers(1, 3)), "patches": patches}
            if rng.random() < 0.2:
                one["crowd"] = True
            references.append(one)
            for _ in range(int(rng.integers(0, 3))):
                dr, dc = (int(v) for v in rng.integers(-1, 3, 2))
                moved = [[max(0, a + dr), b + dr, max(0, e + dc), f + dc] for a, b, e, f in patches]
                detections.append({"class": one["class"], "patches": moved, "score": float(rng.integers(1, 6)) / 5})
        images.append({"references": references, "detections": detections})
    return images


tie = {"class": 1, "score": 0.5}
hand = [
    {  # two references of one box: the later wins the tie; equal scores keep their order; a crowd takes two detections
        "references": [
            {"class": 1, "box": [0, 0, 10, 20]},
            {"class": 1, "box": [0, 0, 10, 20]},
            {"class": 1, "box": [100, 0, 50, 40], "crowd": True},
        ],
        "detections": [{**tie, "box": [0, 0, 10, 16]}, {**tie, "box": [0, 0, 10, 20]}, {**tie, "box": [110, 5, 9, 8]}, {**tie, "box": [120, 5, 9, 8]}],
    },
    {"references": [{"class": 2, "box": [5, 5, 32, 32]}], "detections": []},  # nothing found; an area that is small and medium
    {"references": [], "detections": [{"class": 1, "box": [1, 2, 3, 4], "score": 0.9}]},  # nothing to find
    {"references": [], "detections": []},
    {  # inside a crowd, and yet the object is found: a held object is not given up for a crowd
        "references": [{"class": 1, "box": [0, 0, 60, 50], "crowd": True}, {"class": 1, "box": [10, 10, 20, 30]}],
        "detections": [{"class": 1, "box": [10, 10, 20, 26], "score": 0.7}],
    },
]
cases = [
    evaluate(hand, "bbox"),
    evaluate([{"references": [], "detections": [{"class": 1, "box": [1, 2, 3, 4], "score": 0.9}]}], "bbox"),
    evaluate([{"references": [{"class": 3, "box": [1, 2, 3, 4]}], "detections": []}], "bbox"),
    evaluate(random_images(8), "bbox"),
    evaluate(random_images(9, crowds=False), "bbox", [1, 2, 3]),
    evaluate(masks(6), "segmentation", shape=(90, 110)),
]
golden = {
    "made": {
        "command": "python3 packages/metrics/test/goldens/coco.py",
        "seed": 29,
        "pycocotools": importlib.metadata.version("pycocotools"),
        "numpy": np.__version__,
    },
    "cases": cases,
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(target, target.stat().st_size)
for case in cases:
    print([round(v, 4) for v in case["summary"]])
