"""Names and shapes of torchvision's state dicts: /usr/bin/python3 packages/backbones/test/goldens/weightsTorchvision.py.

Of each network the number of tensors, and the SHA-256 of its sorted names and of its sorted lines "name shape".
"""
import hashlib
import json
import pathlib

import torch
import torchvision
from torchvision import models


def digest(lines):
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def entry(name, **options):
    state = getattr(models, name)(num_classes=10, **options).state_dict()
    lines = [f"{key} {','.join(map(str, value.shape))}" for key, value in state.items()]
    return dict(name=name, tensors=len(state), names=digest(state), shapes=digest(lines))


golden = dict(
    command="/usr/bin/python3 packages/backbones/test/goldens/weightsTorchvision.py",
    versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
    models=[
        *(entry(name) for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnext50_32x4d")),
        *(entry(name, aux_logits=True, init_weights=False) for name in ("inception_v3", "googlenet")),
    ],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
