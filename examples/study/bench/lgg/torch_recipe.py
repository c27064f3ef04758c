"""The recipe of `run.mjs` in PyTorch: python3 torch_recipe.py <folder> <minutes> <threads>

The folder is one that `run.mjs` prepared: `data.safetensors`, `initial.safetensors`, `task.json`; the result is `torch.json` there.
Clocks count training only. The learning rate goes by the share of the time that is over, so that a faster side makes more steps of the
same schedule.
"""

import json
import math
import random
import sys
import time
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional as F

# The network of the bench of training steps, by the names that `exportWeights` gives ours.
sys.path.append(str(Path(__file__).parents[4] / "packages" / "backend-simd" / "bench"))
from torchNetworks import Unet

folder, minutes, threads = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
task = json.loads((folder / "task.json").read_text())
recipe = task["recipe"]
torch.set_num_threads(threads)
torch.manual_seed(task["seed"])
draw = random.Random(task["seed"])


def read_safetensors(path):
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    dtypes = {"F32": np.float32, "U8": np.uint8, "I64": np.int64}
    result = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = np.frombuffer(raw[8 + length + begin : 8 + length + end], dtypes[entry["dtype"]])
        result[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return result


def bce_and_dice(logits, targets):
    p = torch.sigmoid(logits)
    dice = 1 - (2 * (p * targets).sum() + 1) / (p.sum() + targets.sum() + 1)
    return F.binary_cross_entropy_with_logits(logits, targets) + dice


def slice_weights(mask):
    areas = mask.float().sum((1, 2))
    total = float(areas.sum())
    n = len(areas)
    return [1 / n] * n if total == 0 else [(float(a) + 0.1 * total / n) / (1.1 * total) for a in areas]


def augment(images, masks):
    """Scale, turn and flip each sample about the centre; zeros from outside; contrasts missing and other intensities, if asked."""
    options = recipe["augmentation"]
    theta = []
    for _ in range(len(images)):
        scale = 1 + draw.uniform(-options["scale"], options["scale"])
        angle = math.radians(draw.uniform(-options["rotation"], options["rotation"]))
        flip = -1 if draw.random() < options["flip"] else 1
        cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
        theta.append([[cos * flip, -sin, 0], [sin * flip, cos, 0]])
    grid = F.affine_grid(torch.tensor(theta), images.shape, align_corners=False)
    moved = F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    dropout, intensity = options.get("modalityDropout"), options.get("intensity")
    for image in moved:
        if dropout:
            for channel in range(len(image)):
                if channel != dropout["replacement"] and draw.random() < dropout["probability"]:
                    image[channel] = image[dropout["replacement"]]
        if intensity:
            for channel in image:
                gain = 1 + draw.uniform(-intensity["gain"], intensity["gain"])
                channel.mul_(gain).add_(draw.uniform(-intensity["offset"], intensity["offset"]))
    return moved, F.grid_sample(masks, grid, mode="nearest", padding_mode="zeros", align_corners=False)


def dice_of(predicted, truth):
    labels, count = ndimage.label(predicted)
    if count > 0:
        predicted = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    both, total = np.logical_and(predicted, truth).sum(), predicted.sum() + truth.sum()
    return 1.0 if total == 0 else float(2 * both / total)


def evaluate(model):
    model.eval()
    scores = {}
    with torch.no_grad():
        for patient in task["validation"]:
            image, mask = volumes[patient]
            logits = torch.cat([model(part) for part in image.split(16)])
            mirrored = torch.cat([model(part.flip(3)).flip(3) for part in image.split(16)])
            probability = (torch.sigmoid(logits) + torch.sigmoid(mirrored)) / 2
            scores[patient] = dice_of((probability[:, 0] >= 0.5).numpy(), mask[:, 0].numpy() > 0)
    return scores


data = read_safetensors(folder / "data.safetensors")
volumes = {}
for patient in task["train"] + task["validation"]:
    image = data[f"{patient}/image"].permute(0, 3, 1, 2).contiguous()
    volumes[patient] = image, data[f"{patient}/mask"][:, None].float()
weights = {patient: slice_weights(volumes[patient][1][:, 0]) for patient in task["train"]}

model, average = Unet(base=task["baseFilters"]), Unet(base=task["baseFilters"])
initial = read_safetensors(folder / "initial.safetensors")
model.load_state_dict(initial)
average.load_state_dict(initial)
optimizer = torch.optim.Adam(model.parameters(), recipe["learningRate"], eps=1e-8)

budget = minutes * 60
spent, steps, losses, curve, due = 0.0, 0, [], [], 1
while spent < budget:
    began = time.perf_counter()
    share = min(1, spent / budget)
    low, high = recipe["finalLearningRate"], recipe["learningRate"]
    for group in optimizer.param_groups:
        group["lr"] = low + (high - low) * (1 + math.cos(math.pi * share)) / 2
    chosen = []
    for _ in range(recipe["batchSize"]):
        patient = draw.choice(task["train"])
        chosen.append((patient, draw.choices(range(len(weights[patient])), weights[patient])[0]))
    images = torch.stack([volumes[p][0][s] for p, s in chosen])
    masks = torch.stack([volumes[p][1][s] for p, s in chosen])
    images, masks = augment(images, masks)
    model.train()
    optimizer.zero_grad()
    loss = bce_and_dice(model(images), masks)
    loss.backward()
    optimizer.step()
    decay = min(recipe["averageDecay"], (1 + steps) / (10 + steps))
    with torch.no_grad():
        for mean, value in zip(average.state_dict().values(), model.state_dict().values()):
            if mean.dtype.is_floating_point:
                mean.lerp_(value, 1 - decay)
    losses.append(loss.item())
    steps += 1
    spent += time.perf_counter() - began
    if spent >= budget * due / recipe["evaluations"]:
        due += 1
        scores = evaluate(average)
        recent = losses[-50:]
        mean = sum(scores.values()) / len(scores)
        curve.append({"minutes": spent / 60, "steps": steps, "loss": sum(recent) / len(recent), "dice": mean})
        print(f"torch: {spent / 60:.1f} min, {steps} steps, loss {curve[-1]['loss']:.4f}, Dice {mean:.4f}", flush=True)

result = {"steps": steps, "seconds": spent, "curve": curve, "dice": scores, "torch": torch.__version__}
(folder / "torch.json").write_text(json.dumps(result, indent=2) + "\n")
