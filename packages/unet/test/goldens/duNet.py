"""Goldens of duNet: /usr/bin/python3 packages/unet/test/goldens/duNet.py (torch in float64).

Jin et al. 2019 as it was published, written anew from the description of its layers: `published` with the slips of its deformable
convolution (window shifted by one, edges counted twice), `centred` with windows in their places and edges counted once.
"""
import torch
from torch import nn

from steadyStep import steady_step
from torchRule import fill, image, write


class Deform(nn.Module):
    def __init__(self, inputs, outputs, published, modulated):
        super().__init__()
        self.published = published
        self.conv = nn.Conv2d(inputs, outputs, 3, bias=False)
        self.p_conv = nn.Conv2d(inputs, 18, 3, padding=1)
        self.m_conv = nn.Conv2d(inputs, 9, 3, padding=1) if modulated else None

    def forward(self, x):
        batch, _, rows, columns = x.shape
        offset = self.p_conv(x)
        axes = []
        for axis, n in ((0, rows), (1, columns)):
            grid = torch.arange(n, dtype=x.dtype) + (1 if self.published else 0)
            grid = grid[:, None] if axis == 0 else grid[None, :]
            tap = torch.tensor([[k // 3, k % 3][axis] - 1 for k in range(9)], dtype=x.dtype)
            place = grid + tap[:, None, None] + offset[:, 9 * axis : 9 * axis + 9]
            floor = place.detach().floor()
            low, high = floor.clamp(0, n - 1), (floor + 1).clamp(0, n - 1)
            place = place.clamp(0, n - 1)
            weights = [1 + (low - place), 1 - (high - place)]
            if not self.published:  # one pixel on an edge, not two
                weights[1] = weights[1] * (high > low)
            axes.append(list(zip((low.long(), high.long()), weights)))
        sample = torch.arange(batch)[:, None, None, None]
        seen = 0
        for row, row_weight in axes[0]:
            for column, column_weight in axes[1]:
                pixels = x.permute(0, 2, 3, 1)[sample, row, column]  # (batch, 9, rows, columns, channels)
                seen = seen + (row_weight * column_weight)[..., None] * pixels
        if self.m_conv is not None:
            seen = seen * torch.sigmoid(self.m_conv(x))[..., None]
        return torch.einsum("nkhwc,ock->nohw", seen, self.conv.weight.flatten(2))


class Net(nn.Module):
    def __init__(self, channels, classes, f, published, modulated):
        super().__init__()
        deform = lambda i, o: Deform(i, o, published, modulated)
        plain = lambda i, o: nn.Conv2d(i, o, 3, padding=1)

        def block(i, o, conv):
            return nn.Sequential(conv(i, o), nn.BatchNorm2d(o), nn.ReLU(), conv(o, o), nn.BatchNorm2d(o), nn.ReLU())

        def within(name, module):
            outer = nn.Module()
            outer.add_module(name, module)
            return outer

        down = lambda i, o, conv: within("mpconv", nn.Sequential(nn.MaxPool2d(2), within("conv", block(i, o, conv))))
        nested = lambda i, o, conv: within("conv", within("conv", block(i, o, conv)))
        self.inc = nested(channels, f, plain)
        self.down1, self.down2 = down(f, 2 * f, deform), down(2 * f, 4 * f, deform)
        self.down3, self.down4 = down(4 * f, 8 * f, plain), down(8 * f, 8 * f, plain)
        self.up1, self.up2 = nested(16 * f, 4 * f, plain), nested(8 * f, 2 * f, plain)
        self.up3, self.up4 = nested(4 * f, f, deform), nested(2 * f, f, deform)
        self.outc = nn.Conv2d(f + channels, classes, 1)

    def forward(self, image):
        skips = [self.inc.conv.conv(image)]
        for down in (self.down1, self.down2, self.down3, self.down4):
            skips.append(down.mpconv[1].conv(down.mpconv[0](skips[-1])))
        x = skips.pop()
        for up in (self.up1, self.up2, self.up3, self.up4):
            skip = skips.pop()
            x = nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
            rows, columns = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
            x = nn.functional.pad(x, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2])
            x = up.conv.conv(torch.cat([skip, x], 1))
        x = self.outc(torch.cat([image, x], 1))
        return torch.sigmoid(x) if self.published else x

    published = False


published = Net(1, 1, 2, True, True)
published.published = True
centred = Net(3, 1, 2, False, False)
write(
    __file__,
    published=steady_step(fill(published), image("published", 2, 33, 32, 1), 1.0, every=3),
    centred=steady_step(fill(centred), image("centred5", 1, 32, 37, 3), 0.25, every=3),
)
