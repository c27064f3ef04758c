"""What the golden scripts of networks share: weights and inputs that a test can make again, and what is kept of a training step.

A number is a hash of its tensor's name and its index in torch's order; test/torchRule.ts has the same rule.
"""
import json
import pathlib

import numpy as np
import torch


def uniform(name, shape):
    """Numbers in [-1, 1), a function of name and index alone."""
    h = 0x811C9DC5
    for byte in name.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        z = np.arange(int(np.prod(shape)), dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(h)
        z = (z ^ (z >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        z = (z ^ (z >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        z = z ^ (z >> np.uint32(16))
    return torch.from_numpy((z / 2.0**31 - 1.0).astype(np.float32).astype(np.float64).reshape(shape))


def weight(name, shape):
    values = uniform(name, shape)
    if name.endswith("running_var"):
        return 1 + 0.5 * values
    if name.endswith(("bias", "running_mean")):
        return 0.1 * values
    if len(shape) == 1:
        return 0.9 + 0.2 * values
    return values * (5 / np.prod(shape[1:])) ** 0.5


def fill(module, scales=()):
    """Gives every parameter and statistic of a module its numbers; scales: (part of the name, factor)."""
    module.double()
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if name.endswith("num_batches_tracked"):
            continue
        factor = next((factor for part, factor in scales if part in name), 1.0)
        tensor.data = weight(name, tuple(tensor.shape)) * factor
    return module


def image(name, batch, rows, columns, channels):
    """An image whose numbers run channels last, as ours."""
    return uniform(name, (batch, rows, columns, channels)).permute(0, 3, 1, 2).contiguous()


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()])


def last(tensor):
    """Channels last."""
    return tensor.permute(0, 2, 3, 1)


def step(module, x, learning_rate, slow=(), every=1):
    """Each `every`-th output, and the largest change of every tensor by one step of SGD on mean(output · cotangent)."""
    module.eval()
    with torch.no_grad():
        predicted = last(module(x)).flatten()[::every]
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    module.train()
    y = last(module(x))
    loss = (y * uniform("cotangent", tuple(y.shape))).mean()
    loss.backward()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            rate = next((rate for part, rate in slow if part in name), 1.0)
            parameter -= learning_rate * rate * parameter.grad
    changes = {}
    for name, tensor in module.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        change = (tensor - before[name]).flatten()
        index = int(change.abs().argmax())
        changes[name] = [index, float(f"{tensor.flatten()[index]:.8g}"), float(f"{change[index]:.4g}")]
    return dict(learningRate=learning_rate, every=every, predicted=entry(predicted), loss=float(loss), changes=changes)


def write(script, **content):
    path = pathlib.Path(script).with_suffix(".json")
    command = f"/usr/bin/python3 packages/unet/test/goldens/{pathlib.Path(script).name}"
    path.write_text(json.dumps(dict(command=command, torch=torch.__version__, **content), separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)
