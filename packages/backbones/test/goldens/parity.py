"""Goldens of the backbones: /usr/bin/python3 packages/backbones/test/goldens/parity.py (torch and torchvision of Debian 12).

Images and weights follow from names by hashed.py, in the names and layouts of tf.layers, so that only logits are kept, and of one step of SGD
a few numbers of what it changed in each weight. Dropout is off on both sides. Made in float64.
"""
import json
import pathlib
import sys

import numpy
import torch
import torchvision

from hashed import uniform

CLASSES = 7
PARTS = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}


def numbers(values, digits=7):
    return [float(f"{value:.{digits}g}") for value in numpy.ravel(values).tolist()]


def ours(module, part, value):
    """The name of a weight in tf.layers, its shape in torch as axes that are reordered, and their order in tf.layers."""
    name, _, key = part.rpartition(".")
    if isinstance(module, torch.nn.BatchNorm2d):
        return f"{name}/{PARTS[key]}", value.shape, (0,)
    if value.ndim == 1:
        return f"{name}/bias", value.shape, (0,)
    if name.startswith("aux") and key == "weight" and name.endswith("fc1"):
        return f"{name}/kernel", (1024, 128, 4, 4), (2, 3, 1, 0)  # behind a flattening: channels come last in tf.layers
    return f"{name}/kernel", value.shape, (2, 3, 1, 0) if value.ndim == 4 else (1, 0)


def weights(model):
    """(name of ours, shape, axes, tensor of torch), of parameters and running statistics."""
    modules = dict(model.named_modules())
    for part, value in model.state_dict(keep_vars=True).items():
        if not part.endswith("num_batches_tracked"):
            yield (*ours(modules[part.rpartition(".")[0]], part, value), value)


def fill(model, gain):
    """Every weight by its name: kernels of about Kaiming's size times `gain`, factors and variances about 1."""
    for name, whole, axes, value in weights(model):
        shape = [whole[axis] for axis in axes]
        u = uniform(name, value.numel()).astype(numpy.float64).reshape(shape)
        key = name.rpartition("/")[2]
        if key == "kernel":
            u *= float(numpy.float32(gain * numpy.sqrt(6 / numpy.prod(shape[:-1]))))
        elif key in ("gamma", "moving_variance"):
            u = 1 + 0.25 * u
            # As in a trained network: else 16 blocks make float32 a coarse thing.
            if name.endswith("bn3/gamma"):
                u *= 0.25
        else:
            u *= 0.25
        value.data = torch.from_numpy(u.transpose(numpy.argsort(axes)).reshape(value.shape).copy())


def image(name, batch, rows, columns, channels=3):
    values = uniform(name, batch * rows * columns * channels).astype(numpy.float64)
    return torch.from_numpy(values.reshape(batch, rows, columns, channels)).permute(0, 3, 1, 2)


def parameters(model):
    return sum(value.numel() for value in model.parameters())


def logits(name, size, gain, **options):
    model = make(name, **options)
    fill(model, gain)
    model.eval()
    with torch.no_grad():
        result = model(image(f"{name}/image", 2, *size))
    spread = (result[0] - result[1]).abs().max().item()
    print(name, parameters(model), result.abs().max().item(), "images differ by", spread, flush=True)
    transformed = options.get("transform_input", False)
    return {
        "name": name, "size": list(size), "gain": gain, "logits": numbers(result), "parameters": parameters(model),
        "transformInput": transformed,
    }


def step(name, size, gain, batch, rate, heads, **options):
    """One step of SGD on the mean cross-entropy of image k in class k, plus the auxiliary heads' by their weights."""
    model = make(name, **options)
    fill(model, gain)
    model.train()
    before = [value.detach().clone() for *_, value in weights(model)]
    optimizer = torch.optim.SGD(model.parameters(), rate)
    result = model(image(f"{name}/step", batch, *size))
    outputs = list(result) if heads else [result]
    labels = torch.arange(batch)
    losses = [torch.nn.functional.cross_entropy(output, labels) for output in outputs]
    loss = sum(weight * one for weight, one in zip([1, *heads], losses))
    loss.backward()
    optimizer.step()
    changes = {}
    for (weight, whole, axes, value), old in zip(weights(model), before):
        change = (value.detach() - old).reshape(whole).permute(*axes).numpy().ravel()
        at = sum(weight.encode()) * 7919 % change.size
        changes[weight] = numbers([change.sum(), numpy.linalg.norm(change), change[at]], 5)
    print(name, "loss", loss.item(), "largest change", max(v[1] for v in changes.values()), flush=True)
    return {"name": name, "size": list(size), "gain": gain, "batch": batch, "rate": rate, "heads": heads, "loss": loss.item(), "changes": changes}


def make(name, **options):
    torch.manual_seed(0)
    if name in ("inception_v3", "googlenet"):
        options |= {"init_weights": False, "dropout": 0.0}
        if name == "googlenet":
            options["dropout_aux"] = 0.0
    return getattr(torchvision.models, name)(num_classes=CLASSES, **options).double()


def write(kind, content):
    path = pathlib.Path(__file__).with_name(f"{kind}.json")
    command = "/usr/bin/python3 packages/backbones/test/goldens/parity.py"
    made = {"command": command, "torch": torch.__version__, "torchvision": torchvision.__version__}
    path.write_text(json.dumps({"made": made, "classes": CLASSES} | content, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, flush=True)


RESIDUAL, PLAIN, RATE = 0.55, 1.0, 0.001
write("logits", {"cases": [
    logits("resnet18", (64, 48), RESIDUAL), logits("resnet34", (33, 64), RESIDUAL), logits("resnet50", (64, 48), RESIDUAL),
    logits("resnet101", (48, 33), RESIDUAL), logits("resnet152", (33, 48), RESIDUAL), logits("resnext50_32x4d", (64, 48), RESIDUAL),
    logits("resnext101_32x8d", (33, 48), RESIDUAL), logits("inception_v3", (80, 95), PLAIN, aux_logits=False),
    logits("googlenet", (64, 80), PLAIN, aux_logits=False),
    logits("inception_v3", (80, 95), PLAIN, aux_logits=False, transform_input=True),
    logits("googlenet", (64, 80), PLAIN, aux_logits=False, transform_input=True),
]})
write("stepResnet18", step("resnet18", (64, 48), PLAIN, 4, RATE, []))
write("stepResnet50", step("resnet50", (64, 48), PLAIN, 4, RATE, []))
write("stepResnext50", step("resnext50_32x4d", (64, 48), PLAIN, 4, RATE, []))
write("stepGooglenet", step("googlenet", (96, 80), PLAIN, 6, RATE, [0.3, 0.3], aux_logits=True))
# Of two images and 94 layers without shortcuts gradients are large, and coarse in float32.
write("stepInceptionV3", step("inception_v3", (303, 299), PLAIN, 2, RATE / 10, [0.4], aux_logits=True))
