"""Golden of the optimiser with weight decay: python3 packages/training/test/goldens/adamW.py (torch of Debian 12).

Two 1 x 1 convolutions, three channels to four to two, mean squared error, one AdamW step a batch: with decay of everything, of the
kernels alone, and of nothing.
"""
import json
import pathlib

import numpy as np
import torch

rng = np.random.default_rng(12)
steps, shape = 10, (2, 3, 5, 3)
images = np.round(rng.normal(size=(steps, *shape)), 2)
targets = np.round(rng.uniform(size=(steps, *shape[:3], 2)), 2)
weights = [np.round(rng.normal(size=s), 3) for s in [(3, 4), (4,), (4, 2), (2,)]]
options = {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}
cases = []
for decay, decays in [(0.7, "all"), (0.7, "kernels"), (0, "all")]:
    w1, b1, w2, b2 = parameters = [torch.tensor(w, requires_grad=True) for w in weights]
    groups = [
        {"params": [w1, w2], "weight_decay": decay},
        {"params": [b1, b2], "weight_decay": decay if decays == "all" else 0},
    ]
    adam = torch.optim.AdamW(groups, lr=options["learningRate"], betas=(options["beta1"], options["beta2"]), eps=options["epsilon"])
    after = []
    for x, t in zip(torch.tensor(images), torch.tensor(targets)):
        adam.zero_grad()
        (((x @ w1 + b1) @ w2 + b2 - t) ** 2).mean().backward()
        adam.step()
        after.append([np.round(p.detach().numpy().ravel(), 9).tolist() for p in parameters])
    cases.append({"options": {**options, "weightDecay": decay, "decays": decays}, "after": after})

golden = {
    "made": {"command": "python3 packages/training/test/goldens/adamW.py", "seed": 12, "torch": torch.__version__, "numpy": np.__version__},
    "shape": list(shape),
    "images": images.reshape(steps, -1).tolist(),
    "targets": targets.reshape(steps, -1).tolist(),
    "weights": [w.ravel().tolist() for w in weights],
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
