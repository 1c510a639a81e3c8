"""Makes the goldens of translation with PyTorch: the losses of the first steps of pix2pix and CycleGAN at
small sizes, with every normalisation, upsampling and reach, optimizers and pools and all.

    python Tools/goldens/make_translation_goldens.py

PyTorch 2.13, numpy, safetensors; float64. Weights, data and draws come from Atelier's own random numbers
(see make_network_goldens.py), so that only losses are stored. Writes
Tests/TrainingTests/Fixtures/translation.safetensors.
"""

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

from make_network_goldens import SEED, Key, fill, save

STEPS = 5
arrays = {}


def norm(kind, channels):
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    return nn.InstanceNorm2d(channels, affine=True) if kind == "instance" else nn.Identity()


class Resize(nn.Conv2d):
    """A convolution of features enlarged by nearest neighbours."""

    def __init__(self, inputs, outputs, bias, mirrored):
        super().__init__(inputs, outputs, 3, padding=0 if mirrored else 1, bias=bias)
        self.mirrored = mirrored

    def forward(self, x):
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        return super().forward(F.pad(x, (1, 1, 1, 1), mode="reflect") if self.mirrored else x)


class Level(nn.Module):
    """A level of the U-Net of Isola et al. 2017 with those inside it."""

    def __init__(self, outer, inner, inside, kind, upsampling, top=False):
        super().__init__()
        bias = kind != "batch"
        inputs, outputs = inner * (1 if inside is None else 2), 3 if top else outer
        up = (Resize(inputs, outputs, bias or top, False) if upsampling == "resize" else
              nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=bias or top))
        layers = [] if top else [nn.LeakyReLU(0.2)]
        layers += [nn.Conv2d(3 if top else outer, inner, 4, 2, 1, bias=bias)]
        if inside is not None:
            # Without normalisation there is no place for it in the sequence either.
            layers += ([] if top else [norm(kind, inner)]) + [inside]
        layers += [nn.ReLU(), up, nn.Tanh() if top else norm(kind, outer)]
        self.model, self.top = nn.Sequential(*layers), top

    def forward(self, x):
        return self.model(x) if self.top else torch.cat([x, self.model(x)], 1)


class UNet(nn.Module):
    def __init__(self, levels, width, kind, upsampling):
        super().__init__()
        channels = [width * min(2**i, 8) for i in range(levels)]
        level = None
        for i in reversed(range(1, levels)):
            level = Level(channels[i - 1], channels[i], level, kind, upsampling)
        self.model = Level(3, width, level, kind, upsampling, top=True)

    def forward(self, x):
        return self.model(x)


class Block(nn.Module):
    def __init__(self, channels, kind):
        super().__init__()
        bias = kind != "batch"
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias),
            norm(kind, channels), nn.ReLU(),
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias),
            norm(kind, channels))

    def forward(self, x):
        return x + self.conv_block(x)


class ResNet(nn.Module):
    """The generator of Zhu et al. 2017."""

    def __init__(self, width, blocks, kind, upsampling):
        super().__init__()
        w, bias = width, kind != "batch"

        def up(inputs, outputs):
            if upsampling == "resize":
                return Resize(inputs, outputs, bias, True)
            return nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1, bias=bias)

        self.model = nn.Sequential(
            nn.ReflectionPad2d(3), nn.Conv2d(3, w, 7, bias=bias), norm(kind, w), nn.ReLU(),
            nn.Conv2d(w, 2 * w, 3, 2, 1, bias=bias), norm(kind, 2 * w), nn.ReLU(),
            nn.Conv2d(2 * w, 4 * w, 3, 2, 1, bias=bias), norm(kind, 4 * w), nn.ReLU(),
            *[Block(4 * w, kind) for _ in range(blocks)],
            up(4 * w, 2 * w), norm(kind, 2 * w), nn.ReLU(),
            up(2 * w, w), norm(kind, w), nn.ReLU(),
            nn.ReflectionPad2d(3), nn.Conv2d(w, 3, 7), nn.Tanh())

    def forward(self, x):
        return self.model(x)


class Patches(nn.Module):
    def __init__(self, inputs, width, strided, kind):
        super().__init__()
        bias = kind != "batch"
        layers, channels = [nn.Conv2d(inputs, width, 4, 2, 1), nn.LeakyReLU(0.2)], width
        for i in range(1, strided + 1):
            outputs = width * min(2**i, 8)
            layers += [nn.Conv2d(channels, outputs, 4, 2 if i < strided else 1, 1, bias=bias),
                       norm(kind, outputs), nn.LeakyReLU(0.2)]
            channels = outputs
        self.model = nn.Sequential(*layers, nn.Conv2d(channels, 1, 4, 1, 1))

    def forward(self, x):
        return self.model(x)


class Pixels(nn.Module):
    def __init__(self, inputs, width, kind):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(inputs, width, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 1, bias=kind != "batch"), norm(kind, 2 * width),
            nn.LeakyReLU(0.2), nn.Conv2d(2 * width, 1, 1))

    def forward(self, x):
        return self.net(x)


def pictures(name, batch, size, step):
    words = Key.seed(SEED).folded(name).folded(step).words(batch * size * size * 3)
    x = torch.from_numpy((words >> 24).astype(numpy.float64)).reshape(batch, size, size, 3)
    return x.permute(0, 3, 1, 2) / 127.5 - 1


def generator(kind, normalization, upsampling):
    if kind == "unet":
        return UNet(4, 3, normalization, upsampling)
    return ResNet(3, 1, normalization, upsampling)


def judge(inputs, reach, normalization):
    return Pixels(inputs, 4, normalization) if reach == 0 else Patches(
        inputs, 4, reach, normalization)


def game(loss):
    if loss == "vanilla":
        return lambda x, real: F.softplus(-x if real else x).mean()
    return lambda x, real: ((x - (1.0 if real else 0.0)) ** 2).mean()


def keep(case, step, **losses):
    for name, value in losses.items():
        arrays.setdefault(f"{case}/{name}", []).append(value.item())


def rate(step):
    """Falls from step 2 to 0 in step 6."""
    return 1e-3 * (1 if step < 2 else (6 - step) / 4)


def pix2pix(case, kind, normalization, upsampling, reach, loss, batch, size=16):
    g, d = generator(kind, normalization, upsampling), judge(6, reach, normalization)
    fill(nn.ModuleDict({"generator": g, "discriminator": d}),
         Key.seed(SEED).folded("translation").folded(case))
    og, od = (torch.optim.Adam(m.parameters(), 1e-3, (0.5, 0.999)) for m in (g, d))
    said = game(loss)
    for step in range(STEPS):
        for group in og.param_groups + od.param_groups:
            group["lr"] = rate(step)
        a, b = pictures("inputs", batch, size, step), pictures("targets", batch, size, step)
        made = g(a)
        lossD = 0.5 * (said(d(torch.cat([a, made.detach()], 1)), False)
                       + said(d(torch.cat([a, b], 1)), True))
        od.zero_grad()
        lossD.backward()
        od.step()
        adversarial = said(d(torch.cat([a, made], 1)), True)
        error = (made - b).abs().mean()
        og.zero_grad()
        (adversarial + 100 * error).backward()
        og.step()
        keep(case, step, d_loss=lossD, g_adversarial=adversarial, l1=error / 2)


class Pool:
    def __init__(self, capacity):
        self.capacity, self.held = capacity, []

    def exchange(self, made, key):
        shown, used, count = [], set(), made.shape[0]
        words = key.words(2 * count)
        for i in range(count):
            new = made[i:i + 1]
            if len(self.held) < self.capacity:
                used.add(len(self.held))
                self.held.append(new)
                shown.append(new)
                continue
            free = [slot for slot in range(self.capacity) if slot not in used]
            slot = free[(int(words[2 * i + 1]) * len(free)) >> 32]
            used.add(slot)
            if (words[2 * i] >> 8) * 2.0**-24 >= 0.5:
                shown.append(self.held[slot])
                self.held[slot] = new
            else:
                shown.append(new)
        return torch.cat(shown)


def cyclegan(case, normalization, upsampling, identity, pool, batch, size=16):
    g = nn.ModuleDict({w: generator("resnet", normalization, upsampling)
                       for w in ("a_to_b", "b_to_a")})
    d = nn.ModuleDict({k: judge(3, 2, normalization) for k in ("a", "b")})
    fill(nn.ModuleDict({"generators": g, "discriminators": d}),
         Key.seed(SEED).folded("translation").folded(case))
    og, od = (torch.optim.Adam(m.parameters(), 1e-3, (0.5, 0.999)) for m in (g, d))
    said, pools = game("least-squares"), {k: Pool(pool) for k in ("a", "b")}
    key = Key.seed(SEED).folded("training")
    for step in range(STEPS):
        for group in og.param_groups + od.param_groups:
            group["lr"] = rate(step)
        a, b = pictures("inputs", batch, size, step), pictures("targets", batch, size, step)
        madeB, madeA = g["a_to_b"](a), g["b_to_a"](b)
        cycle = ((g["b_to_a"](madeB) - a).abs().mean() + (g["a_to_b"](madeA) - b).abs().mean())
        adversarial = said(d["b"](madeB), True) + said(d["a"](madeA), True)
        lossG = adversarial + 10 * cycle
        if identity:
            same = (g["a_to_b"](b) - b).abs().mean() + (g["b_to_a"](a) - a).abs().mean()
            lossG = lossG + 10 * identity * same
            keep(case, step, identity=same / 4)
        og.zero_grad()
        lossG.backward()
        og.step()
        lossD = 0
        for kind, real, made in (("b", b, madeB), ("a", a, madeA)):
            shown = pools[kind].exchange(
                made.detach(), key.folded(step).folded(f"pool {kind}")) if pool else made.detach()
            lossD = lossD + 0.5 * (said(d[kind](real), True) + said(d[kind](shown), False))
        od.zero_grad()
        lossD.backward()
        od.step()
        keep(case, step, d_loss=lossD, g_adversarial=adversarial, cycle=cycle / 4)


if __name__ == "__main__":
    pix2pix("unet", "unet", "instance", "resize", 2, "vanilla", 1)
    pix2pix("unet batch", "unet", "batch", "transposed", 1, "vanilla", 3)
    pix2pix("unet none", "unet", "none", "resize", 0, "least-squares", 2)
    pix2pix("resnet", "resnet", "instance", "resize", 1, "least-squares", 1)
    pix2pix("resnet batch", "resnet", "batch", "transposed", 0, "vanilla", 2)
    cyclegan("cycle", "instance", "resize", 0.5, 2, 1)
    cyclegan("cycle transposed", "instance", "transposed", 0, 3, 2)
    cyclegan("cycle none", "none", "resize", 0.5, 0, 1)
    save("Training", "translation", {k: numpy.array(v) for k, v in arrays.items()})
    for name, losses in arrays.items():
        print(name, *(f"{loss:.6g}" for loss in losses))
