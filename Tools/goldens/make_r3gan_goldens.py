"""Makes the golden of R3GAN with PyTorch: pictures, logits, and gradients up to the second order.

    python Tools/goldens/make_r3gan_goldens.py

Written from the paper (https://arxiv.org/abs/2501.05441) in PyTorch's functions, on weights that are
all random (those that begin at zero too). Everything is computed in float64 from inputs rounded to
float32 and rounded once. Weights lie as Atelier keeps them: convolutions [O, KH, KW, I / groups].
"""

import pathlib
import platform

import numpy
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

SEED = 20250109
ROOT = pathlib.Path(__file__).resolve().parents[2]
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)

HEIGHT, WIDTH, CHANNELS = 32, 16, 2
LATENT, CLASSES, EMBEDDING = 6, 3, 5
WIDTHS = [8, 12, 12]  # from the picture's side on
BLOCKS, EXPANSION, GROUP = 2, 2, 4
BATCH = 3
BASE = (HEIGHT >> 2, WIDTH >> 2)


def drawn(*shape, scale=1.0):
    return (torch.randn(*shape) * scale).float().double().requires_grad_()


def stage(weights, name, channels, inputs, outputs):
    if inputs != outputs:
        weights[f"{name}.transition.weight"] = drawn(outputs, 1, 1, inputs, scale=inputs**-0.5)
    inner = channels * EXPANSION
    for i in range(BLOCKS):
        block = f"{name}.blocks.{i}"
        weights[f"{block}.first.weight"] = drawn(inner, 1, 1, channels, scale=channels**-0.5)
        weights[f"{block}.first.bias"] = drawn(inner, scale=0.3)
        weights[f"{block}.second.weight"] = drawn(inner, 3, 3, GROUP, scale=(9 * GROUP) ** -0.5)
        weights[f"{block}.second.bias"] = drawn(inner, scale=0.3)
        weights[f"{block}.third.weight"] = drawn(channels, 1, 1, inner, scale=inner**-0.5)


def convolve(x, weight, bias=None, groups=1):
    weight = weight.permute(0, 3, 1, 2)
    return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2, groups=groups)


def refine(x, weights, name):
    for i in range(BLOCKS):
        w = {k.split(f"{name}.blocks.{i}.")[1]: v for k, v in weights.items()
             if k.startswith(f"{name}.blocks.{i}.")}
        y = F.leaky_relu(convolve(x, w["first.weight"], w["first.bias"]), 0.2)
        y = convolve(y, w["second.weight"], w["second.bias"], groups=y.shape[1] // GROUP)
        x = x + convolve(F.leaky_relu(y, 0.2), w["third.weight"])
    return x


def transition(x, weights, name):
    weight = weights.get(f"{name}.transition.weight")
    return x if weight is None else convolve(x, weight)


def halve(x):
    k = torch.tensor([1.0, 3, 3, 1])
    k = (k[:, None] * k[None, :] / 64).expand(x.shape[1], 1, 4, 4)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), k, stride=2, groups=x.shape[1])


def generator():
    widths = WIDTHS[::-1]
    weights = {
        "base": drawn(*BASE, widths[0]),
        "weights.weight": drawn(widths[0], LATENT + EMBEDDING, scale=(LATENT + EMBEDDING) ** -0.5),
        "embedding.weight": drawn(CLASSES, EMBEDDING),
    }
    for i, width in enumerate(widths):
        stage(weights, f"stages.{i}", width, widths[max(i - 1, 0)], width)
    weights["picture.weight"] = drawn(CHANNELS, 1, 1, widths[-1], scale=widths[-1] ** -0.5)
    return weights


def make(weights, latents, labels):
    code = torch.cat([latents, weights["embedding.weight"][labels]], 1)
    scales = code @ weights["weights.weight"].T
    x = weights["base"].permute(2, 0, 1)[None] * scales[:, :, None, None]
    for i in range(len(WIDTHS)):
        name = f"stages.{i}"
        if i > 0:  # the channels change after the resampling here: the order must not matter
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = transition(x, weights, name)
        x = refine(x, weights, name)
    return convolve(x, weights["picture.weight"])


def discriminator():
    last = WIDTHS[-1]
    weights = {"picture.weight": drawn(WIDTHS[0], 1, 1, CHANNELS)}
    for i, width in enumerate(WIDTHS):
        stage(weights, f"stages.{i}", width, width, WIDTHS[min(i + 1, len(WIDTHS) - 1)])
    weights["base"] = drawn(*BASE, last, scale=(BASE[0] * BASE[1]) ** -0.5)
    weights["weights.weight"] = drawn(EMBEDDING, last, scale=last**-0.5)
    weights["embedding.weight"] = drawn(CLASSES, EMBEDDING, scale=EMBEDDING**-0.5)
    return weights


def judge(weights, pictures, labels):
    x = convolve(pictures, weights["picture.weight"])
    for i in range(len(WIDTHS)):
        x = refine(x, weights, f"stages.{i}")
        if i < len(WIDTHS) - 1:
            x = transition(halve(x), weights, f"stages.{i}")
    last = weights["base"].permute(2, 0, 1)[:, None]
    features = F.conv2d(x, last, groups=x.shape[1]).flatten(1)
    code = features @ weights["weights.weight"].T
    return (code * weights["embedding.weight"][labels]).sum(1)


labels = torch.tensor([2, 0, 1])
latents = drawn(BATCH, LATENT)
g, d = generator(), discriminator()
made = make(g, latents, labels)
cotangent = drawn(BATCH, CHANNELS, HEIGHT, WIDTH)
slopes_g = torch.autograd.grad((made * cotangent).sum(), list(g.values()))
pictures = drawn(BATCH, CHANNELS, HEIGHT, WIDTH)
logits = judge(d, pictures, labels)
inner = torch.autograd.grad(logits.sum(), pictures, create_graph=True)[0]
penalty = 0.5 * inner.square().sum((1, 2, 3)).mean()
loss = F.softplus(-logits).mean() + penalty
slopes_d = torch.autograd.grad(loss, list(d.values()))


def nhwc(x):
    return x.permute(0, 2, 3, 1)


arrays = {"labels": labels.double(), "latents": latents, "made": nhwc(made),
          "cotangent": nhwc(cotangent), "pictures": nhwc(pictures), "logits": logits,
          "penalty": penalty.reshape(1)}
for prefix, weights, slopes in (("generator", g, slopes_g), ("discriminator", d, slopes_d)):
    for (name, weight), slope in zip(weights.items(), slopes):
        arrays[f"{prefix}.{name}"] = weight
        arrays[f"g.{prefix}.{name}"] = slope
path = ROOT / "Tests/NetworksTests/Fixtures/r3gan.safetensors"
save_file({k: numpy.ascontiguousarray(v.detach().numpy(), numpy.float32) for k, v in arrays.items()},
          path, metadata={"numpy": numpy.__version__, "python": platform.python_version(),
                          "seed": str(SEED), "torch": torch.__version__})
print(path.relative_to(ROOT), path.stat().st_size, "bytes")
