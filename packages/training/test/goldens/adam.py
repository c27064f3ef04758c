"""Golden of the optimiser: python3 packages/training/test/goldens/adam.py (torch of Debian 12).

A 1 x 1 convolution of three channels to two, mean squared error, one Adam step a batch.
"""
import json
import pathlib

import numpy as np
import torch

rng = np.random.default_rng(11)
steps, shape = 6, (2, 3, 5, 3)
images = np.round(rng.normal(size=(steps, *shape)), 3)
targets = np.round(rng.uniform(size=(steps, *shape[:3], 2)), 3)
kernel = np.round(rng.normal(size=(3, 2)), 3)
bias = np.round(rng.normal(size=2), 3)
options = {"learningRate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}

w = torch.tensor(kernel, requires_grad=True)
b = torch.tensor(bias, requires_grad=True)
adam = torch.optim.Adam([w, b], lr=options["learningRate"], betas=(options["beta1"], options["beta2"]), eps=options["epsilon"])
after = []
for x, t in zip(torch.tensor(images), torch.tensor(targets)):
    adam.zero_grad()
    ((x @ w + b - t) ** 2).mean().backward()
    adam.step()
    after.append({"kernel": w.detach().ravel().tolist(), "bias": b.detach().tolist()})

golden = {
    "made": {"command": "python3 packages/training/test/goldens/adam.py", "seed": 11, "torch": torch.__version__, "numpy": np.__version__},
    "options": options,
    "shape": list(shape),
    "images": images.reshape(steps, -1).tolist(),
    "targets": targets.reshape(steps, -1).tolist(),
    "kernel": kernel.ravel().tolist(),
    "bias": bias.tolist(),
    "after": after,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
