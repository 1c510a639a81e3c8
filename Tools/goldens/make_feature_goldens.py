"""Makes the goldens of the networks whose features metrics compare: Inception v3 as the Frechet
inception distance has it, SqueezeNet 1.0, the small classifier, and TensorFlow 1's resizing.

    python Tools/goldens/make_feature_goldens.py

PyTorch 2.13, numpy, safetensors. Plain functions written from the published architectures. Weights and
pictures come from Atelier's own random numbers (see make_network_goldens.py), drawn by name, so that
only results are stored, and of the wide ones every eighth. Writes features.safetensors in
Tests/NetworksTests/Fixtures.
"""

import math

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

from make_network_goldens import SEED, Key, fill, ours, rounded, save

KEY = Key.seed(SEED).folded("features")
arrays = {}


class Weights:
    """A network's tensors, drawn when they are first asked for."""

    def __init__(self, name):
        self.key, self.count = KEY.folded(name), 0

    def __call__(self, name, *shape):
        draw = self.key.folded(name).normal(*shape)
        self.count += draw.numel()
        if name.endswith("running_var"):
            return 1 + draw.abs() * 0.2
        if name.endswith("bn.weight"):
            return 1 + draw * 0.1
        if len(shape) == 1:
            return draw * 0.1
        return draw * math.sqrt(2 / math.prod(shape[1:]))


def bytes_of(name, *shape):
    """uint8 pictures [N, H, W, C] as [N, C, H, W]."""
    return torch.from_numpy(KEY.folded(name).bytes(*shape).astype(numpy.float64)).permute(0, 3, 1, 2)


# Szegedy et al. 2016, with the TensorFlow graph's poolings


class Inception:
    def __init__(self):
        self.weights = Weights("inception")

    def conv(self, x, name, outputs, kernel=(1, 1), stride=1, padding=(0, 0)):
        w = lambda part, *shape: self.weights(f"{name}.{part}", *shape)
        x = F.conv2d(x, w("conv.weight", outputs, x.shape[1], *kernel), None, stride, padding)
        return F.relu(F.batch_norm(
            x, w("bn.running_mean", outputs), w("bn.running_var", outputs), w("bn.weight", outputs),
            w("bn.bias", outputs), False, 0.0, 0.001))

    def run(self, x, block, *layers):
        for layer in layers:
            x = self.conv(x, f"{block}.{layer[0]}", *layer[1:])
        return x

    @staticmethod
    def means(x):
        return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)

    def a(self, x, n, pooled):
        return torch.cat([
            self.run(x, n, ("branch1x1", 64)),
            self.run(x, n, ("branch5x5_1", 48), ("branch5x5_2", 64, (5, 5), 1, (2, 2))),
            self.run(x, n, ("branch3x3dbl_1", 64), ("branch3x3dbl_2", 96, (3, 3), 1, (1, 1)),
                     ("branch3x3dbl_3", 96, (3, 3), 1, (1, 1))),
            self.run(self.means(x), n, ("branch_pool", pooled)),
        ], 1)

    def b(self, x, n):
        return torch.cat([
            self.run(x, n, ("branch3x3", 384, (3, 3), 2)),
            self.run(x, n, ("branch3x3dbl_1", 64), ("branch3x3dbl_2", 96, (3, 3), 1, (1, 1)),
                     ("branch3x3dbl_3", 96, (3, 3), 2)),
            F.max_pool2d(x, 3, 2),
        ], 1)

    def c(self, x, n, inner):
        row, column = ((1, 7), 1, (0, 3)), ((7, 1), 1, (3, 0))
        return torch.cat([
            self.run(x, n, ("branch1x1", 192)),
            self.run(x, n, ("branch7x7_1", inner), ("branch7x7_2", inner, *row),
                     ("branch7x7_3", 192, *column)),
            self.run(x, n, ("branch7x7dbl_1", inner), ("branch7x7dbl_2", inner, *column),
                     ("branch7x7dbl_3", inner, *row), ("branch7x7dbl_4", inner, *column),
                     ("branch7x7dbl_5", 192, *row)),
            self.run(self.means(x), n, ("branch_pool", 192)),
        ], 1)

    def d(self, x, n):
        return torch.cat([
            self.run(x, n, ("branch3x3_1", 192), ("branch3x3_2", 320, (3, 3), 2)),
            self.run(x, n, ("branch7x7x3_1", 192), ("branch7x7x3_2", 192, (1, 7), 1, (0, 3)),
                     ("branch7x7x3_3", 192, (7, 1), 1, (3, 0)),
                     ("branch7x7x3_4", 192, (3, 3), 2)),
            F.max_pool2d(x, 3, 2),
        ], 1)

    def e(self, x, n, pooled):
        row, column = ((1, 3), 1, (0, 1)), ((3, 1), 1, (1, 0))
        middle = self.run(x, n, ("branch3x3_1", 384))
        double = self.run(x, n, ("branch3x3dbl_1", 448), ("branch3x3dbl_2", 384, (3, 3), 1, (1, 1)))
        return torch.cat([
            self.run(x, n, ("branch1x1", 320)),
            self.run(middle, n, ("branch3x3_2a", 384, *row)),
            self.run(middle, n, ("branch3x3_2b", 384, *column)),
            self.run(double, n, ("branch3x3dbl_3a", 384, *row)),
            self.run(double, n, ("branch3x3dbl_3b", 384, *column)),
            self.run(pooled(x), n, ("branch_pool", 192)),
        ], 1)

    def __call__(self, x):
        x = self.conv(x, "Conv2d_1a_3x3", 32, (3, 3), 2)
        x = self.conv(x, "Conv2d_2a_3x3", 32, (3, 3))
        x = self.conv(x, "Conv2d_2b_3x3", 64, (3, 3), 1, (1, 1))
        x = self.conv(F.max_pool2d(x, 3, 2), "Conv2d_3b_1x1", 80)
        x = F.max_pool2d(self.conv(x, "Conv2d_4a_3x3", 192, (3, 3)), 3, 2)
        for name, pooled in [("5b", 32), ("5c", 64), ("5d", 64)]:
            x = self.a(x, f"Mixed_{name}", pooled)
        x = self.b(x, "Mixed_6a")
        for name, inner in [("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)]:
            x = self.c(x, f"Mixed_{name}", inner)
        x = self.d(x, "Mixed_7a")
        x = self.e(x, "Mixed_7b", self.means)
        x = self.e(x, "Mixed_7c", lambda x: F.max_pool2d(x, 3, 1, 1))
        features = x.mean((2, 3))
        return features, F.linear(
            features, self.weights("fc.weight", 1008, 2048), self.weights("fc.bias", 1008))


def tensorflow_resized(x, height, width):
    """A pixel at a time: source coordinate = index * input / output."""
    x = x.numpy()
    rows, columns = x.shape[2:]
    result = numpy.zeros((*x.shape[:2], height, width))
    for i in range(height):
        y = i * rows / height
        top, below = math.floor(y), min(math.floor(y) + 1, rows - 1)
        for j in range(width):
            z = j * columns / width
            left, right = math.floor(z), min(math.floor(z) + 1, columns - 1)
            upper = x[:, :, top, left] * (left + 1 - z) + x[:, :, top, right] * (z - left)
            lower = x[:, :, below, left] * (left + 1 - z) + x[:, :, below, right] * (z - left)
            result[:, :, i, j] = upper * (top + 1 - y) + lower * (y - top)
    return torch.from_numpy(result)


def inception_goldens():
    for name, height, width, target in [
        ("grown", 5, 4, (11, 9)), ("shrunk", 13, 12, (6, 12)),
    ]:
        pictures = bytes_of(f"resize {name}", 2, height, width, 3)
        arrays[f"resize/{name}"] = ours("", tensorflow_resized(pictures, *target))
    small = Inception()
    prepared = KEY.folded("prepared").normal(2, 75, 107, 3).clamp(-1, 1).permute(0, 3, 1, 2)
    features, logits = small(prepared)
    arrays["inception/count"] = numpy.array([small.weights.count])
    arrays["inception/features"] = features.numpy()[:, ::8]
    arrays["inception/logits"] = logits.numpy()[:, ::8]
    pictures = tensorflow_resized(bytes_of("inception pictures", 1, 32, 24, 3), 299, 299)
    features, logits = Inception()((pictures - 128) / 128)
    arrays["inception/full/features"] = features.numpy()[:, ::8]
    arrays["inception/full/logits"] = logits.numpy()[:, ::8]


# Iandola et al. 2016


def squeezenet_goldens():
    weights = Weights("squeezenet")

    def conv(x, name, outputs, kernel=1, stride=1, padding=0):
        return F.relu(F.conv2d(
            x, weights(f"{name}.weight", outputs, x.shape[1], kernel, kernel),
            weights(f"{name}.bias", outputs), stride, padding))

    def fire(x, number, squeezed, expanded):
        x = conv(x, f"fire{number}/squeeze1x1", squeezed)
        return torch.cat([conv(x, f"fire{number}/expand1x1", expanded),
                          conv(x, f"fire{number}/expand3x3", expanded, 3, 1, 1)], 1)

    x = bytes_of("squeezenet pictures", 2, 61, 48, 3)[:, [2, 1, 0]]
    x = x - torch.tensor([104.0, 117.0, 123.0]).reshape(1, 3, 1, 1)
    pool = lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)
    x = pool(conv(x, "conv1", 96, 7, 2))
    for number, squeezed, expanded in [(2, 16, 64), (3, 16, 64), (4, 32, 128)]:
        x = fire(x, number, squeezed, expanded)
    x = pool(x)
    for number, squeezed, expanded in [(5, 32, 128), (6, 48, 192), (7, 48, 192), (8, 64, 256)]:
        x = fire(x, number, squeezed, expanded)
    x = fire(pool(x), 9, 64, 256)
    arrays["squeezenet/features"] = x.mean((2, 3)).numpy()[:, ::8]
    arrays["squeezenet/logits"] = conv(x, "conv10", 1000).mean((2, 3)).numpy()[:, ::8]
    arrays["squeezenet/count"] = numpy.array([weights.count])


# The small classifier


class Normed(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class SmallClassifier(nn.Module):
    def __init__(self, channels, width, classes):
        super().__init__()
        self.stem = Normed(channels, width)
        def stage(i):
            return nn.ModuleList([Normed(i, 2 * i), Normed(2 * i, 2 * i), Normed(2 * i, 2 * i)])
        self.stage1, self.stage2, self.stage3 = stage(width), stage(2 * width), stage(4 * width)
        self.fc = nn.Linear(8 * width, classes)

    def features(self, x):
        x = self.stem(x)
        for first, second, third in (self.stage1, self.stage2, self.stage3):
            x = first(F.max_pool2d(x, 2))
            x = x + third(second(x))
        return x.mean((2, 3))

    def forward(self, x):
        return self.fc(self.features(x))


def classifier_goldens():
    key = KEY.folded("classifier")
    net = fill(SmallClassifier(3, 4, 5), key)
    x = key.folded("pictures").normal(3, 13, 16, 3).permute(0, 3, 1, 2)
    arrays["classifier/training"] = ours("", net(x))
    net.eval()
    arrays["classifier/inference"] = ours("", net(x))
    arrays["classifier/features"] = ours("", net.features(x))
    arrays["classifier/count"] = numpy.array(
        [sum(p.numel() for p in SmallClassifier(1, 16, 10).parameters())])


with torch.no_grad():
    inception_goldens()
    squeezenet_goldens()
    classifier_goldens()
save("Networks", "features", arrays)
