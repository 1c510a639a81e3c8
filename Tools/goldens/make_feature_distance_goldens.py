"""Golden numbers of Sources/Metrics/Similarity/FeatureDistance.swift, by PyTorch.

Zhang et al. 2018, https://arxiv.org/abs/1801.03924, on SqueezeNet 1.0 and 1.1 with weights that
Tests/MetricsTests/FeatureDistanceTests.swift computes as well. Prints them (PyTorch 2, float64).
"""
import numpy as np
import torch
import torch.nn.functional as F

WIDTHS = [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)]
POOLED = {"1.0": {2, 5, 9}, "1.1": {2, 4, 6}}
FIRST = {"1.0": (96, 7), "1.1": (64, 3)}
PLACES = [0, 3, 5, 6, 7, 8, 9]
CHANNELS = [64, 128, 256, 384, 384, 512, 512]


def numbers(count, salt):
    """Numbers in -0.5 ... 0.5 without order, the same in Swift."""
    i = np.arange(count, dtype=np.uint64)
    h = (i * np.uint64(2654435761) + np.uint64(salt) * np.uint64(40503)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(13)
    return h.astype(np.float64) / 2.0**32 - 0.5


def picture(height, width, shift):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    value = (x * 7 + y * 13 + c * 29 + x * y // 4) % 256
    if shift:
        value = np.clip(value + (x * 5 + y * 3 + c) % 61 - 30, 0, 255)
    return value.astype(np.float64)


class Trunk:
    def __init__(self, version):
        self.version, self.salt = version, 0
        channels, kernel = FIRST[version]
        self.first = self.layer(channels, 3, kernel)
        self.fires, inputs = [], channels
        for squeezed, expanded in WIDTHS:
            self.fires.append(
                (self.layer(squeezed, inputs, 1), self.layer(expanded, squeezed, 1),
                 self.layer(expanded, squeezed, 3)))
            inputs = 2 * expanded

    def layer(self, outputs, inputs, kernel):
        count = outputs * inputs * kernel * kernel
        scale = 3.4 * np.sqrt(2 / (inputs * kernel * kernel))
        weight = (numbers(count, self.salt) * scale).astype(np.float32)
        bias = (numbers(outputs, self.salt + 1) * 0.2).astype(np.float32)
        self.salt += 2
        return (torch.tensor(weight, dtype=torch.float64).reshape(outputs, inputs, kernel, kernel),
                torch.tensor(bias, dtype=torch.float64))

    def __call__(self, bytes_, caffe):
        x = torch.tensor(bytes_).permute(2, 0, 1)[None]
        if caffe:
            x = x.flip(1) - torch.tensor([104.0, 117, 123]).double().reshape(1, 3, 1, 1)
        else:
            mean = torch.tensor([0.485, 0.456, 0.406]).double().reshape(1, 3, 1, 1)
            deviation = torch.tensor([0.229, 0.224, 0.225]).double().reshape(1, 3, 1, 1)
            x = (x / 255 - mean) / deviation
        x = F.relu(F.conv2d(x, *self.first, stride=2))
        found = [x]
        for number, (squeeze, small, large) in enumerate(self.fires, start=2):
            if number in POOLED[self.version]:
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            x = F.relu(F.conv2d(x, *squeeze))
            x = torch.cat([F.relu(F.conv2d(x, *small)), F.relu(F.conv2d(x, *large, padding=1))], 1)
            found.append(x)
        return [found[0]] + [found[place - 1] for place in PLACES[1:]]


def distance(version, caffe, with_heads, height, width):
    trunk = Trunk(version)
    total, parts = 0.0, []
    one = trunk(picture(height, width, False), caffe)
    other = trunk(picture(height, width, True), caffe)
    for i, (a, b) in enumerate(zip(one, other)):
        a = a / (torch.sqrt((a * a).sum(1, keepdim=True)) + 1e-10)
        b = b / (torch.sqrt((b * b).sum(1, keepdim=True)) + 1e-10)
        squares = (a - b) ** 2
        if with_heads:
            head = (numbers(CHANNELS[i], 1000 + i) + 0.5).astype(np.float32)
            squares = squares * torch.tensor(head, dtype=torch.float64).reshape(1, -1, 1, 1)
        parts.append(squares.sum(1).mean().item())
        total += parts[-1]
    return total, parts


for case in [("1.0", False, False, 64, 80), ("1.0", True, False, 72, 64),
             ("1.1", False, False, 64, 64), ("1.1", False, True, 65, 70)]:
    print(*case, *distance(*case))
