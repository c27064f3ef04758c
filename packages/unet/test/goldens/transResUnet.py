"""Goldens of transResUnet: /usr/bin/python3 packages/unet/test/goldens/transResUnet.py (torch, torchvision in float64).

The network of Tomar et al. 2022, written anew from its description with torchvision's bottleneck blocks and torch's transformer, narrower and
without dropout. "asPublished" gives (batch, channels, pixels) to a transformer that expects (sequence, batch, feature).
"""
import torch
from torch import nn
from torchvision.models.resnet import Bottleneck

from steadyStep import steady_step
from torchRule import entry, fill, image, last, write


def stage(inputs, planes, blocks, stride):
    shortcut = nn.Sequential(nn.Conv2d(inputs, 4 * planes, 1, stride, bias=False), nn.BatchNorm2d(4 * planes))
    return nn.Sequential(Bottleneck(inputs, planes, stride, shortcut), *[Bottleneck(4 * planes, planes) for _ in range(blocks - 1)])


def conv(inputs, outputs, size, dilation=1):
    padding = dilation * (size - 1) // 2
    return [nn.Conv2d(inputs, outputs, size, padding=padding, dilation=dilation), nn.BatchNorm2d(outputs), nn.ReLU()]


class Bridge(nn.Module):
    def __init__(self, inputs, outputs, features, wide, tokens):
        super().__init__()
        self.conv1 = nn.Sequential(*conv(inputs, outputs, 1))
        self.tblock = nn.TransformerEncoder(nn.TransformerEncoderLayer(features, 8, wide, 0.0, batch_first=tokens), 2)
        self.conv2 = nn.Sequential(*conv(outputs, outputs, 3))
        self.tokens = tokens

    def forward(self, x):
        x = self.conv1(x)
        flat = x.flatten(2)
        flat = self.tblock(flat.transpose(1, 2)).transpose(1, 2) if self.tokens else self.tblock(flat)
        return self.conv2(flat.reshape(x.shape))


class Dilated(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        for k, dilation in enumerate((1, 3, 6, 9)):
            self.add_module(f"c{k + 1}", nn.Sequential(*conv(inputs, outputs, 3, dilation)))
        self.c5 = nn.Sequential(*conv(4 * outputs, outputs, 1))

    def forward(self, x):
        return self.c5(torch.cat([self.c1(x), self.c2(x), self.c3(x), self.c4(x)], 1))


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Sequential(*conv(inputs, outputs, 3), *conv(outputs, outputs, 3)[:2])
        self.shortcut = nn.Sequential(*conv(inputs, outputs, 1)[:2])

    def forward(self, x):
        return torch.relu(self.conv(x) + self.shortcut(x))


class Decoder(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.r1, self.r2 = Residual(inputs, outputs), Residual(outputs, outputs)

    def forward(self, x, skip):
        x = nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return self.r2(self.r1(torch.cat([x, skip], 1)))


class Net(nn.Module):
    def __init__(self, channels, classes, f, pixels, tokens):
        super().__init__()
        self.layer0 = nn.Sequential(nn.Conv2d(channels, f, 7, 2, 3, bias=False), nn.BatchNorm2d(f), nn.ReLU())
        self.layer1 = nn.Sequential(nn.MaxPool2d(3, 2, 1), stage(f, f, 3, 1))
        self.layer2, self.layer3 = stage(4 * f, 2 * f, 4, 2), stage(8 * f, 4 * f, 6, 2)
        self.b1 = Bridge(16 * f, 4 * f, 4 * f if tokens else pixels, 32 * f, tokens)
        self.b2 = Dilated(16 * f, 4 * f)
        self.d1, self.d2 = Decoder(16 * f, 4 * f), Decoder(8 * f, 2 * f)
        self.d3, self.d4 = Decoder(3 * f, f), Decoder(f + channels, f // 2)
        self.output = nn.Conv2d(f // 2, classes, 1)

    def forward(self, s0):
        s1 = self.layer0(s0)
        s2 = self.layer1(s1)
        s3 = self.layer2(s2)
        s4 = self.layer3(s3)
        x = torch.cat([self.b1(s4), self.b2(s4)], 1)
        return self.output(self.d4(self.d3(self.d2(self.d1(x, s3), s2), s1), s0))


counted = Net(3, 1, 64, 256, False)
count = lambda module: sum(parameter.numel() for parameter in module.parameters())
parameters = {name: count(module) for name, module in counted.named_children()}
tokens = fill(Net(3, 2, 2, 6, True))
published = fill(Net(2, 1, 2, 16, False))
x = image("published2", 3, 64, 64, 2)
published.eval()
with torch.no_grad():
    alone = last(published(x[:1]))
    together = last(published(x))[:1]
write(
    __file__,
    parameters=parameters,
    total=count(counted),
    alone=entry(alone.flatten()[::47]),
    companyChanges=float((alone - together).abs().max()),
    tokens=steady_step(tokens, image("tokens2", 2, 48, 32, 3), 1.0, every=43),
    published=steady_step(published, x, 1.0, every=47),
)
