"""Goldens of deformableUnet: /usr/bin/python3 packages/unet/test/goldens/deformableUnet.py (torch, torchvision in float64).

The network of its docstring with torchvision's deform_conv2d. Transposed deformable convolution is the gradient of deform_conv2d in x;
deformable pooling is deform_conv2d of each channel with weights ¼, or with learnt ones, a softmax over the four taps.
"""
from collections import OrderedDict

import torch
from torch import nn
from torchvision.ops import deform_conv2d

from steadyStep import steady_step
from torchRule import fill, image, write


class Branch(nn.Module):
    def __init__(self, channels, kernel, stride, modulated, limit):
        super().__init__()
        taps = kernel * kernel
        self.kernel, self.stride, self.limit = kernel, stride, limit
        self.offset = nn.Conv2d(channels, 2 * taps, kernel)
        self.mask = nn.Conv2d(channels, taps, kernel) if modulated else None

    def forward(self, x):
        before = (self.kernel - 1) // 2 if self.stride == 1 else 0
        after = self.kernel - 1 - before if self.stride == 1 else 0  # an even kernel pads behind, as tfjs's "same"
        padded = nn.functional.pad(x, (before, after, before, after))
        convolve = lambda conv: nn.functional.conv2d(padded, conv.weight, conv.bias, self.stride)
        offset = convolve(self.offset)
        if self.limit:
            offset = self.limit * torch.tanh(offset / self.limit)
        return offset, None if self.mask is None else 2 * torch.sigmoid(convolve(self.mask))


class DeformConv(Branch):
    def __init__(self, inputs, outputs, modulated, bias, limit):
        super().__init__(inputs, 3, 1, modulated, limit)
        self.weight = nn.Parameter(torch.zeros(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def forward(self, x):
        offset, mask = super().forward(x)
        return deform_conv2d(x, offset, self.weight, self.bias, padding=1, mask=mask)


class Adjoint(torch.autograd.Function):
    """The gradient of deform_conv2d in x, of stride 2, and its own gradients: those of Σ u · deform_conv2d(v)."""

    @staticmethod
    def forward(ctx, u, weight, offset, mask, size):
        ctx.save_for_backward(u, weight, offset, mask)
        with torch.enable_grad():
            x = torch.zeros(u.shape[0], weight.shape[1], *size, dtype=u.dtype, requires_grad=True)
            return torch.autograd.grad(deform_conv2d(x, offset, weight, stride=2, mask=mask), x, u)[0]

    @staticmethod
    def backward(ctx, v):
        u, weight, offset, mask = ctx.saved_tensors
        with torch.enable_grad():
            parts = [t.detach().requires_grad_() for t in (weight, offset) + (() if mask is None else (mask,))]
            y = deform_conv2d(v, parts[1], parts[0], stride=2, mask=None if mask is None else parts[2])
            grads = torch.autograd.grad(y, parts, u)
        return (y.detach(), *grads, *([None] if mask is None else []), None)


class DeformTranspose(Branch):
    def __init__(self, inputs, outputs, modulated, limit):
        super().__init__(inputs, 2, 1, modulated, limit)
        self.weight = nn.Parameter(torch.zeros(inputs, outputs, 2, 2))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, u):
        offset, mask = super().forward(u)
        y = Adjoint.apply(u, self.weight, offset, mask, (2 * u.shape[2], 2 * u.shape[3]))
        return y + self.bias[:, None, None]


class DeformPool(Branch):
    def __init__(self, channels, limit, weighted):
        super().__init__(channels, 2, 2, False, limit)
        self.pool_logits = nn.Parameter(torch.zeros(channels, 1, 2, 2)) if weighted else None

    def forward(self, x):
        offset, _ = super().forward(x)
        weight = torch.full((x.shape[1], 1, 2, 2), 0.25, dtype=x.dtype)
        if self.pool_logits is not None:
            weight = torch.softmax(self.pool_logits.flatten(1), 1).reshape(weight.shape)
        return deform_conv2d(x, offset, weight, stride=2)


class Net(nn.Module):
    def __init__(self, channels, classes, depth, filters, levels, decoder, pooling, modulated, norm, limit):
        super().__init__()
        self.depth, self.norm = depth, norm
        bias = norm == "none"

        def block(inputs, outputs, deformable):
            parts = {}
            for k, n in ((1, inputs), (2, outputs)):
                conv = DeformConv(n, outputs, modulated, bias, limit) if deformable else nn.Conv2d(n, outputs, 3, padding=1, bias=bias)
                parts[f"conv{k}"] = conv
                if norm == "batch":
                    parts[f"norm{k}"] = nn.BatchNorm2d(outputs)
                parts[f"relu{k}"] = nn.ReLU()
            return nn.Sequential(OrderedDict(parts))

        n = channels
        for level in range(1, depth + 1):
            f = filters * 2 ** (level - 1)
            self.add_module(f"encoder{level}", block(n, f, level in levels))
            plain = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}.get(pooling)
            pool = plain(2) if plain else DeformPool(f, limit, pooling == "deformableWeighted")
            self.add_module(f"pool{level}", pool)
            n = f
        self.bottleneck = block(n, 2 * n, depth + 1 in levels)
        for level in range(depth, 0, -1):
            f = filters * 2 ** (level - 1)
            up = DeformTranspose(2 * f, f, modulated, limit) if decoder == "deformable" else nn.ConvTranspose2d(2 * f, f, 2, 2)
            self.add_module(f"upconv{level}", up)
            self.add_module(f"decoder{level}", block(2 * f, f, False))
        self.head = nn.Conv2d(filters, classes, 1)

    def forward(self, x):
        skips = []
        for level in range(1, self.depth + 1):
            x = getattr(self, f"encoder{level}")(x)
            skips.append(x)
            x = getattr(self, f"pool{level}")(x)
        x = self.bottleneck(x)
        for level in range(self.depth, 0, -1):
            x = torch.cat([getattr(self, f"upconv{level}")(x), skips.pop()], 1)
            x = getattr(self, f"decoder{level}")(x)
        return self.head(x)


if __name__ == "__main__":
    # Offsets large enough to matter, not so large that all lies outside.
    SCALES = [(".offset.", 0.5)]
    deformable = Net(3, 2, 2, 4, (1, 2, 3), "deformable", "deformable", True, "batch", None)
    mixed = Net(2, 1, 2, 3, (2,), "transpose", "max", False, "none", 0.5)
    weighted = Net(2, 1, 2, 3, (3,), "transpose", "deformableWeighted", False, "batch", None)
    write(
        __file__,
        deformable=steady_step(fill(deformable, SCALES), image("deformable", 2, 12, 8, 3), 1.0, [(".offset.", 0.1), (".mask.", 0.1)]),
        mixed=steady_step(fill(mixed, SCALES), image("mixed", 2, 8, 12, 2), 1.0, [(".offset.", 0.25)]),
        weighted=steady_step(fill(weighted, SCALES), image("weighted", 2, 8, 12, 2), 1.0, [(".offset.", 0.1)]),
    )
