"""Makes the goldens of style transfer: networks of others with their own weights, feature networks
under torchvision's names, L-BFGS, the loss of Gatys et al., and feature transforms.

    python Tools/goldens/make_style_goldens.py

PyTorch 2.13, numpy, safetensors. Plain functions written from the papers and the names and shapes of the
tensors. Pictures come from Atelier's own random numbers (see make_network_goldens.py). The networks of
others need the folder weights of the test data, which lies at ../shared/data or where ATELIER_DATA says.
Writes style.safetensors in Tests/StylizationTests/Fixtures and lbfgs.safetensors in
Tests/OptimizersTests/Fixtures.
"""

import math

import numpy
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file

from make_network_goldens import DATA, SEED, Key, ours, save

KEY = Key.seed(SEED).folded("style")
arrays = {}


def picture(name, height, width):
    """[1, 3, H, W], 0 ... 1 in steps of 1/255, smooth: noise at a quarter of the size, enlarged."""
    noise = KEY.folded(name).normal(1, height // 4, width // 4, 3).permute(0, 3, 1, 2)
    x = (0.5 + 0.2 * F.interpolate(noise, scale_factor=4, mode="bilinear")).clamp(0, 1)
    x = (x * 255).round() / 255
    arrays[f"picture/{name}"] = ours("", x)
    return x


def real(name):
    tensors = load_file(DATA / "weights" / f"{name}.safetensors")
    return {n: torch.from_numpy(t.astype(numpy.float64)) for n, t in tensors.items()}


def drawn(name, needs):
    """Weights by name, scaled to keep the size of activations."""
    return {
        n: (draw := KEY.folded(name).folded(n).normal(*shape))
        * (0.1 if len(shape) == 1 else math.sqrt(2 / math.prod(shape[1:])))
        for n, shape in needs
    }


def mirrored(x, weights, name, stride=1, groups=1):
    w = weights[name + ".weight"]
    if w.shape[2] > 1:
        x = F.pad(x, [w.shape[2] // 2] * 4, mode="reflect")
    return F.conv2d(x, w, weights[name + ".bias"], stride, groups=groups)


def every(tensor, step):
    """NHWC, of the channels every so many."""
    return ours("", tensor)[..., ::step]


# Wang et al. 2023, MicroAST


def moments(x):
    return x.mean((2, 3), keepdim=True), (x.var((2, 3), keepdim=True) + 1e-5).sqrt()


def replaced(x, style):
    (m, d), (n, e) = moments(x), moments(style)
    return (x - m) / d * e + n


def microast_goldens():
    parts = {p: real(f"microast_{p}")
             for p in ("content_encoder", "style_encoder", "modulator", "decoder")}

    def block(x, w, name, scale=None, shortcut=None):
        if scale is None:
            return x + mirrored(F.relu(mirrored(x, w, f"{name}.conv1.conv_layer")), w,
                                f"{name}.conv2.conv_layer")
        y = F.relu(scale * mirrored(x, w, f"{name}.conv1.conv_layer") + shortcut * x)
        return x + scale * mirrored(y, w, f"{name}.conv2.conv_layer") + shortcut * y

    def encode(x, w):
        for place, stride, groups in [(0, 1, 1), (2, 2, 16), (4, 1, 1), (6, 2, 32), (8, 1, 1)]:
            x = F.relu(mirrored(x, w, f"enc1.{place}.conv_layer", stride, groups))
        first = block(x, w, "enc1.10")
        return [first, block(first, w, "enc2.0")]

    def run(content, style, alpha):
        s = encode(style, parts["style_encoder"])
        filters = {
            f"{n}{i + 1}": mirrored(s[i], parts["modulator"], f"{n}{i + 1}.0.conv_layer",
                                    groups=64).mean((2, 3), keepdim=True)
            for n in ("weight", "bias") for i in (0, 1)}
        x = encode(content, parts["content_encoder"])[1]
        d = parts["decoder"]
        x = block(alpha * replaced(x, s[1]) + (1 - alpha) * x, d, "dec1", filters["weight2"],
                  filters["bias2"])
        x = block(alpha * replaced(x, s[0]) + (1 - alpha) * x, d, "dec2", filters["weight1"],
                  filters["bias1"])
        x = F.interpolate(x, scale_factor=2, mode="bilinear")
        x = F.relu(mirrored(x, d, "dec3.1.conv_layer", groups=32))
        x = F.relu(mirrored(x, d, "dec3.3.conv_layer"))
        x = F.interpolate(x, scale_factor=2, mode="bilinear")
        x = F.relu(mirrored(x, d, "dec3.6.conv_layer", groups=16))
        x = F.relu(mirrored(x, d, "dec3.8.conv_layer"))
        return mirrored(x, d, "dec3.10.conv_layer")

    content, style = picture("content", 40, 48), picture("painting", 36, 32)
    for alpha in (1.0, 0.6):
        arrays[f"microast/{alpha}"] = ours("", run(content, style, alpha))


# Wang et al. 2020, the distilled VGG-19, and Li et al. 2017


BLOCKS = [(1, 2), (2, 2), (3, 4), (4, 1)]


def encoded(x, w, level):
    prefix = "model." if "model.conv0.weight" in w else ""
    found = {}
    x = mirrored(x, w, prefix + "conv0")
    for block, count in BLOCKS[:level]:
        if block > 1:
            x = F.max_pool2d(x, 2)
        for number in range(1, (count if block < level else 1) + 1):
            x = F.relu(mirrored(x, w, f"{prefix}conv{block}{number}"))
            found[f"relu{block}_{number}"] = x
    return x, found


def decoded(x, w, level):
    prefix = "model." if "model.conv11.weight" in w else ""
    for block, count in reversed(BLOCKS[:level]):
        for number in range(count if block < level else 1, 0, -1):
            x = F.relu(mirrored(x, w, f"{prefix}conv{block}{number}"))
        if block > 1:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
    return x


def coloured(c, s, alpha, threshold=1e-6):
    """Whitening and colouring of [1, C, H, W]."""
    flat = lambda x: x[0].reshape(x.shape[1], -1)
    a, b = flat(c), flat(s)
    ma, mb = a.mean(1, keepdim=True), b.mean(1, keepdim=True)

    def power(x, exponent):
        values, vectors = torch.linalg.eigh(x @ x.T / (x.shape[1] - 1))
        keep = values > threshold * values.max()
        return vectors[:, keep] @ torch.diag(values[keep] ** exponent) @ vectors[:, keep].T

    y = power(b - mb, 0.5) @ power(a - ma, -0.5) @ (a - ma) + mb
    return (alpha * y + (1 - alpha) * a).reshape(c.shape)


def distilled_goldens():
    content, style = picture("photograph", 40, 56), picture("picture", 48, 32)
    for level, e, d in [(1, "e1_base", "d1_base"), (2, "e2_base", "d2_base"),
                        (3, "e3_base", "d3_base"), (4, "e4_base", "d4_base"), (5, "SE4", "SD4")]:
        name = {5: "wct16x_"}.get(level, "wct16x_small16x_ae_base_")
        depth = min(level, 4)
        x, found = encoded(content, real(name + e), depth)
        arrays[f"distilled/{level}/features"] = every(x, 4)
        arrays[f"distilled/{level}/relu1_1"] = every(found["relu1_1"], 8)
        arrays[f"distilled/{level}/decoded"] = ours("", decoded(x, real(name + d), depth))
    # Whole: encode, replace moments, decode.
    w, d = real("wct16x_SE4"), real("wct16x_SD4")
    content, style = picture("view", 128, 160), picture("canvas", 144, 128)
    c, s = encoded(content, w, 4)[0], encoded(style, w, 4)[0]
    arrays["distilled/adain"] = ours("", decoded(0.7 * replaced(c, s) + 0.3 * c, d, 4))[:, ::3, ::3]
    arrays["distilled/wct"] = ours("", decoded(coloured(c, s, 0.7, 1e-2), d, 4))[:, ::3, ::3]


def transform_goldens():
    mix = KEY.folded("mix").normal(6, 6)
    draw = lambda name, h, w: torch.einsum(
        "nhwc,cd->ndhw", KEY.folded(name).normal(1, h, w, 6), mix * (1 + len(name) % 3)) + len(name)
    a, b, c = draw("one", 7, 9), draw("four", 8, 5), draw("seven", 6, 6)
    for name, x in [("content", a), ("first", b), ("second", c)]:
        arrays[f"transform/{name}"] = ours("", x)
    arrays["transform/wct"] = ours("", coloured(a, b, 1.0))
    arrays["transform/wct/0.4"] = ours("", coloured(a, b, 0.4))
    arrays["transform/adain"] = ours("", replaced(a, b))
    arrays["transform/both"] = ours("", 0.25 * coloured(a, b, 1.0) + 0.75 * coloured(a, c, 1.0))


# Simonyan and Zisserman 2015, Iandola et al. 2016, under torchvision's names


def vgg_layers(depth, width):
    place, channels, layers = 0, 3, []
    for block, count in enumerate([2, 2, 3, 3, 3] if depth == 16 else [2, 2, 4, 4, 4]):
        for number in range(count):
            outputs = width << min(block, 3)
            layers.append((f"relu{block + 1}_{number + 1}", f"features.{place}", channels, outputs))
            channels, place = outputs, place + 2
        place += 1
    return layers


def imagenet(x):
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (x - mean.reshape(1, 3, 1, 1)) / deviation.reshape(1, 3, 1, 1)


def vgg(x, weights, depth, width):
    x, found = imagenet(x), {}
    for name, layer, _, _ in vgg_layers(depth, width):
        if name.endswith("_1") and name != "relu1_1":
            x = F.max_pool2d(x, 2)
        x = F.relu(F.conv2d(x, weights[layer + ".weight"], weights[layer + ".bias"], padding=1))
        found[name] = x
    return found


def vgg_weights(depth, width):
    return drawn(f"vgg{depth}", [
        need for _, layer, inputs, outputs in vgg_layers(depth, width)
        for need in [(layer + ".weight", (outputs, inputs, 3, 3)), (layer + ".bias", (outputs,))]])


def squeezenet(x, weights, version, caffe):
    def conv(x, name, stride=1, padding=0):
        return F.relu(F.conv2d(x, weights[name + ".weight"], weights[name + ".bias"], stride, padding))

    if caffe:
        x = x[:, [2, 1, 0]] * 255 - torch.tensor([104.0, 117, 123]).reshape(1, 3, 1, 1)
    else:
        x = imagenet(x)
    x = conv(x, "conv1" if caffe else "features.0", 2)
    found, place = {"conv1": x}, 2
    for number in range(2, 10):
        if number in ((2, 5, 9) if version == "1.0" else (2, 4, 6)):
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            place += 1
        name = f"fire{number}" if caffe else f"features.{place}"
        parts = ["squeeze1x1" if caffe else "squeeze", "expand1x1", "expand3x3"]
        join = "/" if caffe else "."
        x = conv(x, f"{name}{join}{parts[0]}")
        x = torch.cat([conv(x, f"{name}{join}{parts[1]}"),
                       conv(x, f"{name}{join}{parts[2]}", 1, 1)], 1)
        found[f"fire{number}"], place = x, place + 1
    return found


def squeezenet_needs(version):
    first = (96, 3, 7, 7) if version == "1.0" else (64, 3, 3, 3)
    needs, place, inputs = [("features.0.weight", first), ("features.0.bias", first[:1])], 2, first[0]
    for number, (s, e) in zip(range(2, 10), [(16, 64)] * 2 + [(32, 128)] * 2 + [(48, 192)] * 2
                              + [(64, 256)] * 2):
        place += number in ((2, 5, 9) if version == "1.0" else (2, 4, 6))
        for part, shape in [("squeeze", (s, inputs, 1, 1)), ("expand1x1", (e, s, 1, 1)),
                            ("expand3x3", (e, s, 3, 3))]:
            needs += [(f"features.{place}.{part}.weight", shape),
                      (f"features.{place}.{part}.bias", shape[:1])]
        inputs, place = 2 * e, place + 1
    return needs


def feature_goldens():
    x = picture("features", 40, 44)
    for depth in (16, 19):
        found = vgg(x, vgg_weights(depth, 8), depth, 8)
        for name in ("relu1_2", "relu3_3", "relu5_1"):
            arrays[f"vgg{depth}/{name}"] = every(found[name], 4)
    for version in ("1.0", "1.1"):
        found = squeezenet(x, drawn(f"squeezenet{version}", squeezenet_needs(version)), version, False)
        for name in ("conv1", "fire4", "fire9"):
            arrays[f"squeezenet{version}/{name}"] = every(found[name], 16)
    found = squeezenet(x, real("squeezenet_v1.0_songhan"), "1.0", True)
    for name in ("conv1", "fire5", "fire7"):
        arrays[f"squeezenet/caffe/{name}"] = every(found[name], 8)


# Liu and Nocedal 1989


def bowl(x):
    """Curved, with a different scale along each axis."""
    scales = torch.arange(1.0, len(x) + 1)
    return (scales * (x - 1) ** 2).sum() / 2 + 0.1 * ((x[1:] - x[:-1] ** 2) ** 2).sum()


def lbfgs_goldens():
    start = KEY.folded("start").normal(12).float().double()
    arrays["lbfgs/start"] = start.float().numpy()
    for history in (3, 10):
        x = start.clone().requires_grad_()
        optimizer = torch.optim.LBFGS([x], lr=0.7, max_iter=1, max_eval=2, history_size=history)
        path, losses = [], []
        for _ in range(15):
            def closure():
                optimizer.zero_grad()
                loss = bowl(x)
                loss.backward()
                return loss
            losses.append(float(optimizer.step(closure).detach()))
            path.append(x.detach().clone())
        arrays[f"lbfgs/{history}/path"] = torch.stack(path).float().numpy()
        arrays[f"lbfgs/{history}/loss"] = numpy.array(losses, numpy.float32)


# Gatys et al. 2016


def gram(x, weights=None):
    flat = x[0].reshape(x.shape[1], -1)
    return (flat if weights is None else flat * weights.reshape(1, -1)) @ flat.T / flat.numel()


def gatys_goldens():
    content, first, second = picture("seen", 32, 36), picture("styled", 36, 32), picture("other", 36, 36)
    weights = vgg_weights(19, 8)
    layers = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
    see = lambda x: vgg(x, weights, 19, 8)
    mask = torch.zeros(1, 1, 32, 36)
    mask[..., 12:] = 1
    arrays["gatys/mask"] = ours("", mask)

    def objective(masks, shares):
        wanted = see(content)["relu4_2"]
        targets = [{l: gram(v) for l, v in see(s).items()} for s in (first, second)]

        def at(f, mask):
            if mask is None:
                return None
            rows, columns = 32 // f.shape[2], 36 // f.shape[3]
            cells = F.interpolate(F.avg_pool2d(mask, (rows, columns)), f.shape[2:], mode="bilinear")
            return (cells + 1e-6) / (cells.mean() + 1e-6)

        def loss(x):
            f = see(x)
            c = ((f["relu4_2"] - wanted) ** 2).mean() / (wanted**2).mean()
            s = sum(
                share * ((gram(f[l], at(f[l], m)) - t[l]) ** 2).sum() / (t[l] ** 2).sum()
                for t, m, share in zip(targets, masks, shares) for l in layers)
            v = ((x[..., 1:, :] - x[..., :-1, :]) ** 2).mean() + (
                (x[..., 1:] - x[..., :-1]) ** 2).mean()
            return c * 1.5, s * 20 / len(layers), v * 3

        return loss

    for name, masks in [("plain", [None, None]), ("masked", [mask, 1 - mask])]:
        loss = objective(masks, [0.75, 0.25])
        x = (content * 0.5 + 0.2).requires_grad_()
        parts = loss(x)
        sum(parts).backward()
        arrays[f"gatys/{name}/terms"] = numpy.array([float(p.detach()) for p in parts], numpy.float32)
        arrays[f"gatys/{name}/gradient"] = ours("", x.grad)
    x = content.clone().contiguous().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=0.02)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        total = sum(objective([None, None], [0.75, 0.25])(x))
        total.backward()
        losses.append(float(total.detach()))
        optimizer.step()
    arrays["gatys/adam"] = numpy.array(losses, numpy.float32)
    x = content.clone().contiguous().requires_grad_()
    optimizer = torch.optim.LBFGS([x], max_iter=40, history_size=10, line_search_fn="strong_wolfe",
                                  tolerance_change=0, tolerance_grad=0, max_eval=1000)
    loss = objective([None, None], [0.75, 0.25])

    def closure():
        optimizer.zero_grad()
        total = sum(loss(x))
        total.backward()
        return total
    optimizer.step(closure)
    arrays["gatys/lbfgs"] = numpy.array([float(sum(loss(x)).detach())], numpy.float32)


with torch.no_grad():
    microast_goldens()
    distilled_goldens()
    transform_goldens()
    feature_goldens()
lbfgs_goldens()
gatys_goldens()
save("Optimizers", "lbfgs", {n: a for n, a in arrays.items() if n.startswith("lbfgs/")})
save("Stylization", "style", {n: a for n, a in arrays.items() if not n.startswith("lbfgs/")})
