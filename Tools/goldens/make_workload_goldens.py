"""Makes the goldens of the benchmark's workloads with PyTorch: the losses of the first three steps of
each one that learns, at small sizes, optimizers and all.

    python Tools/goldens/make_workload_goldens.py

PyTorch 2.13, numpy, safetensors; float64. Weights, latents and data come from Atelier's own random
numbers (see make_network_goldens.py) under the names that Sources/Workloads gives them, so that only losses
are stored. Writes Tests/WorkloadsTests/Fixtures/workloads.safetensors.
"""

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

from make_architecture_goldens import (
    VGG, Patches, ResidualDiscriminator, ResidualGenerator, ResNet, UNet)
from make_network_goldens import SEED, Key, Sequence, dcgan, fill, save

STEPS = 3
arrays = {}


def uniform(key, *shape):
    words = key.words(int(numpy.prod(shape)))
    return torch.from_numpy((words >> 8).astype(numpy.float64) * 2.0**-24).reshape(shape)


def pictures(name, batch, size):
    """What fixedPictures draws: in -1 ... 1."""
    x = uniform(Key.seed(1).folded(name), batch, size, size, 3) * 2 - 1
    return x.permute(0, 3, 1, 2)


def keys(name):
    """What StepKeys gives."""
    return (Key.seed(0).folded(name).folded(count) for count in range(1, STEPS + 1))


def filled(name, **networks):
    module = nn.ModuleDict(networks)
    fill(module, Key.seed(SEED).folded("workloads").folded(name))
    return module.values()


def keep(workload, name, loss):
    arrays.setdefault(f"{workload}/{name}", []).append(loss.item())


def move(optimizer, loss, parameters):
    """A step of an optimizer on the gradients of its own parameters alone."""
    parameters = list(parameters)
    for parameter, slope in zip(parameters, torch.autograd.grad(loss, parameters)):
        parameter.grad = slope
    optimizer.step()


def adams(rate, betas, *modules):
    return [torch.optim.Adam(module.parameters(), rate, betas) for module in modules]


def real_loss(logits):
    return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


def made_loss(logits):
    return F.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))


def play(name, g, d, og, od, g_loss, d_loss):
    """The discriminator's update, then the generator's; both get the same made pictures."""
    def step(made):
        loss = d_loss(made.detach())
        keep(name, "d_loss", loss)
        move(od, loss, d.parameters())
        loss = g_loss(made)
        keep(name, "g_loss", loss)
        move(og, loss, g.parameters())
    return step


def two_players(batch=3, size=16, width=4):
    x = pictures("dcgan", batch, size)
    g, d = filled("dcgan", **dict(zip(("generator", "discriminator"), dcgan(size, size, 3, 100, width))))
    step = play("dcgan", g, d, *adams(2e-4, (0.5, 0.999), g, d), lambda made: real_loss(d(made)),
                lambda made: real_loss(d(x)) + made_loss(d(made)))
    for key in keys("dcgan"):
        step(g(key.normal(batch, 100)[:, :, None, None]))


def wgangp(batch=3, size=16, width=4):
    x = pictures("wgangp", batch, size)
    g, d = dcgan(size, size, 3, 100, width)
    critic = Sequence([layer for layer in d.main if not isinstance(layer, nn.BatchNorm2d)])
    g, c = filled("wgangp", generator=g, critic=critic)

    def critic_loss(made):
        between = (shares * x + (1 - shares) * made).requires_grad_()
        slope, = torch.autograd.grad(c(between).sum(), between, create_graph=True)
        penalty = ((slope.flatten(1).norm(2, 1) - 1) ** 2).mean()
        return c(made).mean() - c(x).mean() + 10 * penalty

    step = play("wgangp", g, c, *adams(1e-4, (0.0, 0.9), g, c), lambda made: -c(made).mean(),
                critic_loss)
    for key in keys("wgangp"):
        shares = uniform(key.folded("shares"), batch, 1, 1, 1)
        step(g(key.folded("latents").normal(batch, 100)[:, :, None, None]))


def r1(batch=3, size=16, width=4):
    x = pictures("r1", batch, size)
    g, d = filled("r1", generator=ResidualGenerator((4, 4), 2, 128, width),
                  discriminator=ResidualDiscriminator((4, 4), 2, width))

    def discriminator_loss(made):
        judged = x.clone().requires_grad_()
        logits = d(judged)
        slope, = torch.autograd.grad(logits.sum(), judged, create_graph=True)
        return real_loss(logits) + made_loss(d(made)) + 5 * slope.pow(2).sum((1, 2, 3)).mean()

    step = play("r1", g, d, *adams(1e-4, (0.0, 0.99), g, d), lambda made: real_loss(d(made)),
                discriminator_loss)
    for key in keys("r1"):
        step(g(key.normal(batch, 128)))


def pix2pix(batch=2, size=32, width=4):
    a, b = pictures("pix2pix sources", batch, size), pictures("pix2pix targets", batch, size)
    g, d = filled("pix2pix", generator=UNet(5, width), discriminator=Patches(6, width, 3))
    step = play(
        "pix2pix", g, d, *adams(2e-4, (0.5, 0.999), g, d),
        lambda made: real_loss(d(torch.cat([a, made], 1))) + 100 * (made - b).abs().mean(),
        lambda made: 0.5 * (made_loss(d(torch.cat([a, made], 1))) + real_loss(d(torch.cat([a, b], 1)))))
    for _ in range(STEPS):
        step(g(a))


def gatys(size=32, width=4):
    network = VGG([2, 2, 4, 4, 1], width)
    with torch.no_grad():
        for i, place in network.places.items():
            convolution, key = network.features[i - 1], Key.seed(0).folded(place)
            o, c, h, w = convolution.weight.shape
            weight = key.folded("weight").normal(o, h, w, c) * (2 / (9 * c)) ** 0.5
            convolution.weight.copy_(weight.permute(0, 3, 1, 2))
            bias = uniform(key.folded("bias"), o) * 2 - 1
            convolution.bias.copy_(bias / (9 * c) ** 0.5)

    def features(x):
        found = network(x)
        return [found[f"relu{block}_1"] for block in range(1, 6)]

    def gram(f):
        t = f.flatten(2)[0]
        return t @ t.T / t.numel()

    with torch.no_grad():
        styles = [gram(f) for f in features(pictures("style", 1, size))]
        content = features(pictures("content", 1, size))[3]
    x = pictures("canvas", 1, size).clone().requires_grad_()
    optimizer = torch.optim.Adam([x], 0.02)
    for _ in range(STEPS):
        f = features(x)
        loss = 1e3 * sum(((gram(made) - wanted) ** 2).sum() for made, wanted in zip(f, styles))
        loss = loss + ((f[3] - content) ** 2).mean()
        keep("gatys", "loss", loss)
        move(optimizer, loss, [x])


def resnet18(batch=4, size=16, width=4):
    m, = filled("resnet18", network=ResNet([2, 2, 2, 2], width))
    x = pictures("resnet18", batch, size)
    y = (uniform(Key.seed(0).folded("classes"), batch) * 10).long()
    optimizer = torch.optim.SGD(m.parameters(), 0.1, momentum=0.9, weight_decay=5e-4)
    for _ in range(STEPS):
        loss = F.cross_entropy(m(x), y)
        keep("resnet18", "loss", loss)
        move(optimizer, loss, m.parameters())


def ring(batch=16, width=8):
    def perceptron(outputs):
        return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
                             nn.Linear(width, outputs))
    g, d = filled("ring", generator=perceptron(2), discriminator=perceptron(1))
    key = Key.seed(0).folded("points")
    turn = (uniform(key.folded("mode"), batch, 1) * 8).floor() * (numpy.pi / 4)
    x = torch.cat([turn.cos(), turn.sin()], 1) + key.folded("noise").normal(batch, 2) * 0.02
    step = play("ring", g, d, *adams(1e-3, (0.5, 0.999), g, d), lambda made: real_loss(d(made)),
                lambda made: real_loss(d(x)) + made_loss(d(made)))
    for key in keys("ring"):
        step(g(key.normal(batch, 2)))


if __name__ == "__main__":
    for workload in (two_players, wgangp, r1, pix2pix, gatys, resnet18, ring):
        workload()
    save("Workloads", "workloads", {k: numpy.array(v) for k, v in arrays.items()})
    for name, losses in arrays.items():
        print(name, *(f"{loss:.6g}" for loss in losses))
