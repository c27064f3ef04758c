"""The step by which backends are compared, in float64: /usr/bin/python3 packages/training/test/goldens/trainingProbe.py (torch of Debian 12).

Its three numbers stand in src/backend/trainingProbe.ts.
"""
import json
import math
import pathlib

import torch
from torch.nn.functional import conv2d, max_pool2d


def wave(shape, scale):
    values = [scale * math.sin(i * i * 0.37 + i) for i in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


picture = wave([1, 20, 16, 8], 1).permute(0, 3, 1, 2)
first, second = [wave(shape, scale).requires_grad_() for shape, scale in (([3, 3, 8, 16], 0.3), ([3, 3, 16, 16], 0.2))]
hidden = conv2d(picture, first.permute(3, 2, 0, 1), padding=1).relu()
loss = conv2d(max_pool2d(hidden, 2), second.permute(3, 2, 0, 1), padding=1).square().mean()
loss.backward()
golden = {
    "made": {"command": "python3 packages/training/test/goldens/trainingProbe.py", "torch": torch.__version__},
    "loss": loss.item(),
    "first": first.grad.square().sum().item(),
    "second": second.grad.square().sum().item(),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
