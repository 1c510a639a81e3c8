"""Makes the goldens of layers, optimizers, networks and adversarial training with PyTorch.

    python Tools/goldens/make_network_goldens.py [layers optimizers networks training]

PyTorch 2.13, numpy, safetensors. Everything is computed in float64 from inputs rounded to float32 and
rounded once. Weights are written as Atelier keeps them: convolutions [O, KH, KW, I], transposed
convolutions [I, KH, KW, O], pictures [N, H, W, C].

The perceptron's golden needs mnist_mlp_gan_G.safetensors in the folder weights of the test data, which
lies at ../shared/data or where ATELIER_DATA says; without it that golden stays as it is.

Random numbers that the tests draw again come from Atelier's own stream (class Key below, written
from the description in Sources/TensorCore/RandomKey.swift), all others from PyTorch's under SEED.
"""

import json
import os
import pathlib
import platform
import sys

import numpy
import safetensors
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file

SEED = 20261123
ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("ATELIER_DATA", ROOT / "../shared/data"))
VERSIONS = {
    "seed": str(SEED), "torch": torch.__version__, "numpy": numpy.__version__,
    "safetensors": safetensors.__version__, "python": platform.python_version(),
}

torch.set_default_dtype(torch.float64)


class Key:
    """A key of Atelier's random numbers: Threefry-2x32-20."""

    def __init__(self, high, low):
        self.high, self.low = int(high), int(low)

    @staticmethod
    def seed(number):
        return Key(number >> 32, number & 0xFFFFFFFF)

    def blocks(self, c0, c1):
        k = [self.high, self.low, self.high ^ self.low ^ 0x1BD11BDA]
        k = [numpy.uint32(word) for word in k]
        x0, x1 = c0.astype(numpy.uint32) + k[0], c1.astype(numpy.uint32) + k[1]
        for group in range(5):
            for by in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
                x0 = x0 + x1
                x1 = ((x1 << numpy.uint32(by)) | (x1 >> numpy.uint32(32 - by))) ^ x0
            x0 = x0 + k[(group + 1) % 3]
            x1 = x1 + k[(group + 2) % 3] + numpy.uint32(group + 1)
        return x0, x1

    def folded(self, what):
        if isinstance(what, str):
            hashed = 0xCBF29CE484222325
            for byte in what.encode():
                hashed = ((hashed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
            what = hashed >> 1
        low, high = what & 0xFFFFFFFF, (what >> 32) | 0x80000000
        x0, x1 = self.blocks(numpy.array([low]), numpy.array([high]))
        return Key(x0[0], x1[0])

    def words(self, count):
        counters = numpy.arange((count + 1) // 2, dtype=numpy.uint64)
        pair = self.blocks(counters & 0xFFFFFFFF, counters >> numpy.uint64(32))
        return numpy.stack(pair, -1).reshape(-1)[:count]

    def normal(self, *shape):
        """Standard normal, right to the last bit of a float."""
        words = self.words(int(numpy.prod(shape)))
        u = ((words >> 8).astype(numpy.float64) + 0.5) * 2.0**-23 - 1
        return (torch.erfinv(torch.from_numpy(u)) * 2**0.5).float().double().reshape(shape)

    def bytes(self, *shape):
        return (self.words(int(numpy.prod(shape))) >> 24).astype(numpy.uint8).reshape(shape)


def ours(name, tensor):
    """A tensor in Atelier's layout: axis 1 of weights and pictures goes last."""
    tensor = tensor.detach()
    tensor = tensor.permute(0, 2, 3, 1) if tensor.ndim == 4 else tensor
    return numpy.ascontiguousarray(tensor.numpy().astype(numpy.float32))


def save(target, name, arrays):
    folder = ROOT / f"Tests/{target}Tests/Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    save_file({k: numpy.ascontiguousarray(v, numpy.float32) for k, v in arrays.items()}, path,
              metadata={k: VERSIONS[k] for k in sorted(VERSIONS)})
    print(path.relative_to(ROOT), path.stat().st_size, "bytes")


def rounded(module):
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.float().double())
    return module


# Layers


def layer_goldens():
    torch.manual_seed(SEED)
    arrays = {}

    def case(name, layer, shape, function=None):
        """NAME/x, /y, a cotangent /v, parameters, and with g. before them the gradients."""
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.copy_(torch.randn(parameter.shape) * 0.5)
        rounded(layer)
        x = torch.randn(shape).float().double().requires_grad_()
        for key, value in layer.named_parameters():
            arrays[f"{name}/{key}"] = ours(key, value)
        y = (function or (lambda x: layer(x)))(x)
        v = torch.randn(y.shape).float().double()
        named = [("x", x), *layer.named_parameters()]
        slopes = torch.autograd.grad((y * v).sum(), [value for _, value in named])
        for key, value in [("x", x), ("y", y), ("v", v)]:
            arrays[f"{name}/{key}"] = ours(key, value)
        for (key, _), slope in zip(named, slopes):
            arrays[f"{name}/g.{key}"] = ours(key, slope)
        for key, value in layer.named_buffers():
            if value.ndim == 1:
                arrays[f"{name}/{key}"] = ours(key, value)
        return layer

    case("linear", nn.Linear(5, 3), (4, 5))
    case("linear_of_rank_3", nn.Linear(5, 3), (2, 4, 5))
    case("linear_without_bias", nn.Linear(5, 3, bias=False), (4, 5))
    case("conv", nn.Conv2d(3, 4, 4, 2, 1), (2, 3, 8, 6))
    case("conv_without_bias", nn.Conv2d(3, 4, (3, 2), bias=False), (2, 3, 5, 6))
    case("conv_dilated_in_groups", nn.Conv2d(4, 6, 3, 1, 2, dilation=2, groups=2), (2, 4, 7, 6))
    case("transposed", nn.ConvTranspose2d(3, 4, 4, 2, 1), (2, 3, 3, 4))
    case("transposed_padded", nn.ConvTranspose2d(3, 2, 3, 2, 1, output_padding=1), (2, 3, 4, 3))
    case("transposed_of_points", nn.ConvTranspose2d(6, 4, (3, 5), bias=False), (2, 6, 1, 1))
    case("instance_norm", nn.InstanceNorm2d(3, affine=True), (2, 3, 4, 5))
    case("instance_norm_plain", nn.InstanceNorm2d(3, eps=1e-2), (2, 3, 4, 5))

    for name, kind, shape, options in [
        ("batch_norm", nn.BatchNorm2d, (3, 4, 5, 2), {}),
        ("batch_norm_of_rank_2", nn.BatchNorm1d, (6, 4), dict(momentum=0.3, eps=1e-2)),
    ]:
        layer = case(name, kind(4, **options), shape)
        # A second batch on top of the first one's running statistics, then inference.
        second = (torch.randn(shape) * 2 + 1).float().double()
        layer(second)
        arrays[f"{name}/second"] = ours("x", second)
        for key in ("running_mean", "running_var"):
            arrays[f"{name}/{key}_after_two"] = ours(key, getattr(layer, key))
        x = torch.from_numpy(arrays[f"{name}/x"]).double()
        x = x.permute(0, 3, 1, 2) if x.ndim == 4 else x
        arrays[f"{name}/inference"] = ours("y", layer.eval()(x))

    classes = torch.tensor([2, 0, 2, 4, 2])
    layer = nn.Embedding(5, 3)
    rounded(layer)
    y = layer(classes)
    v = torch.randn(y.shape).float().double()
    slope, = torch.autograd.grad((y * v).sum(), layer.weight)
    for key, value in [("weight", layer.weight), ("y", y), ("v", v), ("g.weight", slope)]:
        arrays[f"embedding/{key}"] = ours(key, value)
    save("Layers", "layers", arrays)


# Optimizers


def optimizer_goldens():
    """Ten steps on loss = mean((tanh(x W^T + b) - t)^2): NAME/loss, /weight and /bias of each step,
    the parameters after it. EMA: of Adam's parameters, with and without warm-up."""
    torch.manual_seed(SEED + 1)
    x, t = torch.randn(8, 5).float().double(), torch.randn(8, 4).float().double()
    weight, bias = (torch.randn(4, 5) * 0.4).float().double(), torch.randn(4).float().double()
    arrays = {"x": x, "t": t, "weight": weight, "bias": bias}
    adam = torch.optim.Adam
    sgd = torch.optim.SGD
    for name, kind, options in [
        ("adam", adam, dict(lr=0.05)),
        ("adam_of_gans", adam, dict(lr=0.02, betas=(0.5, 0.9), eps=1e-3)),
        ("sgd", sgd, dict(lr=0.2)),
        ("sgd_momentum", sgd, dict(lr=0.1, momentum=0.9)),
        ("sgd_nesterov", sgd, dict(lr=0.1, momentum=0.9, nesterov=True)),
        ("sgd_decay", sgd, dict(lr=0.2, weight_decay=0.1)),
        ("sgd_all", sgd, dict(lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.05)),
    ]:
        w, b = weight.clone().requires_grad_(), bias.clone().requires_grad_()
        optimizer = kind([w, b], **options)
        history = {"loss": [], "weight": [], "bias": []}
        for _ in range(10):
            optimizer.zero_grad()
            loss = ((x @ w.T + b).tanh() - t).square().mean()
            loss.backward()
            optimizer.step()
            for key, value in [("loss", loss), ("weight", w), ("bias", b)]:
                history[key].append(value.detach().clone())
        arrays |= {f"{name}/{key}": torch.stack(values) for key, values in history.items()}
    for name, warm in [("ema", False), ("ema_warm", True)]:
        average, averages = weight, []
        for step, value in enumerate(arrays["adam/weight"]):
            decay = min(0.6, (1 + step) / (10 + step)) if warm else 0.6
            average = decay * average + (1 - decay) * value
            averages.append(average)
        arrays[f"{name}/weight"] = torch.stack(averages)
    save("Optimizers", "optimizers", {k: v.numpy() for k, v in arrays.items()})


# Networks


class Sequence(nn.Module):
    """Layers under the name that PyTorch's DCGAN example gives them."""

    def __init__(self, layers):
        super().__init__()
        self.main = nn.Sequential(*layers)

    def forward(self, x):
        return self.main(x)


def dcgan(height, width, channels, latent, features, maximum=10**9):
    """Generator and discriminator of Radford et al. 2016, for other sides than 64 as well."""
    levels, base = 0, (height, width)
    while base[0] % 2 == 0 and base[1] % 2 == 0 and min(base) >= 8:
        base, levels = (base[0] // 2, base[1] // 2), levels + 1
    counts = [min(features << level, maximum) for level in range(levels)]
    g = [nn.ConvTranspose2d(latent, counts[-1], base, bias=False)]
    for inputs, outputs in zip(counts[::-1], counts[-2::-1] + [channels]):
        g += [nn.BatchNorm2d(inputs), nn.ReLU(),
              nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)]
    d = [nn.Conv2d(channels, counts[0], 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for inputs, outputs in zip(counts, counts[1:]):
        d += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs),
              nn.LeakyReLU(0.2)]
    d += [nn.Conv2d(counts[-1], 1, base, bias=False)]
    return Sequence(g + [nn.Tanh()]), Sequence(d)


def fill(module, key):
    """Weights from the stream of a key, folded with each tensor's name, in Atelier's layout."""
    with torch.no_grad():
        for name, tensor in module.named_parameters():
            if tensor.ndim == 4:
                o, i, h, w = tensor.shape
                tensor.copy_(key.folded(name).normal(o, h, w, i).permute(0, 3, 1, 2) * 0.1)
            else:
                value = key.folded(name).normal(*tensor.shape) * 0.1
                scale = tensor.ndim == 1 and name.endswith("weight")
                tensor.copy_(1 + value if scale else value)
    return rounded(module)


def network_goldens():
    listing = []
    for height, width, channels, latent, features, maximum in [
        (16, 16, 3, 8, 4, None), (32, 32, 1, 8, 4, None), (64, 64, 3, 100, 64, None),
        (128, 128, 3, 8, 2, None), (256, 256, 3, 8, 2, 16), (48, 48, 3, 8, 4, None),
        (64, 96, 3, 8, 4, None), (96, 64, 4, 8, 4, 8),
    ]:
        g, d = dcgan(height, width, channels, latent, features, maximum or 10**9)
        listing.append({
            "height": height, "width": width, "channels": channels, "latentSize": latent,
            "features": features, "maximum": maximum,
            "generator": shapes(g), "discriminator": shapes(d),
            "generatorCount": sum(p.numel() for p in g.parameters()),
            "discriminatorCount": sum(p.numel() for p in d.parameters()),
        })
    folder = ROOT / "Tests/NetworksTests/Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dcgan.json").write_text(json.dumps(listing, indent=1) + "\n")

    # Not square, all layers: pictures in training and inference, and logits of them.
    key = Key.seed(SEED)
    g, d = dcgan(24, 16, 3, 5, 2)
    fill(g, key.folded("generator"))
    fill(d, key.folded("discriminator"))
    latents = key.folded("latents").normal(3, 5)
    arrays = {}
    for name, training in [("training", True), ("inference", False)]:
        g.train(training), d.train(training)
        pictures = g(latents[:, :, None, None])
        arrays[f"{name}/pictures"] = ours("", pictures)
        arrays[f"{name}/logits"] = ours("", d(pictures).reshape(-1))
    save("Networks", "dcgan", arrays)

    path = DATA / "weights/mnist_mlp_gan_G.safetensors"
    if not path.exists():
        return print(f"{path} is not there: the perceptron's golden stays as it is")
    w = {k: torch.from_numpy(v).double() for k, v in load_file(path).items()}
    x = key.folded("digits").normal(4, 64)
    for i in (0, 2, 4):
        x = F.linear(x, w[f"{i}.weight"], w[f"{i}.bias"])
        x = F.relu(x) if i < 4 else torch.tanh(x)
    save("Networks", "digits", {"digits": ours("", x)})


def shapes(module):
    """Names and shapes as Atelier keeps them, without PyTorch's counters of batches."""
    return [[name, list(ours(name, tensor).shape)] for name, tensor in module.state_dict().items()
            if not name.endswith("num_batches_tracked")]


# Training


def train(dtype, steps=10, batch=8):
    """Ten steps of DCGAN on 16x16 pictures: D on real, D on made, D's update, G through the new D."""
    key = Key.seed(SEED)
    g, d = dcgan(16, 16, 3, 12, 8)
    fill(g, key.folded("generator"))
    fill(d, key.folded("discriminator"))
    state = {"generator": g.to(dtype), "discriminator": d.to(dtype)}
    arrays = {f"initial/{player}.{name}": ours(name, tensor)
              for player, module in state.items() for name, tensor in module.named_parameters()}
    og = torch.optim.Adam(g.parameters(), 1e-3, (0.5, 0.999))
    od = torch.optim.Adam(d.parameters(), 5e-4, (0.5, 0.999))
    bce = F.binary_cross_entropy_with_logits
    names = [n for n in g.state_dict() if not n.endswith("num_batches_tracked")]
    average = {n: g.state_dict()[n].clone() for n in names}
    history = {"d_loss": [], "g_loss": [], "d_real": [], "d_fake": []}
    for step in range(steps):
        real = key.folded("pictures").folded(step).bytes(batch, 16, 16, 3)
        real = (torch.from_numpy(real).double() / 127.5 - 1).permute(0, 3, 1, 2).to(dtype)
        z = key.folded("training").folded(step).folded("latents").normal(batch, 12).to(dtype)
        od.zero_grad()
        r = d(real).reshape(-1)
        fake = g(z[:, :, None, None])
        f = d(fake.detach()).reshape(-1)
        d_loss = bce(r, torch.ones_like(r)) + bce(f, torch.zeros_like(f))
        d_loss.backward()
        od.step()
        og.zero_grad()
        judged = d(fake).reshape(-1)
        g_loss = bce(judged, torch.ones_like(judged))
        g_loss.backward()
        og.step()
        for name, value in [("d_loss", d_loss), ("g_loss", g_loss),
                            ("d_real", r.sigmoid().mean()), ("d_fake", f.sigmoid().mean())]:
            history[name].append(value.item())
        decay = min(0.999, (1 + step) / (10 + step))
        for n in names:
            average[n] = decay * average[n] + (1 - decay) * g.state_dict()[n]
    arrays |= {name: numpy.array(values) for name, values in history.items()}
    for player, module in state.items():
        for name, tensor in module.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                arrays[f"final/{player}.{name}"] = ours(name, tensor)
    arrays |= {f"final/average.{n}": ours(n, tensor) for n, tensor in average.items()}
    return arrays


def training_goldens():
    arrays, single = train(torch.float64), train(torch.float32)
    print("d_loss", numpy.round(arrays["d_loss"], 4), "g_loss", numpy.round(arrays["g_loss"], 4))
    # How far PyTorch's own float32 is from its float64: what tolerances have to allow for.
    for kind in ("d_loss", "g_loss", "final/generator", "final/discriminator", "final/average"):
        parts = [k for k in arrays if k.startswith(kind)]
        worst = max(parts, key=lambda k: abs(arrays[k] - single[k]).max())
        print("float32 differs by", abs(arrays[worst] - single[worst]).max(), "in", worst)
    save("Training", "dcgan", arrays)


if __name__ == "__main__":
    makers = {"layers": layer_goldens, "optimizers": optimizer_goldens,
              "networks": network_goldens, "training": training_goldens}
    for name in sys.argv[1:] or makers:
        makers[name]()
