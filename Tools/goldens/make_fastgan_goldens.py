"""Makes the goldens of FastGAN with PyTorch: Liu et al. 2021, https://arxiv.org/abs/2101.04775.

    python Tools/goldens/make_fastgan_goldens.py

PyTorch 2.13, numpy, safetensors; all in float64. Weights, pictures and noise come from Atelier's own
streams (see make_network_goldens.py), drawn by name where they are used, so that only results are stored.
No spectral normalisation: that layer has goldens of its own. Writes
Tests/NetworksTests/Fixtures/fastgan.safetensors.
"""

import torch
import torch.nn.functional as F

from make_network_goldens import SEED, Key, ours, save

KEY = Key.seed(SEED).folded("fastgan")
FACTORS = [16, 8, 4, 2, 2, 1, 0.5, 0.25, 0.125]
CASES = {"small": (24, 32, 3, 2), "square": (64, 64, 1, 4)}  # height, width, channels, levels
WIDTH, LATENT, COUNT = 2, 6, 3


class Net:
    """Layers that draw their weights when they are called, from streams of their names."""

    def __init__(self, key, context):
        self.key, self.context, self.training = key, context, True
        self.running = {}

    def weight(self, name, *shape):
        if len(shape) == 4:
            o, i, h, w = shape
            return self.key.folded(name).normal(o, h, w, i).permute(0, 3, 1, 2) * 0.1
        value = self.key.folded(name).normal(*shape) * 0.1
        return value + 1 if len(shape) == 1 and name.endswith("weight") else value

    def conv(self, name, x, outputs, kernel, stride=1, padding=0):
        kernel = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        weight = self.weight(name + ".weight", outputs, x.shape[1], *kernel)
        return F.conv2d(x, weight, None, stride, padding)

    def norm(self, name, x, keeps=True):
        c = x.shape[1]
        mean, var = self.running.setdefault(name, (torch.zeros(c), torch.ones(c)))
        return F.batch_norm(x, mean if keeps else None, var if keeps else None,
                            self.weight(name + ".weight", c), self.weight(name + ".bias", c),
                            self.training or not keeps)

    def excite(self, name, features, source, base):
        x = self.conv(name + ".first", F.adaptive_avg_pool2d(source, base), features.shape[1], base)
        return features * torch.sigmoid(self.conv(name + ".second", F.silu(x), x.shape[1], 1))


def glu(x):
    return F.glu(x, 1)


def enlarged(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


def lrelu(x):
    return F.leaky_relu(x, 0.2)


def channels(level, width=WIDTH):
    return max(1, int(FACTORS[level] * width))


def generator(net, z, height, width, colours, levels):
    base = (height >> levels, width >> levels)
    features = 2 * channels(0)
    weight = net.weight("first.weight", base[0] * base[1] * features, LATENT)
    x = (z @ weight.T).view(-1, *base, features).permute(0, 3, 1, 2)
    outputs = [glu(net.norm("first.norm", x))]
    for level in range(1, levels + 1):
        x, name = outputs[-1], f"up.{level}"
        for turn in range(2 if level % 2 else 1):
            x = net.conv(f"{name}.conv.{turn}", enlarged(x) if turn == 0 else x,
                         2 * channels(level), 3, 1, 1)
            if level % 2 and net.context:
                noise = net.context.folded(f"{name}.{turn}").normal(len(x), 1, *x.shape[2:])
                x = x + noise * net.weight(f"{name}.noise.{turn}.weight", 1)
            x = glu(net.norm(f"{name}.norm.{turn}", x))
        if level >= 4 or (levels < 4 and level == levels):
            source = level - 4 if levels >= 4 else 0
            x = net.excite(f"excite.{level}", x, outputs[source], base)
        outputs.append(x)
    return torch.tanh(net.conv("picture", outputs[-1], colours, 3, 1, 1))


def decode(net, name, x, start, end, colours):
    for place, level in enumerate(range(start, end)):
        x = net.conv(f"{name}.conv.{place}", enlarged(x), 2 * channels(level + 1, WIDTH // 2),
                     3, 1, 1)
        x = glu(net.norm(f"{name}.norm.{place}", x, keeps=False))
    return torch.tanh(net.conv(name + ".picture", x, colours, 3, 1, 1))


def distance(a, b):
    total = 0
    for scale in range(4):
        if scale:
            if min(a.shape[2:]) < 8 or a.shape[2] % 2 or a.shape[3] % 2:
                break
            a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
        total = (total + F.l1_loss(a, b) + F.l1_loss(a.diff(dim=2), b.diff(dim=2))
                 + F.l1_loss(a.diff(dim=3), b.diff(dim=3)))
    return total


def quarter(x, index):
    h, w = x.shape[2] // 2, x.shape[3] // 2
    row, column = divmod(index, 2)
    return x[:, :, row * h:(row + 1) * h, column * w:(column + 1) * w]


def discriminator(net, x, height, width, colours, levels):
    """Logits, and the loss of reconstruction for each of the four parts."""
    base = (height >> levels, width >> levels)
    features = [lrelu(net.conv("stem", x, channels(levels + 1), 3, 1, 1))]
    for index in range(1, levels):
        name, outputs, y = f"down.{index}", channels(levels - index + 1), features[-1]
        main = lrelu(net.norm(name + ".down.norm", net.conv(name + ".down", y, outputs, 4, 2, 1)))
        main = lrelu(net.norm(name + ".same.norm", net.conv(name + ".same", main, outputs, 3, 1, 1)))
        short = net.conv(name + ".shortcut", F.avg_pool2d(y, 2), outputs, 1)
        y = (main + lrelu(net.norm(name + ".shortcut.norm", short))) / 2
        if index >= 3:
            y = net.excite(f"excite.{index}", y, features[index - 3], base)
        features.append(y)
    large, middle = features[-1], features[-2]
    y = net.conv("judge.first", large, 2 * large.shape[1], 1)
    patches = net.conv("judge.second", lrelu(net.norm("judge.norm", y)), 1, 4)

    level = min(levels - 1, 5)
    small = F.interpolate(x, scale_factor=0.5, mode="area")
    small = lrelu(net.conv("small.stem", small, channels(level + 1), 4, 2, 1))
    level, place = level - 1, 1
    while level > 1:
        name = f"small.down.{place}.down"
        small = lrelu(net.norm(name + ".norm", net.conv(name, small, channels(level + 1), 4, 2, 1)))
        level, place = level - 1, place + 1
    small_patches = net.conv("small.judge", small, 1, 4)
    logits = torch.cat([patches.flatten(1), small_patches.flatten(1)], 1).mean(1)

    whole = distance(decode(net, "decoder.picture", large, 1, levels, colours), x)
    whole = whole + distance(decode(net, "decoder.small", small, level, levels, colours), x)
    parts = [distance(decode(net, "decoder.part", quarter(middle, i), 1, levels - 1, colours),
                      quarter(x, i)) for i in range(4)]
    return logits, [whole + part for part in parts]


def main():
    arrays = {}
    for case, sizes in CASES.items():
        key = KEY.folded(case)
        noise = key.folded("noise")
        part = int((int(noise.folded("part").words(1)[0]) >> 8) * 2.0**-24 * 4)
        g, d = (Net(key.folded(player), noise) for player in ("generator", "discriminator"))
        z = key.folded("latents").normal(COUNT, LATENT)
        made = generator(g, z, *sizes)
        arrays[case + "/pictures"] = ours("pictures", made)[:1]
        x = torch.tanh(key.folded("pictures").normal(COUNT, *sizes[:3])).permute(0, 3, 1, 2)
        x.requires_grad_()
        logits, losses = discriminator(d, x, *sizes)
        arrays[case + "/logits"] = logits.detach().numpy()
        arrays[case + "/auxiliary"] = losses[part].detach().numpy()
        arrays[case + "/auxiliary.mean"] = (sum(losses) / 4).detach().numpy()
        slope, = torch.autograd.grad(F.softplus(-logits).mean() + losses[part], x)
        arrays[case + "/slope"] = ours("slope", slope)[:1]
        g.training = d.training = False
        g.context = None
        arrays[case + "/pictures.inference"] = ours("pictures", generator(g, z, *sizes))[:1]
        arrays[case + "/logits.inference"] = discriminator(d, x, *sizes)[0].detach().numpy()
        print(case, "part", part, "logits", logits.tolist(), "losses", [float(l.detach()) for l in losses])
    save("Networks", "fastgan", arrays)


if __name__ == "__main__":
    main()
