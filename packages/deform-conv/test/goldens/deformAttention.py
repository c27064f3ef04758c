"""Goldens of deformAttention: /usr/bin/python3 packages/deform-conv/test/goldens/deformAttention.py

`core` is the published program (Deformable-DETR, ms_deform_attn_func.py, `ms_deform_attn_core_pytorch`), which samples by torch's
grid_sample; run in float64, gradients by autograd. Locations are rounded to float32 first, so both sides sample the same places.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

generator = torch.Generator().manual_seed(53)


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


def values(*shape):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 16) / 16


def places(size, shape, quantised):
    """Coordinates in pixels along an axis: odd multiples of 1/32 in and around it, or multiples of ½ from -1½ to its size."""
    if quantised:
        return torch.randint(-3, 2 * size + 1, shape, generator=generator).double() / 2
    return (torch.randint(-32, 16 * size + 16, shape, generator=generator).double() * 2 + 1) / 32


def locations(batch, queries, heads, shapes, points, quantised):
    levels = [torch.stack([(places(size, (batch, queries, heads, points), quantised) + 0.5) / size for size in (w, h)], -1)
              for h, w in shapes]
    return torch.stack(levels, 3).float().double()


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[round(v, 7) + 0.0 for v in tensor.detach().flatten().tolist()])


def run(name, batch, heads, channels, queries, points, shapes, quantised=False):
    tensors = dict(
        value=values(batch, sum(h * w for h, w in shapes), heads, channels),
        locations=locations(batch, queries, heads, shapes, points, quantised),
        weights=values(batch, queries, heads, len(shapes), points),
    )
    for tensor in tensors.values():
        tensor.requires_grad_()
    result = core(tensors["value"], shapes, tensors["locations"], tensors["weights"])
    dy = values(*result.shape)
    result.backward(dy)
    inputs = {key: entry(tensor) for key, tensor in tensors.items()}
    # Nine digits are a float32.
    inputs["locations"]["values"] = [float(f"{v:.9g}") for v in tensors["locations"].detach().flatten().tolist()]
    return dict(name=name, shapes=shapes, inputs=inputs, dy=entry(dy), value=entry(result),
                gradients={key: entry(tensor.grad) for key, tensor in tensors.items()})


golden = dict(
    command="/usr/bin/python3 packages/deform-conv/test/goldens/deformAttention.py",
    seed=53,
    versions=dict(torch=torch.__version__),
    cases=[
        run("three levels, two heads", 2, 2, 3, 5, 4, [(4, 6), (3, 2), (1, 5)]),
        run("one level, one head, one point: grid_sample", 1, 1, 5, 7, 1, [(5, 3)]),
        # Sizes that are powers of two: the places are exact, on pixels' centres and on borders.
        run("borders", 2, 3, 2, 8, 2, [(2, 4), (8, 1)], quantised=True),
    ],
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
