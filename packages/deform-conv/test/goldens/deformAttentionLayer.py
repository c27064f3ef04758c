"""Goldens of the layer DeformAttention: /usr/bin/python3 packages/deform-conv/test/goldens/deformAttentionLayer.py

The published module (Deformable-DETR, `MSDeformAttn`) in plain torch, float64: its initial offsets, and the gradients of every input and
weight by autograd, for reference points and for boxes, with and without padding. Linear layers keep torch's layout, (outputs, channels).
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

generator = torch.Generator().manual_seed(59)
SHAPES, HEADS, POINTS, CHANNELS, VALUE_CHANNELS, BATCH, QUERIES = [(3, 5), (2, 2)], 2, 3, 4, 7, 2, 3
LEVELS, PIXELS = len(SHAPES), sum(h * w for h, w in SHAPES)


def core(value, shapes, locations, weights):
    batch, _, heads, channels = value.shape
    _, queries, _, levels, points, _ = locations.shape
    parts = value.split([h * w for h, w in shapes], dim=1)
    grids = 2 * locations - 1
    sampled = []
    for level, (h, w) in enumerate(shapes):
        image = parts[level].flatten(2).transpose(1, 2).reshape(batch * heads, channels, h, w)
        grid = grids[:, :, :, level].transpose(1, 2).flatten(0, 1)
        sampled.append(F.grid_sample(image, grid, mode="bilinear", padding_mode="zeros", align_corners=False))
    weights = weights.transpose(1, 2).reshape(batch * heads, 1, queries, levels * points)
    result = (torch.stack(sampled, dim=-2).flatten(-2) * weights).sum(-1)
    return result.view(batch, heads * channels, queries).transpose(1, 2).contiguous()


def initial_offsets(heads, levels, points):
    thetas = torch.arange(heads, dtype=torch.float64) * (2.0 * math.pi / heads)
    grid = torch.stack([thetas.cos(), thetas.sin()], -1)
    grid = (grid / grid.abs().max(-1, keepdim=True)[0]).view(heads, 1, 1, 2).repeat(1, levels, points, 1)
    for i in range(points):
        grid[:, :, i, :] *= i + 1
    return grid.view(-1)


def module(weights, queries, reference, features, padding):
    value = F.linear(features, weights["value.weight"], weights["value.bias"])
    if padding is not None:
        value = value.masked_fill(padding[..., None] != 0, 0.0)
    value = value.view(BATCH, PIXELS, HEADS, CHANNELS // HEADS)
    offsets = F.linear(queries, weights["offset.weight"], weights["offset.bias"]).view(BATCH, QUERIES, HEADS, LEVELS, POINTS, 2)
    attention = F.linear(queries, weights["attention.weight"], weights["attention.bias"]).view(BATCH, QUERIES, HEADS, LEVELS * POINTS)
    attention = F.softmax(attention, -1).view(BATCH, QUERIES, HEADS, LEVELS, POINTS)
    if reference.shape[-1] == 2:
        normalizer = torch.tensor([(w, h) for h, w in SHAPES], dtype=torch.float64)
        locations = reference[:, :, None, :, None, :] + offsets / normalizer[None, None, None, :, None, :]
    else:
        locations = reference[:, :, None, :, None, :2] + offsets / POINTS * reference[:, :, None, :, None, 2:] * 0.5
    return F.linear(core(value, SHAPES, locations, attention), weights["output.weight"], weights["output.bias"])


def values(*shape, scale=1.0):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 64 * scale) / 64


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[round(v, 7) + 0.0 for v in tensor.detach().flatten().tolist()])


def run(name, boxes, padded):
    samples = HEADS * LEVELS * POINTS
    weights = {
        "offset.weight": values(2 * samples, CHANNELS, scale=0.5), "offset.bias": initial_offsets(HEADS, LEVELS, POINTS) / 2,
        "attention.weight": values(samples, CHANNELS), "attention.bias": values(samples),
        "value.weight": values(CHANNELS, VALUE_CHANNELS), "value.bias": values(CHANNELS),
        "output.weight": values(CHANNELS, CHANNELS), "output.bias": values(CHANNELS),
    }
    # Places between centres of pixels, as far as random numbers in float64 go.
    inputs = dict(
        queries=values(BATCH, QUERIES, CHANNELS),
        reference=torch.rand(BATCH, QUERIES, LEVELS, 4 if boxes else 2, dtype=torch.float64, generator=generator).float().double(),
        value=values(BATCH, PIXELS, VALUE_CHANNELS),
    )
    padding = (torch.rand(BATCH, PIXELS, generator=generator) < 0.3).double() if padded else None
    for tensor in [*weights.values(), *inputs.values()]:
        tensor.requires_grad_()
    result = module(weights, *inputs.values(), padding)
    dy = values(*result.shape)
    result.backward(dy)
    return dict(
        name=name,
        inputs={**{key: entry(t) for key, t in inputs.items()}, **({"padding": entry(padding)} if padded else {})},
        weights={key: entry(t) for key, t in weights.items()},
        dy=entry(dy), value=entry(result),
        gradients={key: entry(t.grad) for key, t in {**inputs, **weights}.items()},
    )


golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/deformAttentionLayer.py",
    seed=59,
    versions=dict(torch=torch.__version__),
    options=dict(spatialShapes=SHAPES, heads=HEADS, points=POINTS),
    initialOffsets=[dict(heads=h, levels=l, points=p, bias=entry(initial_offsets(h, l, p))) for h, l, p in [(8, 2, 4), (3, 1, 2)]],
    cases=[run("reference points, padding", False, True), run("boxes", True, False)],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
