"""The networks of the bench in PyTorch, with the names of weights that `exportWeights` gives ours."""

import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

sys.path.append(str(Path(__file__).parents[2] / "unet" / "test" / "goldens"))


class Block(nn.Sequential):
    def __init__(self, name, channels, filters):
        super().__init__()
        for k, width in ((1, channels), (2, filters)):
            self.add_module(f"{name}conv{k}", nn.Conv2d(width, filters, 3, padding=1, bias=False))
            self.add_module(f"{name}norm{k}", nn.BatchNorm2d(filters))
            self.add_module(f"{name}relu{k}", nn.ReLU(inplace=True))


class Unet(nn.Module):
    """Buda's U-Net without its sigmoid."""

    def __init__(self, base):
        super().__init__()
        width = 3
        for level in range(1, 5):
            filters = base * 2 ** (level - 1)
            setattr(self, f"encoder{level}", Block(f"enc{level}", width, filters))
            width = filters
        self.bottleneck = Block("bottleneck", width, base * 16)
        for level in range(4, 0, -1):
            filters = base * 2 ** (level - 1)
            setattr(self, f"upconv{level}", nn.ConvTranspose2d(2 * filters, filters, 2, stride=2))
            setattr(self, f"decoder{level}", Block(f"dec{level}", 2 * filters, filters))
        self.conv = nn.Conv2d(base, 1, 1)

    def forward(self, x):
        skips = []
        for level in range(1, 5):
            x = getattr(self, f"encoder{level}")(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottleneck(x)
        for level in range(4, 0, -1):
            x = torch.cat([getattr(self, f"upconv{level}")(x), skips[level - 1]], 1)
            x = getattr(self, f"decoder{level}")(x)
        return self.conv(x)


def make_network(name, base):
    if name == "unet":
        return Unet(base)
    # Built on torchvision's deform_conv2d; it has no transposed one, which is its gradient in x there.
    from deformableUnet import Net

    every = name == "deformableUnet"
    decoder, pooling = ("deformable", "deformable") if every else ("transpose", "max")
    return Net(3, 1, 4, base, range(1, 6), decoder, pooling, True, "batch", None)


def split_branches(weights):
    """mmcv's layers make offsets and masks by one convolution, the networks here by two, and masks are 2 sigmoid(.) here and sigmoid there."""
    result = dict(weights)
    for name, value in weights.items():
        layer, _, field = name.partition(".conv_offset.")
        if field == "":
            continue
        del result[name]
        # Pooling has no mask.
        offsets = value.shape[0] if layer.startswith("pool") else value.shape[0] * 2 // 3
        result[f"{layer}.offset.{field}"] = value[:offsets]
        if offsets < value.shape[0]:
            result[f"{layer}.mask.{field}"] = value[offsets:]
            result[f"{layer}.weight"] = weights[f"{layer}.weight"] / 2
    return result
