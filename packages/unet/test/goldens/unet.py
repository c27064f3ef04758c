"""Goldens of unet and its presets: /usr/bin/python3 packages/unet/test/goldens/unet.py (torch in float64).

The networks are written out as their sources describe them. Weights and images follow from names, by torchRule.py.
"""
import torch
import torchvision
from torch import nn
from torch.nn import functional

from torchRule import entry, fill, image, step, uniform, write


class Network(nn.Module):
    """Modules under dotted names, and a forward pass that is a function of them."""

    def __init__(self, forward, **modules):
        super().__init__()
        self.run = forward
        self.found = {}
        for path, module in modules.items():
            self.found[path] = module
            place = self
            *outer, last = path.split(".")
            for part in outer:
                if part not in place._modules:
                    place.add_module(part, nn.Module())
                place = place._modules[part]
            place.add_module(last, module)

    def forward(self, x):
        return self.run(x, lambda path, y: self.found[path](y))


def convolutions(modules, names, inputs, filters, conv=nn.Conv2d, norm=nn.BatchNorm2d, **options):
    """Two 3 × 3 convolutions under the names of names(k), with what normalises them."""
    for k in (1, 2):
        name, normalized = names(k)
        modules[name] = conv(inputs if k == 1 else filters, filters, 3, bias=norm is None, **options)
        if norm is not None:
            modules[normalized] = norm(filters)


def block(on, names, x, active=functional.relu):
    for k in (1, 2):
        name, normalized = names(k)
        x = on(name, x)
        x = active(on(normalized, x) if normalized else x)
    return x


def buda(channels, f):
    encoder = lambda level: lambda k: (f"encoder{level}.enc{level}conv{k}", f"encoder{level}.enc{level}norm{k}")
    decoder = lambda level: lambda k: (f"decoder{level}.dec{level}conv{k}", f"decoder{level}.dec{level}norm{k}")
    bottleneck = lambda k: (f"bottleneck.bottleneckconv{k}", f"bottleneck.bottlenecknorm{k}")
    modules = {}
    for level in range(1, 5):
        width = f * 2 ** (level - 1)
        convolutions(modules, encoder(level), channels if level == 1 else width // 2, width, padding=1)
        modules[f"upconv{level}"] = nn.ConvTranspose2d(2 * width, width, 2, 2)
        convolutions(modules, decoder(level), 2 * width, width, padding=1)
    convolutions(modules, bottleneck, 8 * f, 16 * f, padding=1)
    modules["conv"] = nn.Conv2d(f, 1, 1)

    def forward(x, on):
        skips = []
        for level in range(1, 5):
            skips.append(block(on, encoder(level), x))
            x = functional.max_pool2d(skips[-1], 2)
        x = block(on, bottleneck, x)
        for level in range(4, 0, -1):
            x = block(on, decoder(level), torch.cat([on(f"upconv{level}", x), skips[level - 1]], 1))
        return torch.sigmoid(on("conv", x))

    return Network(forward, **modules)


def ronneberger(channels, f, depth, classes):
    encoder = lambda level: lambda k: (f"encoder.blocks.{level}.conv{k}.0", None)
    decoder = lambda i: lambda k: (f"decoder.blocks.{i}.conv{k}.0", None)
    modules = {}
    for level in range(depth + 1):
        convolutions(modules, encoder(level), channels if level == 0 else f * 2 ** (level - 1), f * 2**level, norm=None)
    for i in range(depth):
        width = f * 2 ** (depth - 1 - i)
        modules[f"decoder.blocks.{i}.up"] = nn.ConvTranspose2d(2 * width, width, 2, 2)
        convolutions(modules, decoder(i), 2 * width, width, norm=None)
    modules["segmentation_head.0"] = nn.Conv2d(f, classes, 1)

    def forward(x, on):
        skips = []
        for level in range(depth):
            skips.append(block(on, encoder(level), x))
            x = functional.max_pool2d(skips[-1], 2)
        x = block(on, encoder(depth), x)
        for i in range(depth):
            up = on(f"decoder.blocks.{i}.up", x)
            skip = skips.pop()
            top, left = [(n - m) // 2 for n, m in zip(skip.shape[2:], up.shape[2:])]
            cropped = skip[:, :, top : top + up.shape[2], left : left + up.shape[3]]
            x = block(on, decoder(i), torch.cat([cropped, up], 1))
        return on("segmentation_head.0", x)

    return Network(forward, **modules)


def squeeze(modules, name, channels):
    few = max(1, channels // 16)
    modules[f"{name}.cSE.1"] = nn.Conv2d(channels, few, 1)
    modules[f"{name}.cSE.3"] = nn.Conv2d(few, channels, 1)
    modules[f"{name}.sSE.0"] = nn.Conv2d(channels, 1, 1)


def squeezed(on, name, x):
    few = functional.relu(on(f"{name}.cSE.1", functional.adaptive_avg_pool2d(x, 1)))
    return x * torch.sigmoid(on(f"{name}.cSE.3", few)) + x * torch.sigmoid(on(f"{name}.sSE.0", x))


def gates(modules, kind, name, skip, signal):
    if kind == "gate":
        modules[f"{name}.theta"] = nn.Conv2d(skip, skip, 2, 2, bias=False)
        modules[f"{name}.phi"] = nn.Conv2d(signal, skip, 1)
        modules[f"{name}.psi"] = nn.Conv2d(skip, 1, 1)
        modules[f"{name}.W.0"] = nn.Conv2d(skip, skip, 1)
        modules[f"{name}.W.1"] = nn.BatchNorm2d(skip)
    else:
        for part, inputs, outputs in [("W_g", signal, skip // 2), ("W_x", skip, skip // 2), ("psi", skip // 2, 1)]:
            modules[f"{name}.{part}.0"] = nn.Conv2d(inputs, outputs, 1)
            modules[f"{name}.{part}.1"] = nn.BatchNorm2d(outputs)


def gated(on, kind, name, skip, coarse, up):
    both = lambda part, y: on(f"{name}.{part}.1", on(f"{name}.{part}.0", y))
    if kind == "gate":
        q = on(f"{name}.psi", functional.relu(on(f"{name}.theta", skip) + on(f"{name}.phi", coarse)))
        return both("W", skip * functional.interpolate(torch.sigmoid(q), skip.shape[2:], mode="bilinear"))
    return skip * torch.sigmoid(both("psi", functional.relu(both("W_g", up) + both("W_x", skip))))


def plain(channels, f, depth, classes, attention="none", upsampling="transpose", norm=nn.BatchNorm2d, active=functional.relu):
    """unet() without an encoder of others."""
    encoder = lambda level: lambda k: (f"encoder.blocks.{level}.conv{k}.0", f"encoder.blocks.{level}.conv{k}.1")
    decoder = lambda i: lambda k: (f"decoder.blocks.{i}.conv{k}.0", f"decoder.blocks.{i}.conv{k}.1")
    modules = {}
    for level in range(depth + 1):
        inputs = channels if level == 0 else f * 2 ** (level - 1)
        convolutions(modules, encoder(level), inputs, f * 2**level, norm=norm, padding=1)
    for i in range(depth):
        width = f * 2 ** (depth - 1 - i)
        coming = width if upsampling == "transpose" else 2 * width
        if upsampling == "transpose":
            modules[f"decoder.blocks.{i}.up"] = nn.ConvTranspose2d(2 * width, width, 2, 2)
        if attention == "scse":
            squeeze(modules, f"decoder.blocks.{i}.attention1.attention", coming + width)
            squeeze(modules, f"decoder.blocks.{i}.attention2.attention", width)
        elif attention != "none":
            gates(modules, attention, f"decoder.blocks.{i}.gate", width, 2 * width if attention == "gate" else coming)
        convolutions(modules, decoder(i), coming + width, width, norm=norm, padding=1)
    modules["segmentation_head.0"] = nn.Conv2d(f, classes, 1)

    def forward(x, on):
        skips = []
        for level in range(depth):
            skips.append(block(on, encoder(level), x, active))
            x = functional.max_pool2d(skips[-1], 2)
        x = block(on, encoder(depth), x, active)
        for i in range(depth):
            name = f"decoder.blocks.{i}"
            up = on(f"{name}.up", x) if upsampling == "transpose" else functional.interpolate(x, scale_factor=2, mode=upsampling)
            skip = skips.pop()
            if attention in ("gate", "attUnetGate"):
                skip = gated(on, attention, f"{name}.gate", skip, x, up)
            x = torch.cat([up, skip], 1)
            if attention == "scse":
                x = squeezed(on, f"{name}.attention1.attention", x)
            x = block(on, decoder(i), x, active)
            if attention == "scse":
                x = squeezed(on, f"{name}.attention2.attention", x)
        return on("segmentation_head.0", x)

    return Network(forward, **modules)


def nnunet(channels, filters, strides, kernels, classes, deep):
    """nnU-Net's PlainConvUNet; strides and kernels of every stage, one an axis."""
    rank = len(strides[0])
    conv, transpose = (nn.Conv2d, nn.ConvTranspose2d) if rank == 2 else (nn.Conv3d, nn.ConvTranspose3d)
    norm = nn.InstanceNorm2d if rank == 2 else nn.InstanceNorm3d
    stages = len(filters)
    modules = {}

    def stage(name, inputs, outputs, kernel, stride):
        for k in range(2):
            around = [(n - 1) // 2 for n in kernel]
            modules[f"{name}.convs.{k}.conv"] = conv(inputs if k == 0 else outputs, outputs, kernel, stride if k == 0 else 1, around)
            modules[f"{name}.convs.{k}.norm"] = norm(outputs, affine=True)

    for s in range(stages):
        stage(f"encoder.stages.{s}.0", channels if s == 0 else filters[s - 1], filters[s], kernels[s], strides[s])
    for i in range(stages - 1):
        s = stages - 2 - i
        modules[f"decoder.transpconvs.{i}"] = transpose(filters[s + 1], filters[s], strides[s + 1], strides[s + 1])
        stage(f"decoder.stages.{i}", 2 * filters[s], filters[s], kernels[s], [1] * rank)
        if deep or s == 0:
            modules[f"decoder.seg_layers.{i}"] = conv(filters[s], classes, 1)

    def forward(x, on):
        def run(name, x):
            for k in range(2):
                x = functional.leaky_relu(on(f"{name}.convs.{k}.norm", on(f"{name}.convs.{k}.conv", x)), 0.01)
            return x

        skips = []
        for s in range(stages):
            x = run(f"encoder.stages.{s}.0", x)
            skips.append(x)
        heads = []
        for i in range(stages - 1):
            skip = skips[stages - 2 - i]
            x = run(f"decoder.stages.{i}", torch.cat([on(f"decoder.transpconvs.{i}", x), skip], 1))
            if deep or i == stages - 2:
                heads.insert(0, on(f"decoder.seg_layers.{i}", x))
        return heads if deep else heads[0]

    return Network(forward, **modules)


class Smp(nn.Module):
    """segmentation_models.pytorch's Unet on resnet18: features from the input's half size on, nearest, [up, skip], head of 3 × 3."""

    def __init__(self, f, classes, scse):
        super().__init__()
        self.encoder = torchvision.models.resnet18()
        del self.encoder.fc
        self.scse = scse
        modules = {}
        inputs = [512] + [f * 2 ** (4 - i) for i in range(4)]
        for i, skip in enumerate([256, 128, 64, 64, 0]):
            if scse and skip:
                squeeze(modules, f"{i}.attention1.attention", inputs[i] + skip)
            convolutions(modules, self.names(i), inputs[i] + skip, f * 2 ** (4 - i), padding=1)
            if scse:
                squeeze(modules, f"{i}.attention2.attention", f * 2 ** (4 - i))
        self.decoder = nn.Module()
        self.decoder.blocks = Network(None, **modules)
        self.segmentation_head = nn.Sequential(nn.Conv2d(f, classes, 3, padding=1))

    def names(self, i):
        return lambda k: (f"{i}.conv{k}.0", f"{i}.conv{k}.1")

    def forward(self, x):
        e = self.encoder
        skips = [e.relu(e.bn1(e.conv1(x)))]
        y = e.layer1(e.maxpool(skips[0]))
        for layer in (e.layer2, e.layer3, e.layer4):
            skips.append(y)
            y = layer(y)
        on = lambda path, z: self.decoder.blocks.found[path](z)
        for i in range(5):
            y = functional.interpolate(y, scale_factor=2, mode="nearest")
            if skips:
                y = torch.cat([y, skips.pop()], 1)
                if self.scse:
                    y = squeezed(on, f"{i}.attention1.attention", y)
            y = block(on, self.names(i), y)
            if self.scse:
                y = squeezed(on, f"{i}.attention2.attention", y)
        return self.segmentation_head(y)


def trained(network, name, shape, learning_rate=40, every=1):
    return step(fill(network), image(name, *shape), learning_rate, every=every)


group = lambda channels: nn.GroupNorm(4, channels)
deep = fill(nnunet(2, [4, 8, 10], [[1, 1, 1], [1, 2, 2], [2, 2, 2]], [[1, 3, 3], [3, 3, 3], [3, 3, 3]], 3, True)).eval()
volume = uniform("volume", (1, 8, 16, 24, 2)).permute(0, 4, 1, 2, 3)
with torch.no_grad():
    heads = [head.permute(0, 2, 3, 4, 1) for head in deep(volume)]
write(
    __file__,
    buda3=trained(buda(3, 2), "buda3", (2, 32, 48, 3), 4, every=89),
    ronneberger=trained(ronneberger(2, 3, 2, 2), "ronneberger", (2, 44, 48, 2), every=13),
    scse=trained(plain(3, 16, 1, 2, "scse"), "scse", (2, 6, 10, 3), every=5),
    gate=trained(plain(3, 4, 2, 1, "gate"), "gate", (2, 12, 8, 3), every=7),
    attUnetGate=trained(plain(3, 4, 2, 1, "attUnetGate", "bilinear", active=lambda x: functional.leaky_relu(x, 0.01)), "attUnetGate", (2, 12, 8, 3), every=7),
    group=trained(plain(2, 4, 1, 3, "none", "nearest", group, functional.elu), "group", (2, 6, 10, 2), every=5),
    nnunet=trained(nnunet(1, [3, 6, 12], [[1, 1], [2, 2], [2, 2]], [[3, 3]] * 3, 2, False), "nnunet", (2, 16, 24, 1), every=17),
    smp=trained(Smp(2, 2, True), "smp", (2, 64, 96, 3), 1, every=501),
    nnunetVolume=dict(every=61, heads=[entry(head.flatten()[::61]) for head in heads]),
)
