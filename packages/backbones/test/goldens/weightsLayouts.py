"""Golden of the weights' layouts: /usr/bin/python3 packages/backbones/test/goldens/weightsLayouts.py (torch and torchvision in float64).

Each case is a module of torch's with weights that follow from their names (hashed.py), its input too; the golden holds names, shapes and the
result, channels last.
"""
import collections
import json
import pathlib
import sys

import numpy
import torch
import torchvision
from torch import nn
from torchvision.ops import deform_conv2d

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from hashed import uniform  # noqa: E402


def hashed(name, shape):
    values = torch.from_numpy(uniform(name, int(numpy.prod(shape))).astype(numpy.float64)).reshape(tuple(shape))
    return values.abs() + 0.5 if name.endswith("running_var") else values


def last(x):
    return x.permute(0, *range(2, x.dim()), 1) if x.dim() > 2 else x


def first(x):
    return x.permute(0, x.dim() - 1, *range(1, x.dim() - 1)) if x.dim() > 2 else x


class Pack(nn.Module):
    """mmcv's DeformConv2dPack and, modulated, ModulatedDeformConv2dPack: offsets [dy, dx] a tap, then the mask."""

    def __init__(self, modulated):
        super().__init__()
        self.modulated = modulated
        self.weight = nn.Parameter(torch.zeros(6, 2, 3, 2))
        if modulated:
            self.bias = nn.Parameter(torch.zeros(6))
        self.conv_offset = nn.Conv2d(4, (3 if modulated else 2) * 2 * 6, (3, 2), (2, 1), (1, 0), (1, 2))

    def forward(self, x):
        out = self.conv_offset(x)
        offset, mask = out, None
        if self.modulated:
            o1, o2, mask = torch.chunk(out, 3, dim=1)
            offset, mask = torch.cat((o1, o2), dim=1), torch.sigmoid(mask)
        bias = self.bias if self.modulated else None
        return deform_conv2d(x, offset, self.weight, bias, (2, 1), (1, 0), (1, 2), mask)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


class Lookup(nn.Module):
    """Rows of a table by whole numbers: 0, 1, … of each axis' product."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 3)

    def forward(self, x):
        return self.table((x * 3 + 3).long())


class Small(nn.Module):
    """A network in which every difference of conventions shows: strides with symmetric padding on even sizes, padded pooling of negative
    numbers, half-pixel interpolation, a flattened image."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(nn.Conv2d(4, 6, 3, padding=2, dilation=2, groups=2), nn.GroupNorm(3, 6))
        self.up = nn.ConvTranspose2d(6, 3, 2, 2)
        self.head = nn.Linear(3 * 4 * 6, 5)

    def forward(self, x):
        x = self.pool(self.bn1(self.conv1(x)))
        x = self.up(torch.relu(self.layer1(x)))
        x = nn.functional.interpolate(x, size=(4, 6), mode="bilinear", align_corners=False)
        return self.head(torch.flatten(nn.functional.avg_pool2d(x, 3, 1, 1), 1))


def case(name, module, shape, plain=False):
    """`shape` has channels last; with `plain` the module takes and gives it so."""
    module = module.double().eval()
    state = module.state_dict()
    for key, value in state.items():
        if value.is_floating_point():
            value.copy_(hashed(f"{name}/{key}", value.shape))
    x = hashed(f"{name}/x", shape)
    with torch.no_grad():
        y = module(x) if plain else last(module(first(x)))
    tensors = [[key, list(value.shape)] for key, value in state.items() if value.is_floating_point()]
    values = [round(v, 6) + 0.0 for v in y.flatten().tolist()]
    return dict(name=name, x=shape, tensors=tensors, value=dict(shape=list(y.shape), values=values))


def named(**modules):
    return nn.Sequential(collections.OrderedDict(modules))


cases = [
    case("convolution", named(conv=nn.Conv2d(3, 5, (2, 3), (2, 1), (1, 0), (1, 2))), [2, 5, 7, 3]),
    case("convolution of tf.layers", named(conv=nn.Conv2d(3, 4, (2, 3))), [1, 3, 5, 3]),
    case("even size, stride 2", named(conv=nn.Conv2d(2, 3, 3, 2, 1)), [1, 6, 8, 2]),
    case("grouped", named(conv=nn.Conv2d(4, 6, (3, 2), padding=(1, 0), groups=2)), [1, 3, 4, 4]),
    case("depthwise", named(conv=nn.Conv2d(3, 6, (2, 3), groups=3)), [1, 3, 4, 3]),
    case("convolution 1D", named(conv=nn.Conv1d(2, 4, 3)), [2, 6, 2]),
    case("convolution 3D", named(conv=nn.Conv3d(2, 3, (1, 2, 3), padding=(0, 1, 1))), [1, 2, 3, 4, 2]),
    case("transposed", named(up=nn.ConvTranspose2d(3, 4, (2, 3), (2, 3))), [1, 3, 2, 3]),
    case("transposed 3D", named(up=nn.ConvTranspose3d(2, 3, (1, 2, 2), (1, 2, 2))), [1, 2, 1, 3, 2]),
    case("linear", named(fc=nn.Linear(5, 3)), [4, 5], True),
    case("linear behind a flattened image", named(flat=nn.Flatten(), relu=nn.ReLU(), fc=nn.Linear(24, 2)), [2, 2, 4, 3]),
    case(
        "linear behind a flattened volume",
        named(flat=nn.Flatten(), norm=nn.BatchNorm1d(24), fc=nn.Linear(24, 24), fc2=nn.Linear(24, 2)),
        [2, 2, 1, 4, 3],
    ),
    case("batch normalisation", named(norm=nn.BatchNorm2d(3)), [2, 2, 3, 3]),
    case("layer normalisation", named(norm=nn.LayerNorm(5)), [2, 3, 5], True),
    case("group normalisation", named(norm=nn.GroupNorm(2, 6)), [2, 2, 3, 6]),
    case("instance normalisation", named(norm=nn.InstanceNorm2d(3, affine=True)), [2, 2, 4, 3]),
    case("embedding", Lookup(), [2, 4], True),
    case("attention", Attention(), [2, 3, 6], True),
    case("deformable", named(conv2=Pack(False)), [1, 4, 7, 4]),
    case("modulated deformable", named(conv2=Pack(True)), [1, 4, 7, 4]),
    case("network", Small(), [2, 16, 24, 2]),
]

golden = dict(
    command="/usr/bin/python3 packages/backbones/test/goldens/weightsLayouts.py",
    versions=dict(torch=torch.__version__, torchvision=torchvision.__version__),
    cases=cases,
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
