"""Makes the goldens of StyleGAN2 and of its regulariser with PyTorch, from the paper: Karras et al. 2020,
https://arxiv.org/abs/1912.04958.

    python Tools/goldens/make_stylegan2_goldens.py

PyTorch 2.13, numpy, safetensors, in float64. Written the plain way, so that nothing of Atelier's
arrangement is in it: weights are modulated and demodulated for each sample, transposed and strided
convolutions are 3x3, and the filter is a convolution of its own beside them. Weights, buffers and
inputs come from Atelier's own random numbers (see make_network_goldens.py), in Atelier's layout.
Writes stylegan2.safetensors in Tests/NetworksTests/Fixtures and path_length.safetensors in
Tests/TrainingTests/Fixtures.
"""

import numpy
import torch
import torch.nn.functional as F

from make_network_goldens import SEED, Key, save

KEY = Key.seed(SEED).folded("stylegan2")
STYLE, LATENT, LAYERS = 6, 5, 3


class Weights:
    """Tensors by name, drawn when they are first asked for."""

    def __init__(self, key, prefix=""):
        self.key, self.tensors = key, {}

    def __call__(self, name, *shape, fixed=False):
        if name not in self.tensors:
            value = self.key.folded(name).normal(*shape)
            if "mapping.fc" in name:
                value = value * (20 if name.endswith("bias") else 100)
            elif name.endswith("affine.bias"):
                value = 1 + 0.25 * value
            elif name.endswith(("bias", "noise_strength")):
                value = 0.25 * value
            self.tensors[name] = value.float().double().requires_grad_(not fixed)
        assert list(self.tensors[name].shape) == list(shape), name
        return self.tensors[name]


def nchw(weight):
    """[O, KH, KW, I] to PyTorch's [O, I, KH, KW]; pictures likewise."""
    return weight.permute(0, 3, 1, 2)


def linear(p, name, x, outputs, rate=1.0):
    weight, bias = p(f"{name}.weight", outputs, x.shape[1]), p(f"{name}.bias", outputs)
    return x @ (weight * rate / x.shape[1] ** 0.5).T + bias * rate


def activate(x):
    return F.leaky_relu(x, 0.2) * 2**0.5


def filtered(x, gain, pad):
    """[1, 3, 3, 1] along both axes, normalised, with (before, after) zeros."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    kernel = (taps[:, None] * taps * gain).expand(x.shape[1], 1, 4, 4)
    return F.conv2d(F.pad(x, (*pad, *pad)), kernel, groups=x.shape[1])


def doubled(x):
    n, c, h, w = x.shape
    zeros = torch.zeros(n, c, h, 2, w, 2)
    zeros[:, :, :, 0, :, 0] = x
    return filtered(zeros.reshape(n, c, 2 * h, 2 * w), 4, (2, 1))


def halved(x):
    return filtered(x, 1, (1, 1))[:, :, ::2, ::2]


def moment(x):
    return x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()


def mapping(p, latents, labels, classes):
    x = moment(latents)
    if classes:
        x = torch.cat([x, moment(p("mapping.embed.weight", classes, STYLE)[labels])], 1)
    for i in range(LAYERS):
        x = activate(linear(p, f"mapping.fc{i}", x, STYLE, 0.01))
    return x


def modulated(p, name, x, style, outputs, up, noise):
    n, inputs, h, w = x.shape
    scale = linear(p, f"{name}.affine", style, inputs)
    if up:
        weight = p(f"{name}.weight", inputs, 3, 3, outputs).permute(3, 0, 1, 2)
    else:
        weight = nchw(p(f"{name}.weight", outputs, 3, 3, inputs))
    weight = weight / (9 * inputs) ** 0.5
    pictures = []
    for i in range(n):
        own = weight * scale[i][None, :, None, None]
        own = own / (own.square().sum([1, 2, 3], keepdim=True) + 1e-8).sqrt()
        if up:
            y = F.conv_transpose2d(x[i: i + 1], own.permute(1, 0, 2, 3), stride=2)
            pictures.append(filtered(y, 4, (1, 1)))
        else:
            pictures.append(F.conv2d(x[i: i + 1], own, padding=1))
    x = torch.cat(pictures)
    constant = p(f"{name}.noise_const", *x.shape[2:], fixed=True)
    x = x + (constant if noise is None else noise) * p(f"{name}.noise_strength", 1)
    return activate(x + p(f"{name}.bias", outputs)[:, None, None])


def colours(p, name, x, style, channels):
    scale = linear(p, f"{name}.affine", style, x.shape[1]) / x.shape[1] ** 0.5
    weight = nchw(p(f"{name}.weight", channels, 1, 1, x.shape[1]))
    y = [F.conv2d(x[i: i + 1], weight * scale[i][None, :, None, None]) for i in range(len(x))]
    return torch.cat(y) + p(f"{name}.bias", channels)[:, None, None]


def side(h, w):
    return f"b{h}" if h == w else f"b{h}x{w}"


def synthesis(p, styles, base, features, channels, noise=None):
    """`features`: from the base on. `styles`: [N, layers, W]. `noise`: one a layer, or None."""
    (h, w), layer, picture = base, 0, None
    x = p(f"synthesis.{side(h, w)}.const", h, w, features[0]).permute(2, 0, 1)
    x = x.expand(len(styles), *x.shape)
    for block, outputs in enumerate(features):
        name = f"synthesis.{side(h << block, w << block)}"
        for up in ([True, False] if block else [False]):
            x = modulated(p, f"{name}.conv{0 if up else 1}", x, styles[:, layer], outputs, up,
                          noise and noise[layer])
            layer += 1
        more = colours(p, f"{name}.torgb", x, styles[:, layer], channels)
        picture = more if picture is None else doubled(picture) + more
    return picture


def conv(p, name, x, outputs, size, bias=True, down=False):
    weight = nchw(p(f"{name}.weight", outputs, size, size, x.shape[1]))
    weight = weight / (size * size * x.shape[1]) ** 0.5
    if down and size == 3:
        x = F.conv2d(filtered(x, 1, (2, 2)), weight, stride=2)
    elif down:
        x = F.conv2d(filtered(x, 1, (1, 1)), weight, stride=2)
    else:
        x = F.conv2d(x, weight, padding=size // 2)
    return activate(x + p(f"{name}.bias", outputs)[:, None, None]) if bias else x


def discriminator(p, x, labels, base, features, classes):
    (h, w), top = base, len(features) - 1
    x = conv(p, f"{side(h << top, w << top)}.fromrgb", x, features[top], 1)
    for block in range(top, 0, -1):
        name = side(h << block, w << block)
        inner = conv(p, f"{name}.conv0", x, features[block], 3)
        inner = conv(p, f"{name}.conv1", inner, features[block - 1], 3, down=True)
        skip = conv(p, f"{name}.skip", x, features[block - 1], 1, bias=False, down=True)
        x = (inner + skip) / 2**0.5
    n, name = len(x), side(h, w)
    size = max(g for g in range(1, 5) if n % g == 0)
    statistic = torch.empty(n)
    for group in range(n // size):
        own = x[group:: n // size]
        statistic[group:: n // size] = (own.var(0, unbiased=False) + 1e-8).sqrt().mean()
    x = torch.cat([x, statistic[:, None, None, None].expand(n, 1, h, w)], 1)
    x = conv(p, f"{name}.conv", x, features[0], 3)
    x = activate(linear(p, f"{name}.fc", x.flatten(1), features[0]))
    logits = linear(p, f"{name}.out", x, 1)[:, 0]
    if classes:
        vectors = p(f"{name}.embed.weight", classes, features[0])[labels]
        logits = logits + (x * vectors).sum(1) / features[0] ** 0.5
    return logits


def case(name, count, base, features, channels, classes, stored):
    """Pictures, logits, path lengths; with g., p. and r. before them gradients of sum(pictures * v), of
    the penalty, and of sum(logits) + the mean square of its gradient at the pictures."""
    key = KEY.folded(name)
    latents = key.folded("latents").normal(count, LATENT)
    labels = torch.arange(count) % classes if classes else None
    g, d = Weights(key.folded("generator")), Weights(key.folded("discriminator"))
    layers = 2 * len(features)
    w = mapping(g, latents, labels, classes)
    styles = w[:, None].expand(count, layers, STYLE)
    pictures = synthesis(g, styles, base, features, channels)
    v = key.folded("v").normal(count, *pictures.shape[2:], channels).permute(0, 3, 1, 2)
    arrays = {"w": w, "pictures": pictures.permute(0, 2, 3, 1)}

    def slopes(prefix, loss, p):
        names = [n for n, value in p.tensors.items() if value.requires_grad]
        found = torch.autograd.grad(loss, [p.tensors[n] for n in names], retain_graph=True,
                                    allow_unused=True)
        for n, slope in zip(names, found):
            if n.startswith(stored) or n.endswith(stored):
                arrays[f"{prefix}.{n}"] = torch.zeros_like(p.tensors[n]) if slope is None else slope

    slopes("g", (pictures * v).sum(), g)

    y = key.folded("directions").normal(count, *pictures.shape[2:], channels).permute(0, 3, 1, 2)
    y = y / (pictures.shape[2] * pictures.shape[3]) ** 0.5
    jacobian, = torch.autograd.grad((pictures * y).sum(), styles, create_graph=True)
    lengths = (jacobian.square().sum(2).mean(1) + 1e-8).sqrt()
    average = 0.5 + 0.01 * (lengths.mean() - 0.5)
    penalty = (lengths - average.detach()).square().mean()
    arrays |= {"lengths": lengths, "average": average, "penalty": penalty}
    slopes("p", penalty, g)

    x = pictures.detach().requires_grad_()
    logits = discriminator(d, x, labels, base, features, classes)
    slope, = torch.autograd.grad(logits.sum(), x, create_graph=True)
    arrays |= {"logits": logits, "slope": slope.permute(0, 2, 3, 1)}
    slopes("r", logits.sum() + slope.square().sum([1, 2, 3]).mean(), d)
    return {f"{name}/{n}": a.detach().numpy().astype(numpy.float32) for n, a in arrays.items()}


if __name__ == "__main__":
    short = ("mapping.", "weight", "bias", "noise_strength", "const")
    arrays = case("oblong", 6, (6, 4), (4, 4, 2), 3, 3, short)
    arrays |= case("square", 4, (4, 4), (3, 3, 2), 1, 0, ("synthesis.b8", "b16", "b4"))
    penalties = {n: a for n, a in arrays.items()
                 if n.split("/")[1].startswith(("p.", "lengths", "average", "penalty"))}
    save("Networks", "stylegan2", {n: a for n, a in arrays.items() if n not in penalties})
    save("Training", "path_length", {n: a for n, a in penalties.items() if "oblong" in n})
