"""Makes the goldens of Atelier's own networks of style transfer: the perceptual encoder's activations, the
decoder's picture, and the gradient of a loss at both.

    python Tools/goldens/make_style_network_goldens.py

PyTorch 2.13, numpy, safetensors; float64, rounded once. Weights and pictures come from Atelier's own random
numbers, drawn by name (see make_network_goldens.py). The decoder is written as its description has it: a
convolution of the enlarged features beside the mapped activation. Writes own.safetensors in
Tests/StylizationTests/Fixtures.
"""

import math

import numpy
import torch
import torch.nn.functional as F

from make_network_goldens import SEED, Key, ours, save

KEY = Key.seed(SEED).folded("style")
FEATURES, WIDTHS, LAYERS, SKIPS = [4, 6, 8, 10], [4, 5, 6], [1, 2, 2], [3, 1]
PLACES = [11, 12, 21, 22, 31, 32, 33, 34, 41]
arrays = {}


def drawn(network, needs):
    weights = {}
    for name, shape in needs:
        scale = 0.1 if len(shape) == 1 else math.sqrt(2 / math.prod(shape[1:]))
        weights[name] = (KEY.folded(network).folded(name).normal(*shape) * scale).float().double()
        weights[name].requires_grad_()
    return weights


def both(name, outputs, inputs, kernel=3):
    return [(f"{name}.weight", [outputs, inputs, kernel, kernel]), (f"{name}.bias", [outputs])]


def encoder_needs():
    needs, channels = both("conv0", 3, 3, 1), 3
    for place in PLACES:
        needs += both(f"conv{place}", FEATURES[place // 10 - 1], channels)
        channels = FEATURES[place // 10 - 1]
    return needs


def decoder_needs():
    needs = both("conv4", WIDTHS[2], FEATURES[3])
    for level in (3, 2, 1):
        width = WIDTHS[level - 1]
        needs += both(f"up{level}", width, width)
        if level in SKIPS:
            needs += both(f"skip{level}", width, FEATURES[level - 1])[:1]
        for place in range(1, LAYERS[level - 1] + 1):
            last = place == LAYERS[level - 1]
            after = 3 if level == 1 else WIDTHS[level - 2]
            needs += both(f"conv{level}{place}", after if last else width, width)
    return needs


def mirrored(x, weight, bias):
    return F.conv2d(F.pad(x, [weight.shape[2] // 2] * 4, mode="reflect"), weight, bias)


def encode(x, w):
    layer = lambda x, name: mirrored(x, w[name + ".weight"], w[name + ".bias"])
    found, x = {}, layer(x, "conv0")
    for place in PLACES:
        if place % 10 == 1 and place > 11:
            x = F.max_pool2d(x, 2)
        x = F.relu(layer(x, f"conv{place}"))
        found[place] = x
    return found


def decode(features, w):
    layer = lambda x, name: mirrored(x, w[name + ".weight"], w[name + ".bias"])
    features = list(features)
    x = F.relu(layer(features.pop(0), "conv4"))
    for level in (3, 2, 1):
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        weight, bias = w[f"up{level}.weight"], w[f"up{level}.bias"]
        if level in SKIPS:
            x = torch.cat([x, features.pop(0)], 1)
            weight = torch.cat([weight, w[f"skip{level}.weight"]], 1)
        x = F.relu(mirrored(x, weight, bias))
        for place in range(1, LAYERS[level - 1] + 1):
            x = layer(x, f"conv{level}{place}")
            if level > 1 or place < LAYERS[0]:
                x = F.relu(x)
    return x


def picture(name, height, width):
    noise = KEY.folded("own").folded(name).normal(1, height, width, 3).permute(0, 3, 1, 2)
    x = (((0.5 + 0.2 * noise).clamp(0, 1) * 255).round() / 255).contiguous()
    arrays[f"picture/{name}"] = ours("", x)
    return x


def moments(x):
    return x.mean((2, 3), keepdim=True), (x.var((2, 3), keepdim=True) + 1e-5).sqrt()


def mapped(own, theirs, strength):
    (m, d), (n, e) = moments(own), moments(theirs)
    return own + ((own - m) / d * e + n - own) * strength


encoder, decoder = drawn("own encoder", encoder_needs()), drawn("own decoder", decoder_needs())
content, painting = picture("content", 24, 32), picture("painting", 16, 24)
seen = encode(content, encoder)
for place in (11, 22, 34, 41):
    arrays[f"relu{place // 10}_{place % 10}"] = ours("", seen[place])
taken = [41] + [10 * level + 1 for level in SKIPS]
arrays["decoded"] = ours("", decode([seen[p] for p in taken], decoder))
style = encode(painting, encoder)
made = decode([mapped(seen[p], style[p], 0.7) for p in taken], decoder)
arrays["styled"] = ours("", made)
loss = ((made - content) ** 2).mean()
arrays["loss"] = numpy.array([float(loss.detach())], numpy.float32)
names = [("encoder", "conv12.weight"), ("encoder", "conv41.bias"), ("decoder", "up2.weight"),
         ("decoder", "skip3.weight"), ("decoder", "conv12.bias" if LAYERS[0] > 1 else "conv11.bias")]
tables = {"encoder": encoder, "decoder": decoder}
slopes = torch.autograd.grad(loss, [tables[t][n] for t, n in names])
for (table, name), slope in zip(names, slopes):
    arrays[f"gradient/{table}.{name}"] = ours("", slope)
save("Stylization", "own", arrays)
