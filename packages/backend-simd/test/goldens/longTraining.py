"""Golden of a long training: python3 packages/backend-simd/test/goldens/longTraining.py (torch of Debian 12; a few minutes).

A U-Net of two levels, 2,000 steps of SGD with momentum and of Adam, in float32 and, as the arbiter, in float64. Images, masks and
initial weights follow from formulas that the test writes out too. The learning rates are so small that rounding is not blown up: the
distance between torch's own two curves is stored beside them.
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn.functional import batch_norm, binary_cross_entropy_with_logits, conv2d, conv_transpose2d, max_pool2d

torch.set_num_threads(1)
count, batch, rows, columns, channels = 12, 4, 16, 24, 2
filters, steps, every, first = 8, 2000, 50, 10
optimizers = {
    "momentum": {"learningRate": 0.001, "momentum": 0.9},
    "adam": {"learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7},
}
# Kernels as tfjs has them: (rows, columns, in, out), of the transposed convolution (rows, columns, out, in).
kernels = {
    "encoder_conv1": (3, 3, channels, filters),
    "encoder_conv2": (3, 3, filters, filters),
    "bottleneck_conv1": (3, 3, filters, 2 * filters),
    "bottleneck_conv2": (3, 3, 2 * filters, 2 * filters),
    "upconv": (2, 2, filters, 2 * filters),
    "decoder_conv1": (3, 3, 2 * filters, filters),
    "decoder_conv2": (3, 3, filters, filters),
    "head": (1, 1, filters, 1),
}


def samples():
    """Stripes, and an ellipse that is brighter in one channel and darker in the other; the mask is the ellipse."""
    images = np.zeros((count, rows, columns, channels), np.float32)
    masks = np.zeros((count, rows, columns, 1), np.float32)
    for n in range(count):
        middle_row, middle_column, size = 4 + (5 * n) % 9, 5 + (7 * n) % 14, 12 + (11 * n) % 17
        for r in range(rows):
            for c in range(columns):
                inside = 2 * (r - middle_row) ** 2 + (c - middle_column) ** 2 <= size
                masks[n, r, c, 0] = inside
                for k in range(channels):
                    stripes = math.sin(0.9 * r + 0.4 * (n + 1) * c + 2.1 * k) + 0.8 * math.sin(1.3 * (r + 1) * (c + 2) + n + 3 * k)
                    images[n, r, c, k] = stripes + (0.8 - 1.4 * k) * inside
    return images, masks


def kernel(layer, shape):
    """He's variance, from a sine of squares."""
    length = math.prod(shape)
    incoming = length // (shape[2] if layer == "upconv" else shape[3])
    number = list(kernels).index(layer)
    values = [2 / math.sqrt(incoming) * math.sin(0.73 * i * i + 1.9 * i + number) for i in range(length)]
    return np.array(values, np.float32).reshape(shape)


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        # torch has (out, in, rows, columns), and (in, out, rows, columns) for transposed convolutions.
        self.kernels = nn.ParameterDict({k: nn.Parameter(torch.tensor(kernel(k, s).transpose(3, 2, 0, 1))) for k, s in kernels.items()})
        names = [k for k in kernels if "conv" in k and k != "upconv"]
        self.gamma = nn.ParameterDict({k: nn.Parameter(torch.ones(kernels[k][3])) for k in names})
        self.beta = nn.ParameterDict({k: nn.Parameter(torch.zeros(kernels[k][3])) for k in names})
        self.up_bias = nn.Parameter(torch.zeros(filters))
        self.head_bias = nn.Parameter(torch.zeros(1))

    def block(self, x, layer):
        for name in (f"{layer}_conv1", f"{layer}_conv2"):
            x = conv2d(x, self.kernels[name], padding=1)
            x = batch_norm(x, None, None, self.gamma[name], self.beta[name], training=True, eps=1e-5).relu()
        return x

    def forward(self, x):
        skip = self.block(x, "encoder")
        x = self.block(max_pool2d(skip, 2), "bottleneck")
        x = conv_transpose2d(x, self.kernels["upconv"], self.up_bias, stride=2)
        x = self.block(torch.cat([x, skip], 1), "decoder")
        return conv2d(x, self.kernels["head"], self.head_bias)


def train(name, dtype):
    """@returns the losses of all steps, each before its update"""
    options = optimizers[name]
    images, masks = (torch.tensor(a.transpose(0, 3, 1, 2)).to(dtype) for a in samples())
    model = Unet().to(dtype)
    if name == "momentum":
        optimizer = torch.optim.SGD(model.parameters(), lr=options["learningRate"], momentum=options["momentum"])
    else:
        betas = (options["beta1"], options["beta2"])
        optimizer = torch.optim.Adam(model.parameters(), lr=options["learningRate"], betas=betas, eps=options["epsilon"])
    losses = []
    for step in range(steps):
        chosen = [(step * batch + k) % count for k in range(batch)]
        optimizer.zero_grad()
        loss = binary_cross_entropy_with_logits(model(images[chosen]), masks[chosen])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    golden = {
        "made": {"command": "python3 packages/backend-simd/test/goldens/longTraining.py", "torch": torch.__version__, "numpy": np.__version__},
        "count": count, "batch": batch, "rows": rows, "columns": columns, "channels": channels,
        "filters": filters, "steps": steps, "every": every, "first": first,
    }
    for name, options in optimizers.items():
        single, double = train(name, torch.float32), train(name, torch.float64)
        distance = [abs(a - b) for a, b in zip(single, double)]
        # The losses of the first steps, of every 50th, and of the last.
        kept = [*range(first), *range(every, steps, every), steps - 1]
        golden[name] = {
            "options": options,
            "at": kept,
            "float32": [single[k] for k in kept],
            "float64": [double[k] for k in kept],
            "largestDistance": {"first": max(distance[:first]), "all": max(distance), "last": distance[-1]},
        }
        print(name, golden[name]["largestDistance"], double[0], double[-1], file=sys.stderr)
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)
