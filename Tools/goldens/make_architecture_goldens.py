"""Makes the goldens of the networks beside DCGAN with PyTorch: small sizes of each, values and some
gradients; names and shapes of all tensors; and how many parameters the full sizes have.

    python Tools/goldens/make_architecture_goldens.py

PyTorch 2.13, numpy, safetensors. Weights and inputs come from Atelier's own random numbers (see
make_network_goldens.py), so that only results are stored. Writes architectures.safetensors and
architectures.json in Tests/NetworksTests/Fixtures.
"""

import json

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

from make_network_goldens import ROOT, SEED, Key, fill, ours, save, shapes

KEY = Key.seed(SEED).folded("architectures")
arrays, listing = {}, {}


# Mescheder et al. 2018: residual blocks without normalisation


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, up):
        super().__init__()
        self.up = up
        self.conv_0 = nn.Conv2d(inputs, outputs, 3, 1, 1)
        self.conv_1 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.conv_s = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        x = F.interpolate(x, scale_factor=2.0) if self.up else x
        inner = self.conv_1(F.leaky_relu(self.conv_0(F.leaky_relu(x, 0.2)), 0.2))
        y = self.conv_s(x) + 0.1 * inner
        return y if self.up else F.avg_pool2d(y, 2)


class ResidualGenerator(nn.Module):
    def __init__(self, base, blocks, latent, width):
        super().__init__()
        self.shape = (4 * width, *base)
        self.fc = nn.Linear(latent, 4 * width * base[0] * base[1])
        channels = [4 * width]
        for _ in range(blocks):
            channels.append(max(width, channels[-1] // 2))
        self.blocks = nn.Sequential(
            *[ResidualBlock(i, o, True) for i, o in zip(channels, channels[1:])])
        self.conv_img = nn.Conv2d(channels[-1], 3, 3, 1, 1)

    def forward(self, z):
        x = self.blocks(self.fc(z).view(-1, *self.shape))
        return torch.tanh(self.conv_img(F.leaky_relu(x, 0.2)))


class ResidualDiscriminator(nn.Module):
    def __init__(self, base, blocks, width):
        super().__init__()
        self.conv_img = nn.Conv2d(3, width, 3, 1, 1)
        channels = [min(width << i, 4 * width) for i in range(blocks + 1)]
        self.blocks = nn.Sequential(
            *[ResidualBlock(i, o, False) for i, o in zip(channels, channels[1:])])
        self.fc = nn.Linear(channels[-1] * base[0] * base[1], 1)

    def forward(self, x):
        return self.fc(F.leaky_relu(self.blocks(self.conv_img(x)), 0.2).flatten(1))


# Isola et al. 2017: U-Net and patch discriminator, nested and named as the authors' code


class Level(nn.Module):
    def __init__(self, outer, inner, inside, top=False):
        super().__init__()
        down = nn.Conv2d(3 if top else outer, inner, 4, 2, 1, bias=False)
        up = nn.ConvTranspose2d(
            inner if inside is None else 2 * inner, 3 if top else outer, 4, 2, 1, bias=top)
        layers = [] if top else [nn.LeakyReLU(0.2)]
        layers += [down]
        if inside is not None:
            layers += ([] if top else [nn.BatchNorm2d(inner)]) + [inside]
        layers += [nn.ReLU(), up, nn.Tanh() if top else nn.BatchNorm2d(outer)]
        self.model = nn.Sequential(*layers)
        self.top = top

    def forward(self, x):
        return self.model(x) if self.top else torch.cat([x, self.model(x)], 1)


class UNet(nn.Module):
    def __init__(self, levels, width):
        super().__init__()
        level = Level(8 * width, 8 * width, None)
        for _ in range(levels - 5):
            level = Level(8 * width, 8 * width, level)
        for outer in (4, 2, 1):
            level = Level(outer * width, 2 * outer * width, level)
        self.model = Level(3, width, level, top=True)

    def forward(self, x):
        return self.model(x)


class Patches(nn.Module):
    def __init__(self, inputs, width, strided):
        super().__init__()
        layers, channels = [nn.Conv2d(inputs, width, 4, 2, 1), nn.LeakyReLU(0.2)], width
        for i in range(1, strided + 1):
            outputs = width * min(2**i, 8)
            layers += [nn.Conv2d(channels, outputs, 4, 2 if i < strided else 1, 1, bias=False),
                       nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
            channels = outputs
        self.model = nn.Sequential(*layers, nn.Conv2d(channels, 1, 4, 1, 1))

    def forward(self, x):
        return self.model(x)


# Zhu et al. 2017


class MirroredBlock(nn.Module):
    def __init__(self, channels, norm):
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), norm(channels), nn.ReLU(),
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), norm(channels))

    def forward(self, x):
        return x + self.conv_block(x)


class ResNetGenerator(nn.Module):
    def __init__(self, width, blocks, affine=True):
        super().__init__()
        w = width

        def norm(channels):
            return nn.InstanceNorm2d(channels, affine=affine)

        self.model = nn.Sequential(
            nn.ReflectionPad2d(3), nn.Conv2d(3, w, 7), norm(w), nn.ReLU(),
            nn.Conv2d(w, 2 * w, 3, 2, 1), norm(2 * w), nn.ReLU(),
            nn.Conv2d(2 * w, 4 * w, 3, 2, 1), norm(4 * w), nn.ReLU(),
            *[MirroredBlock(4 * w, norm) for _ in range(blocks)],
            nn.ConvTranspose2d(4 * w, 2 * w, 3, 2, 1, output_padding=1), norm(2 * w), nn.ReLU(),
            nn.ConvTranspose2d(2 * w, w, 3, 2, 1, output_padding=1), norm(w), nn.ReLU(),
            nn.ReflectionPad2d(3), nn.Conv2d(w, 3, 7), nn.Tanh())

    def forward(self, x):
        return self.model(x)


# Johnson et al. 2016, with the names of PyTorch's fast_neural_style example


class ConvLayer(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, zeros=False, upsample=False):
        super().__init__()
        self.upsample, self.mirror = upsample, 0 if zeros else kernel // 2
        self.conv2d = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2 if zeros else 0)

    def forward(self, x):
        x = F.interpolate(x, scale_factor=2.0) if self.upsample else x
        return self.conv2d(F.pad(x, [self.mirror] * 4, "reflect") if self.mirror else x)


class StyleBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.conv2 = ConvLayer(channels, channels, 3), ConvLayer(channels, channels, 3)
        self.in1 = nn.InstanceNorm2d(channels, affine=True)
        self.in2 = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x):
        return x + self.in2(self.conv2(F.relu(self.in1(self.conv1(x)))))


class StyleTransform(nn.Module):
    def __init__(self, width, blocks, zeros=True, tanh=True):
        super().__init__()
        w = width
        self.conv1, self.conv2, self.conv3 = (
            ConvLayer(3, w, 9), ConvLayer(w, 2 * w, 3, 2, zeros), ConvLayer(2 * w, 4 * w, 3, 2, zeros))
        self.deconv1 = ConvLayer(4 * w, 2 * w, 3, upsample=True)
        self.deconv2 = ConvLayer(2 * w, w, 3, upsample=True)
        self.deconv3 = ConvLayer(w, 3, 9)
        for i, channels in enumerate((w, 2 * w, 4 * w, 2 * w, w)):
            self.add_module(f"in{i + 1}", nn.InstanceNorm2d(channels, affine=True))
        self.count, self.tanh = blocks, tanh
        for i in range(blocks):
            self.add_module(f"res{i + 1}", StyleBlock(4 * w))

    def forward(self, x):
        for i in (1, 2, 3):
            x = F.relu(getattr(self, f"in{i}")(getattr(self, f"conv{i}")(x)))
        for i in range(self.count):
            x = getattr(self, f"res{i + 1}")(x)
        for i in (1, 2):
            x = F.relu(getattr(self, f"in{i + 3}")(getattr(self, f"deconv{i}")(x)))
        x = self.deconv3(x)
        return torch.tanh(x) if self.tanh else x


# Simonyan and Zisserman 2015


class VGG(nn.Module):
    def __init__(self, counts, width, pool=nn.MaxPool2d):
        super().__init__()
        layers, channels, self.places = [], 3, {}
        for block, count in enumerate(counts):
            layers += [pool(2)] if block else []
            for i in range(count):
                outputs = width * min(2**block, 8)
                layers += [nn.Conv2d(channels, outputs, 3, 1, 1), nn.ReLU()]
                self.places[len(layers) - 1] = f"relu{block + 1}_{i + 1}"
                channels = outputs
        self.features = nn.Sequential(*layers)

    def forward(self, x):
        found = {}
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in self.places:
                found[self.places[i]] = x
        return found


# He et al. 2016, with torchvision's names


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))


class ResNet(nn.Module):
    def __init__(self, counts, width, large=False, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, *((7, 2, 3) if large else (3, 1, 1)), bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.large, self.count, channels = large, len(counts), width
        for stage, count in enumerate(counts):
            outputs, blocks = width << stage, []
            for i in range(count):
                blocks.append(BasicBlock(channels, outputs, 2 if stage and not i else 1))
                channels = outputs
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, 3, 2, 1) if self.large else x
        for i in range(self.count):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.fc(x.mean((2, 3)))


# Values


def pictures(name, n, height, width, channels=3):
    x = KEY.folded(name).folded("pictures").normal(n, height, width, channels)
    return x.permute(0, 3, 1, 2)


def prepared(name, module):
    fill(module, KEY.folded(name))
    listing[name] = {"tensors": shapes(module)}
    return module


def keep(name, tensor):
    arrays[name] = ours(name, tensor)


def both_modes(name, module, x):
    for mode, training in (("training", True), ("inference", False)):
        y = module.train(training)(x)
        keep(f"{name}/{mode}", y[:1] if y.ndim == 4 else y)


def residual_gan():
    g = prepared("residual_generator", ResidualGenerator((4, 6), 2, 5, 3))
    d = prepared("residual_discriminator", ResidualDiscriminator((4, 6), 2, 3))
    made = g(KEY.folded("residual_generator").folded("latents").normal(2, 5))
    keep("residual_generator/pictures", made)
    keep("residual_discriminator/logits", d(made).flatten())
    # The discriminator's loss with R1, through the second derivative.
    x = pictures("residual_discriminator", 2, 16, 24).requires_grad_()
    logits = d(x).flatten()
    slope, = torch.autograd.grad(logits.sum(), x, create_graph=True)
    loss = F.softplus(-logits).mean() + 5 * slope.square().sum((1, 2, 3)).mean()
    keep("residual_discriminator/loss", loss)
    for (name, _), g_d in zip(d.named_parameters(), torch.autograd.grad(loss, d.parameters())):
        keep(f"residual_discriminator/g.{name}", g_d)
    loss = F.softplus(-d(made)).mean()
    for (name, _), g_g in zip(g.named_parameters(), torch.autograd.grad(loss, g.parameters())):
        if g_g.numel() < 400:
            keep(f"residual_generator/g.{name}", g_g)


def values():
    residual_gan()
    both_modes("unet", prepared("unet", UNet(5, 2)), pictures("unet", 2, 32, 64))
    both_modes("patches", prepared("patches", Patches(6, 2, 3)), pictures("patches", 2, 40, 32, 6))
    for name, module in [
        ("resnet_generator", ResNetGenerator(2, 2)),
        ("resnet_generator_plain", ResNetGenerator(2, 1, affine=False)),
        ("style", StyleTransform(2, 2)),
        ("style_mirrored", StyleTransform(2, 1, zeros=False, tanh=False)),
    ]:
        keep(f"{name}/pictures", prepared(name, module)(pictures(name, 2, 20, 16)))
    for name, module in [
        ("vgg19", VGG([2, 2, 4, 4, 4], 2)),
        ("vgg16_average", VGG([2, 2, 3, 3, 3], 2, nn.AvgPool2d)),
    ]:
        for place, x in prepared(name, module)(pictures(name, 1, 32, 16)).items():
            keep(f"{name}/{place}", x)
    classes = torch.tensor([3, 0, 9, 3])
    for name, module in [
        ("resnet18", ResNet([2, 2, 2, 2], 2)), ("resnet_large", ResNet([1, 2], 4, large=True)),
    ]:
        x = pictures(name, 4, 16, 24)
        both_modes(name, prepared(name, module), x)
        loss = F.cross_entropy(module.train()(x), classes)
        keep(f"{name}/loss", loss)
        slopes = torch.autograd.grad(loss, module.parameters())
        for (key, _), slope in zip(module.named_parameters(), slopes):
            if slope.numel() < 400:
                keep(f"{name}/g.{key}", slope)


def counts():
    """How many parameters the full sizes have."""
    with torch.device("meta"):
        full = {
            "residual_generator": ResidualGenerator((4, 4), 3, 128, 64),
            "residual_discriminator": ResidualDiscriminator((4, 4), 3, 64),
            "unet": UNet(8, 64), "patches": Patches(6, 64, 3),
            "resnet_generator": ResNetGenerator(64, 9),
            "resnet_generator_6": ResNetGenerator(64, 6), "style": StyleTransform(32, 5),
            "vgg19": VGG([2, 2, 4, 4, 4], 64), "vgg16": VGG([2, 2, 3, 3, 3], 64),
            "resnet18": ResNet([2, 2, 2, 2], 64),
            "resnet34_large": ResNet([3, 4, 6, 3], 64, True, 1000),
        }
    return {name: sum(p.numel() for p in module.parameters()) for name, module in full.items()}


if __name__ == "__main__":
    values()
    save("Networks", "architectures", arrays)
    folder = ROOT / "Tests/NetworksTests/Fixtures"
    lines = ["{", '"counts": ' + json.dumps(counts()) + ",", '"networks": {']
    lines += [f'"{name}": {json.dumps(entry["tensors"])}' + ("," if i + 1 < len(listing) else "")
              for i, (name, entry) in enumerate(listing.items())]
    (folder / "architectures.json").write_text("\n".join(lines + ["}", "}"]) + "\n")
    print("architectures.json", (folder / "architectures.json").stat().st_size, "bytes")
    print("largest", max(numpy.abs(a).max() for a in arrays.values()))
