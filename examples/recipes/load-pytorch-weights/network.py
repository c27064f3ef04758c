"""Writes network.pt: python3 network.py (torch 1.13; any from 1.6 on would do).

A small segmentation network that was trained for a few steps, so that no weight and no running statistic is what it was at first, with one
image and its logits to compare with.
"""
import pathlib

import torch
from torch import nn


class Block(nn.Module):
    """ResNet's basic block."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + x)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 5, stride=2, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Block(8))
        self.up = nn.ConvTranspose2d(8, 6, 2, stride=2)
        self.head = nn.Conv2d(6, 2, 1)

    def forward(self, x):
        y = self.layer1(self.maxpool(self.bn1(self.conv1(x))))
        y = torch.relu(self.up(y))
        return self.head(nn.functional.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False))


torch.manual_seed(7)
network = Network()
optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
for _ in range(20):
    images = torch.randn(4, 3, 16, 24)
    loss = nn.functional.cross_entropy(network(images), (images[:, 0] > images[:, 1]).long())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
image = torch.randn(1, 3, 16, 24)
with torch.no_grad():
    logits = network.eval()(image)
torch.save(dict(state_dict=network.state_dict(), image=image, logits=logits), pathlib.Path(__file__).with_name("network.pt"))
