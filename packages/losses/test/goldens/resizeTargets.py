"""Goldens of resizeTargets: /usr/bin/python3 packages/losses/test/goldens/resizeTargets.py (torch's own "nearest-exact")."""
import json
import pathlib

import torch

generator = torch.Generator().manual_seed(3)
cases = []
for shape, size in [
    ((2, 7, 5, 2), (3, 4)),
    ((1, 3, 4, 3), (7, 9)),
    ((2, 4, 6, 5, 1), (2, 3, 7)),
    ((2, 11, 2), (4,)),
]:
    values = torch.randint(0, 9, shape, generator=generator)
    resized = torch.nn.functional.interpolate(values.movedim(-1, 1).float(), size=size, mode="nearest-exact").movedim(1, -1)
    cases.append({"shape": shape, "size": size, "values": values.ravel().tolist(), "resized": resized.ravel().int().tolist()})
golden = {
    "made": {"command": "/usr/bin/python3 packages/losses/test/goldens/resizeTargets.py", "seed": 3, "torch": torch.__version__},
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
