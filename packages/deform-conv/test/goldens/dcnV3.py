"""Goldens of dcnV3, dcnV4 and fromDcnV3: /usr/bin/python3 packages/deform-conv/test/goldens/dcnV3.py (torch in float64, autograd).

The published formula as InternImage's plain core has it, with grid_sample on an image padded with zeros, but in float64 and with each axis
padded by its own length (the core swaps the two). grid_sample's zero padding is that of the operation. Offsets are odd multiples of
1/64 and the scales powers of two, so no sample lies on a pixel. `packed` is offset and mask as DCNv4's own test packs them.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

generator = torch.Generator().manual_seed(37)

CASES = [
    dict(name="groups, strides, dilations, padding of another length on each side", batch=2, size=(6, 4), groups=3, perGroup=2,
         kernel=(3, 2), strides=(3, 2), dilations=(1, 2), padding=((1, 2), (0, 3)), scale=1.0, remove=False, spread=1.0),
    dict(name="one row of points, a scale that stretches the window", batch=1, size=(2, 6), groups=1, perGroup=3, kernel=(1, 4),
         strides=(1, 2), dilations=(1, 1), padding=((0, 0), (1, 1)), scale=2.0, remove=False, spread=0.5),
    dict(name="removed centre, scale, dilations", batch=1, size=(5, 4), groups=2, perGroup=1, kernel=(3, 5), strides=(3, 2),
         dilations=(2, 1), padding=((2, 2), (1, 1)), scale=0.5, remove=True, spread=2.0),
]


def values(*shape):
    return torch.round(torch.randn(shape, dtype=torch.float64, generator=generator) * 16) / 16


def core(x, offset, mask, kernel, strides, dilations, padding, scale, remove, groups):
    (top, bottom), (left, right) = padding
    padded = F.pad(x, (0, 0, left, right, top, bottom))
    batch, height, width, channels = padded.shape
    out = offset.shape[1:3]
    half = [dilations[a] * (kernel[a] - 1) // 2 for a in (0, 1)]
    centre_y = half[0] + 0.5 + torch.arange(out[0], dtype=torch.float64) * strides[0]
    centre_x = half[1] + 0.5 + torch.arange(out[1], dtype=torch.float64) * strides[1]
    points = [(a * dilations[1] - half[1], b * dilations[0] - half[0]) for a in range(kernel[1]) for b in range(kernel[0])
              if not (remove and a == kernel[1] // 2 and b == kernel[0] // 2)]
    count = len(points)
    reference = torch.stack((centre_x[None, :].expand(*out), centre_y[:, None].expand(*out)), -1).reshape(1, *out, 1, 1, 2)
    grid = torch.tensor(points, dtype=torch.float64).reshape(1, 1, 1, 1, count, 2)
    place = reference + (grid + offset.reshape(batch, *out, groups, count, 2)) * scale
    normalised = 2 * place / torch.tensor([width, height], dtype=torch.float64) - 1
    images = padded.permute(0, 3, 1, 2).reshape(batch * groups, channels // groups, height, width)
    turned = normalised.permute(0, 3, 1, 2, 4, 5).reshape(batch * groups, out[0] * out[1], count, 2)
    samples = F.grid_sample(images, turned, mode="bilinear", padding_mode="zeros", align_corners=False)
    factors = mask.reshape(batch, out[0] * out[1], groups, count).transpose(1, 2).reshape(batch * groups, 1, out[0] * out[1], count)
    return (samples * factors).sum(-1).reshape(batch, channels, *out).permute(0, 2, 3, 1)


def pack(offset, mask, groups):
    count = mask.shape[-1] // groups
    joined = torch.cat((offset.unflatten(-1, (groups, 2 * count)), mask.unflatten(-1, (groups, count))), -1).flatten(-2)
    return F.pad(joined, (0, math.ceil(joined.shape[-1] / 8) * 8 - joined.shape[-1]))


def entry(tensor):
    return dict(shape=list(tensor.shape), values=[round(v, 6) + 0.0 for v in tensor.detach().reshape(-1).tolist()])


def run(name, batch, size, groups, perGroup, kernel, strides, dilations, padding, scale, remove, spread):
    out = [(size[a] + sum(padding[a]) - dilations[a] * (kernel[a] - 1) - 1) // strides[a] + 1 for a in (0, 1)]
    points = kernel[0] * kernel[1] - remove
    offset = torch.randn((batch, *out, groups * points * 2), dtype=torch.float64, generator=generator) * spread
    offset[..., 0::2] += 0.3
    offset[..., 1::2] -= 0.2
    offset = (torch.floor(offset * 32) * 2 + 1) / 64
    tensors = dict(x=values(batch, *size, groups * perGroup), offset=offset, mask=values(batch, *out, groups * points))
    for tensor in tensors.values():
        tensor.requires_grad_()
    result = core(**tensors, kernel=kernel, strides=strides, dilations=dilations, padding=padding, scale=scale, remove=remove,
                  groups=groups)
    dy = values(*result.shape)
    result.backward(dy)
    gradients = {key: tensor.grad for key, tensor in tensors.items()}
    return dict(
        name=name,
        options=dict(kernelSize=kernel, strides=strides, padding=padding, dilations=dilations, groups=groups, offsetScale=scale,
                     removeCenter=remove),
        inputs={key: entry(tensor) for key, tensor in tensors.items()},
        packed=entry(pack(tensors["offset"], tensors["mask"], groups)),
        dy=entry(dy),
        value=entry(result),
        gradients={key: entry(tensor) for key, tensor in gradients.items()},
        packedGradient=entry(pack(gradients["offset"], gradients["mask"], groups)),
    )


if __name__ == "__main__":
    golden = dict(
        command="/usr/bin/python3 packages/deform-conv/test/goldens/dcnV3.py",
        seed=37,
        versions=dict(torch=torch.__version__),
        cases=[run(**case) for case in CASES],
    )
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
