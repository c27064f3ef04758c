"""Goldens of the transformer layers: /usr/bin/python3 packages/unet/test/goldens/transformerEncoder.py (torch 1.13 in float64).

torch's own nn.TransformerEncoderLayer (post-norm, ReLU) without dropout, on (batch, rows, columns, features): as sequences of
positions (batch_first) and, as TransResUNet was published, as sequences along the batch. Gradients of Σ cotangent · output.
"""
import json
import pathlib

import torch
from torch import nn

generator = torch.Generator().manual_seed(21)

CASES = [
    dict(sequence="positions", batch=2, places=(3, 4), features=6, heads=3, feedForward=5),
    dict(sequence="batch", batch=3, places=(2,), features=8, heads=2, feedForward=7),
]


def values(*shape, scale=1.0):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 64 * scale) / 64


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()])


def run(sequence, batch, places, features, heads, feedForward):
    layer = nn.TransformerEncoderLayer(features, heads, feedForward, dropout=0.0, batch_first=sequence == "positions").double()
    for parameter in layer.parameters():
        parameter.data = values(*parameter.shape, scale=0.6)
    x = values(batch, *places, features).requires_grad_()
    rows = x.reshape(batch, -1, features)
    attended = layer.self_attn(rows, rows, rows, need_weights=False)[0].reshape(x.shape)
    y = layer(rows).reshape(x.shape)
    cotangent = values(*y.shape)
    (y * cotangent).sum().backward()
    turned = lambda tensor: tensor.T if tensor.ndim == 2 else tensor
    return dict(
        sequence=sequence, heads=heads, feedForward=feedForward, x=entry(x), attended=entry(attended), y=entry(y),
        cotangent=entry(cotangent), xGradient=entry(x.grad),
        weights={key: entry(turned(parameter)) for key, parameter in layer.named_parameters()},
        gradients={key: entry(turned(parameter.grad)) for key, parameter in layer.named_parameters()},
    )


golden = dict(command="/usr/bin/python3 packages/unet/test/goldens/transformerEncoder.py", torch=torch.__version__, seed=21,
              cases=[run(**case) for case in CASES])
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
