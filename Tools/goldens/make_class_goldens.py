"""Makes the goldens of the losses and regularisers, of the layers that GANs with classes are made of, and
of SNGAN, SAGAN and DCGAN with classes, with PyTorch.

    python Tools/goldens/make_class_goldens.py [layers losses networks]

PyTorch 2.13, numpy, safetensors. Weights of networks come from Atelier's own random numbers (see
make_network_goldens.py), so that only results are stored. Writes gan_layers.safetensors, losses.safetensors
and class_networks.safetensors in the Fixtures of LayersTests, TrainingTests and NetworksTests.
"""

import sys

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

from make_network_goldens import SEED, Key, dcgan, fill, ours, rounded, save

KEY = Key.seed(SEED).folded("classes")


def number(*shape):
    return torch.randn(shape).float().double()


# Layers


def layers():
    torch.manual_seed(SEED + 2)
    arrays = {}

    def keep(name, **tensors):
        arrays.update({f"{name}/{k}": ours(k, v) for k, v in tensors.items()})

    def spectral(name, layer, x):
        """Two calls of PyTorch's own spectral norm in training, with the gradients of the first."""
        rounded(layer)
        layer = nn.utils.spectral_norm(layer)
        with torch.no_grad():
            layer.weight_u.copy_(number(layer.weight_u.numel()))
        keep(name, x=x, u=layer.weight_u.clone(), weight=layer.weight_orig)
        y = layer(x)
        v = number(*y.shape)
        slope, = torch.autograd.grad((y * v).sum(), layer.weight_orig)
        arrays[f"{name}/g.weight"] = ours("w", slope)
        keep(name, y=y, v=v, u1=layer.weight_u.clone())
        keep(name, second=layer(x), u2=layer.weight_u.clone())

    spectral("spectral_conv", nn.Conv2d(3, 4, 3, padding=1, bias=False), number(2, 3, 4, 5))
    spectral("spectral_linear", nn.Linear(5, 3, bias=False), number(4, 5))
    spectral("spectral_embedding", nn.Embedding(5, 3), torch.tensor([2, 0, 2, 4]))

    # Conditional batch norm: NAME/x, /v, parameters, /y, gradients, and inference afterwards.
    x, v = number(3, 4, 5, 2).requires_grad_(), number(3, 4, 5, 2)
    gain, bias = number(3, 4).requires_grad_(), number(3, 4).requires_grad_()
    labels = torch.tensor([2, 0, 2])
    mean, variance = torch.zeros(4), torch.ones(4)

    def normalise(training):
        y = F.batch_norm(x, mean, variance, None, None, training, 0.1, 1e-5)
        return y * gain[labels][:, :, None, None] + bias[labels][:, :, None, None]

    y = normalise(True)
    slopes = torch.autograd.grad((y * v).sum(), [x, gain, bias])
    keep("conditional_norm", x=x, v=v, y=y, running_mean=mean.clone(), running_var=variance.clone())
    keep("conditional_norm", **{"gain.weight": gain, "bias.weight": bias, "g.x": slopes[0],
                                "g.gain.weight": slopes[1], "g.bias.weight": slopes[2]})
    keep("conditional_norm", inference=normalise(False))

    # Groups of three out of six pictures, two features of two channels each.
    x = number(6, 4, 3, 2).requires_grad_()
    y = x.reshape(3, 2, 2, 2, 3, 2)
    y = (y.var(0, correction=0) + 1e-8).sqrt().mean((2, 3, 4))
    y = torch.cat([x, y.reshape(-1, 2, 1, 1).repeat(3, 1, 3, 2)], 1)
    v = number(*y.shape)
    slope, = torch.autograd.grad((y * v).sum(), x)
    keep("deviation", x=x, v=v, y=y)
    arrays["deviation/g.x"] = ours("x", slope)

    # Self-attention without spectral norm.
    x = number(2, 8, 4, 6).requires_grad_()
    p = {"theta": number(1, 8, 1, 1), "phi": number(1, 8, 1, 1), "g": number(4, 8, 1, 1),
         "o": number(8, 4, 1, 1)}
    p = {k: (0.5 * w).float().double().requires_grad_() for k, w in p.items()}
    gamma = torch.tensor([0.75]).requires_grad_()
    q = F.conv2d(x, p["theta"]).flatten(2)
    k = F.max_pool2d(F.conv2d(x, p["phi"]), 2).flatten(2)
    g = F.max_pool2d(F.conv2d(x, p["g"]), 2).flatten(2)
    weights = torch.einsum("ncq,nck->nqk", q, k).softmax(-1)
    y = x + gamma * F.conv2d(torch.einsum("nqk,nck->ncq", weights, g).unflatten(2, (4, 6)), p["o"])
    v = number(*y.shape)
    named = {"x": x, **{f"{k}.weight": w for k, w in p.items()}, "gamma": gamma}
    slopes = torch.autograd.grad((y * v).sum(), list(named.values()))
    keep("attention", y=y, v=v, **named, **{f"g.{k}": s for k, s in zip(named, slopes)})
    save("Layers", "gan_layers", arrays)


# Losses


def losses():
    torch.manual_seed(SEED + 3)
    real, fake = (2 * number(6)).requires_grad_(), (2 * number(6)).requires_grad_()
    arrays = {"real": real, "fake": fake}
    bce, one, zero = F.binary_cross_entropy_with_logits, torch.ones(6), torch.zeros(6)
    classic = bce(real, one) + bce(fake, zero)
    games = {
        "saturating": (classic, -bce(fake, zero)),
        "non-saturating": (classic, bce(fake, one)),
        "least-squares": ((F.mse_loss(real, one) + F.mse_loss(fake, zero)) / 2,
                          F.mse_loss(fake, one) / 2),
        "wasserstein": (fake.mean() - real.mean(), -fake.mean()),
        "hinge": (F.relu(1 - real).mean() + F.relu(1 + fake).mean(), -fake.mean()),
        "relativistic": (bce(real - fake, one), bce(fake - real, one)),
    }
    for name, players in games.items():
        for player, loss in zip("dg", players):
            slopes = torch.autograd.grad(loss, [real, fake], retain_graph=True, allow_unused=True)
            arrays[f"{name}/{player}"] = loss.reshape(1)
            for which, slope in zip(("real", "fake"), slopes):
                arrays[f"{name}/{player}.{which}"] = zero if slope is None else slope

    # Penalties on the slopes of tanh(x A) b, at pictures of eight numbers.
    a, b = number(8, 5).requires_grad_(), number(5).requires_grad_()
    x, made, noise = number(4, 8), number(4, 8), torch.rand(4, 8).float().double()
    shares = torch.rand(4, 1).float().double()
    arrays |= {"a": a, "b": b, "x": x, "made": made, "noise": noise, "shares": shares}

    def squares(points):
        points = points.detach().requires_grad_()
        slope, = torch.autograd.grad(((points @ a).tanh() @ b).sum(), points, create_graph=True)
        return slope.square().sum(1)

    mixed = shares * x + (1 - shares) * made
    moved = x + shares * (0.5 * x.std(correction=0) * noise)
    for name, penalty in [
        ("r1", 0.5 * 3.5 * squares(x).mean()), ("r2", 0.5 * 3.5 * squares(made).mean()),
        ("wgan_gp", (squares(mixed).sqrt() - 1).square().mean()),
        ("dragan", (squares(moved).sqrt() - 1).square().mean()),
    ]:
        arrays[f"{name}/penalty"] = penalty.reshape(1)
        for which, slope in zip("ab", torch.autograd.grad(penalty, [a, b])):
            arrays[f"{name}/g.{which}"] = slope

    anchors = torch.zeros(2)
    for _ in range(3):
        penalty = (real - anchors[1]).square().mean() + (fake - anchors[0]).square().mean()
        anchors = 0.9 * anchors + 0.1 * torch.stack([real.mean(), fake.mean()]).detach()
    slopes = torch.autograd.grad(penalty, [real, fake])
    arrays |= {"lecam/penalty": penalty.reshape(1), "lecam/g.real": slopes[0],
               "lecam/g.fake": slopes[1], "lecam/anchors": anchors}
    save("Training", "losses", {k: v.detach().numpy() for k, v in arrays.items()})


# Networks


class Normed(nn.Module):
    """A weight divided by u^T W v after one step of power iteration, where `active`."""

    def __init__(self, layer, active=True):
        super().__init__()
        self.weight, self.bias = layer.weight, getattr(layer, "bias", None)
        self.padding = layer.padding if isinstance(layer, nn.Conv2d) else 0
        self.active = active
        if active:
            self.register_buffer("u", torch.zeros(len(layer.weight)))

    def divided(self):
        if not self.active:
            return self.weight
        w = self.weight.flatten(1)
        with torch.no_grad():
            v = F.normalize(w.T @ self.u, dim=0)
            u = F.normalize(w @ v, dim=0)
            if self.training:
                self.u.copy_(u)
        return self.weight / (u @ w @ v)

    def forward(self, x):
        w = self.divided()
        if x.dtype == torch.int64:
            return w[x]
        return F.conv2d(x, w, self.bias, 1, self.padding) if w.ndim == 4 else F.linear(x, w, self.bias)


def conv(i, o, kernel, active, bias=True):
    return Normed(nn.Conv2d(i, o, kernel, padding=kernel // 2, bias=bias), active)


class ClassNorm(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.gain, self.bias = nn.Embedding(classes, channels), nn.Embedding(classes, channels)
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x, y):
        x = F.batch_norm(x, self.running_mean, self.running_var, None, None, self.training)
        return x * self.gain(y)[:, :, None, None] + self.bias(y)[:, :, None, None]


class PlainNorm(nn.BatchNorm2d):
    def forward(self, x, y=None):
        return super().forward(x)


class Up(nn.Module):
    def __init__(self, i, o, classes, active):
        super().__init__()
        def norm(channels):
            return ClassNorm(channels, classes) if classes else PlainNorm(channels)
        self.norm1, self.conv1 = norm(i), conv(i, o, 3, active)
        self.norm2, self.conv2 = norm(o), conv(o, o, 3, active)
        self.shortcut = conv(i, o, 1, active)

    def forward(self, x, y):
        def up(x):
            return F.interpolate(x, scale_factor=2.0)
        h = self.conv1(up(F.relu(self.norm1(x, y))))
        return self.shortcut(up(x)) + self.conv2(F.relu(self.norm2(h, y)))


class Down(nn.Module):
    def __init__(self, i, o, first, halves):
        super().__init__()
        self.conv1, self.conv2 = conv(i, o if first else i, 3, True), conv(o if first else i, o, 3, True)
        self.shortcut = conv(i, o, 1, True) if halves or i != o else nn.Identity()
        self.first, self.halves = first, halves

    def forward(self, x):
        h = self.conv2(F.relu(self.conv1(x if self.first else F.relu(x)))) + self.shortcut(x)
        return F.avg_pool2d(h, 2) if self.halves else h


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        few, half = max(1, channels // 8), channels // 2
        self.theta, self.phi = conv(channels, few, 1, True, False), conv(channels, few, 1, True, False)
        self.g, self.o = conv(channels, half, 1, True, False), conv(half, channels, 1, True, False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        q, k = self.theta(x).flatten(2), F.max_pool2d(self.phi(x), 2).flatten(2)
        w = torch.einsum("ncq,nck->nqk", q, k).softmax(-1)
        v = F.max_pool2d(self.g(x), 2).flatten(2)
        h = torch.einsum("nqk,nck->ncq", w, v).unflatten(2, x.shape[2:])
        return x + self.gamma * self.o(h)


class Generator(nn.Module):
    def __init__(self, latent, base, channels, classes=0, attend=None):
        super().__init__()
        active = attend is not None
        self.base, self.attend = base, attend
        self.linear = Normed(nn.Linear(latent, channels[0] * base[0] * base[1]), active)
        self.blocks = nn.ModuleList(
            [Up(i, o, classes, active) for i, o in zip(channels, channels[1:])])
        if active:
            self.attention = Attention(channels[attend])
        self.norm, self.picture = PlainNorm(channels[-1]), conv(channels[-1], 3, 3, active)

    def forward(self, z, y=None):
        x = self.linear(z).view(len(z), *self.base, -1).permute(0, 3, 1, 2)
        for i, block in enumerate(self.blocks):
            x = block(x, y)
            x = self.attention(x) if i + 1 == self.attend else x
        return torch.tanh(self.picture(F.relu(self.norm(x))))


class Discriminator(nn.Module):
    def __init__(self, blocks, classes=0, auxiliary=False, attend=None):
        super().__init__()
        inputs, self.attend = 3, attend
        self.blocks = nn.ModuleList()
        for channels, halves in blocks:
            self.blocks.append(Down(inputs, channels, not len(self.blocks), halves))
            inputs = channels
        if attend:
            self.attention = Attention(blocks[attend - 1][0])
        self.linear = Normed(nn.Linear(inputs, 1))
        if classes and auxiliary:
            self.classifier = Normed(nn.Linear(inputs, classes))
        elif classes:
            self.embedding = Normed(nn.Embedding(classes, inputs))

    def forward(self, x, y=None):
        for i, block in enumerate(self.blocks):
            x = block(x)
            x = self.attention(x) if i + 1 == self.attend else x
        h = F.relu(x).sum((2, 3))
        logits = self.linear(h)[:, 0]
        if hasattr(self, "embedding"):
            logits = logits + (self.embedding(y) * h).sum(1)
        return logits, self.classifier(h) if hasattr(self, "classifier") else None


class ClassDCGAN:
    """DCGAN for 16x24 pictures, with three classes."""

    class Generator(nn.Module):
        def __init__(self):
            super().__init__()
            self.main = dcgan(16, 24, 3, 5, 2)[0].main
            self.main[1] = ClassNorm(self.main[1].num_features, 3)

        def forward(self, z, y):
            x = z[:, :, None, None]
            for layer in self.main:
                x = layer(x, y) if isinstance(layer, ClassNorm) else layer(x)
            return x

    class Discriminator(nn.Module):
        def __init__(self, auxiliary):
            super().__init__()
            self.main = dcgan(16, 24, 3, 10, 2)[1].main
            if auxiliary:
                self.classifier = nn.Linear(4, 3)
            else:
                self.embedding = nn.Embedding(3, 4)

        def forward(self, x, y):
            h = self.main[:-1](x)
            logits, h = self.main[-1](h).flatten(), h.sum((2, 3))
            if hasattr(self, "embedding"):
                return logits + (self.embedding(y) * h).sum(1), None
            return logits, self.classifier(h)


def networks():
    arrays = {}
    y = torch.tensor([2, 0, 2])
    tapered = [(2, True), (4, True), (8, True), (8, False)]
    for name, latent, g, d in [
        ("sngan", 5, Generator(5, (4, 6), [8, 4, 2]), Discriminator([(2, True), (4, True), (4, False)])),
        ("sngan_classes", 5, Generator(5, (4, 6), [4, 4, 4], 3),
         Discriminator([(4, True), (4, False), (4, False)], 3)),
        ("sagan", 5, Generator(5, (8, 6), [16, 8, 4, 2], 3, 2),
         Discriminator(tapered, 3, True, 1)),
        ("dcgan", 5, ClassDCGAN.Generator(), ClassDCGAN.Discriminator(False)),
        ("dcgan_auxiliary", 5, ClassDCGAN.Generator(), ClassDCGAN.Discriminator(True)),
    ]:
        key = KEY.folded(name)
        for player, module in (("generator", g), ("discriminator", d)):
            fill(module, key.folded(player))
            for path, buffer in module.named_buffers():
                if path.endswith(".u"):
                    buffer.copy_(key.folded(player).folded(path).normal(*buffer.shape))
            count = sum(p.numel() for p in module.parameters())
            arrays[f"{name}/{player}_count"] = numpy.array([count])
        z = key.folded("latents").normal(3, latent)
        x = g(z, y)
        logits, named = d(x, y)
        loss = F.softplus(-logits).mean()
        loss = loss if named is None else loss + F.cross_entropy(named, y)
        for player, module in (("g", g), ("d", d)):
            slopes = torch.autograd.grad(loss, module.parameters(), retain_graph=True)
            for (path, _), slope in zip(module.named_parameters(), slopes):
                # Biases before a batch normalisation have next to no effect: what is left is rounding.
                if slope.numel() < 150 and slope.abs().max() > 1e-4:
                    arrays[f"{name}/{player}.{path}"] = ours("", slope)
        arrays |= {f"{name}/pictures": ours("", x[1:2]), f"{name}/logits": ours("", logits)}
        if named is not None:
            arrays[f"{name}/class_logits"] = ours("", named)
        g.eval(), d.eval()
        x = g(z, y)
        arrays |= {f"{name}/inference": ours("", x[1:2]),
                   f"{name}/inference_logits": ours("", d(x, y)[0])}
    print("largest", max(numpy.abs(a).max() for k, a in arrays.items() if "count" not in k),
          "smallest of the largest", min(numpy.abs(a).max() for a in arrays.values()))
    save("Networks", "class_networks", arrays)


if __name__ == "__main__":
    makers = {"layers": layers, "losses": losses, "networks": networks}
    for name in sys.argv[1:] or makers:
        makers[name]()
