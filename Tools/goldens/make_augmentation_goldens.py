"""Makes the goldens of the differentiable augmentations with PyTorch, from the papers' formulas.

    python Tools/goldens/make_augmentation_goldens.py

PyTorch 2.13, numpy, safetensors; all in float64. Pictures and everything random come from Atelier's own
streams (see make_network_goldens.py), so that only results are stored: what comes out, and the gradient
of its sum weighted by a random tensor. Writes Tests/TrainingTests/Fixtures/augmentation.safetensors.
"""

import math

import numpy
import torch

from make_network_goldens import SEED, Key, save

KEY = Key.seed(SEED).folded("augmentation")
SHAPES = [(8, 16, 16, 3), (4, 12, 20, 1), (4, 20, 12, 2), (4, 16, 12, 4)]
P = float(numpy.float32(0.8))


class Draws:
    def __init__(self, key, count):
        self.key, self.count = key, count

    def uniform(self, name):
        words = self.key.folded(name).words(self.count)
        return torch.from_numpy((words >> 8).astype(numpy.float64) * 2.0**-24)

    def normal(self, name):
        return self.key.folded(name).normal(self.count)

    def choice(self, name, choices):
        return (self.uniform(name) * choices).floor().long()

    def happens(self, name, p):
        return self.uniform(name + ".gate") < p


# Karras et al. 2020: matrices of homogeneous coordinates, one picture at a time


def matrix(*rows):
    return torch.tensor(rows)


def rotation(angle):
    c, s = math.cos(angle), math.sin(angle)
    return matrix([c, -s, 0.0], [s, c, 0], [0, 0, 1])


def geometry(draws, n, height, width):
    """From pixels of the result to pixels of the picture, both from the centre."""
    result = torch.eye(3)

    def diagonal(x, y):
        return matrix([float(x), 0.0, 0.0], [0, float(y), 0], [0, 0, 1])

    def shift(x, y):
        return matrix([1.0, 0.0, float(x)], [0, 1, float(y)], [0, 0, 1])

    if draws.happens("flip", P)[n]:
        result = result @ diagonal(1 - 2 * draws.choice("flip", 2)[n], 1)
    if draws.happens("turn", P)[n]:
        square = height == width
        quarters = draws.choice("turn", 4)[n] if square else 2 * draws.choice("turn", 2)[n]
        result = result @ rotation(float(quarters) * math.pi / 2)
    if draws.happens("step", P)[n]:
        tx = (2 * draws.uniform("step.x")[n] - 1) * 0.125 * width
        ty = (2 * draws.uniform("step.y")[n] - 1) * 0.125 * height
        result = result @ shift(math.floor(tx + 0.5), math.floor(ty + 0.5))
    if draws.happens("scale", P)[n]:
        factor = 2 ** (0.2 * draws.normal("scale")[n])
        result = result @ diagonal(factor, factor)
    each = 1 - math.sqrt(1 - P)
    if draws.happens("rotation.before", each)[n]:
        result = result @ rotation((2 * draws.uniform("rotation.before")[n] - 1) * math.pi)
    if draws.happens("stretch", P)[n]:
        factor = 2 ** (0.2 * draws.normal("stretch")[n])
        result = result @ diagonal(factor, 1 / factor)
    if draws.happens("rotation.after", each)[n]:
        result = result @ rotation((2 * draws.uniform("rotation.after")[n] - 1) * math.pi)
    if draws.happens("shift", P)[n]:
        result = result @ shift(0.125 * width * draws.normal("shift.x")[n],
                                0.125 * height * draws.normal("shift.y")[n])
    return result


def cubic(t):
    t = abs(t)
    if t < 1:
        return 1.5 * t**3 - 2.5 * t**2 + 1
    return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0


def mirror(j, side):
    j = abs(j) % (2 * (side - 1))
    return j if j < side else 2 * (side - 1) - j


def halves(side, step):
    """Rows that read an endlessly mirrored axis at every half pixel."""
    stretch = max(1.0, step)
    result = torch.zeros(2 * side, side)
    for k in range(2 * side):
        for j in range(-side + 1, 2 * side - 1):
            result[k, mirror(j, side)] += cubic((k / 2 - j) / stretch)
    return result / result.sum(1, keepdim=True)


def warp(picture, m):
    height, width = picture.shape[:2]
    rows = halves(height, math.hypot(m[1, 0], m[1, 1]))
    columns = halves(width, math.hypot(m[0, 0], m[0, 1]))
    large = torch.einsum("ih,jw,hwc->ijc", rows, columns, picture)
    y, x = torch.meshgrid(torch.arange(height) - (height - 1) / 2.0,
                          torch.arange(width) - (width - 1) / 2.0, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], -1) @ m.T
    places = []
    for axis, side in ((1, height), (0, width)):
        place = (points[..., axis] + (side - 1) / 2.0).abs() % (2 * (side - 1))
        place = torch.where(place > side - 1, 2 * (side - 1) - place, place) * 2
        whole = place.floor()
        places.append((whole.long(), (place - whole)[..., None]))
    (i, a), (j, b) = places
    return ((large[i, j] * (1 - a) + large[i + 1, j] * a) * (1 - b)
            + (large[i, j + 1] * (1 - a) + large[i + 1, j + 1] * a) * b)


def recolour(draws, n, picture):
    """Homogeneous matrices of red, green and blue; grey pictures are three equal channels."""
    channels = picture.shape[-1]
    hued = channels >= 3
    c = torch.eye(4)
    axis = torch.tensor([1.0, 1, 1, 0]) / math.sqrt(3)
    outer = torch.outer(axis, axis)
    if draws.happens("brightness", P)[n]:
        move = torch.eye(4)
        move[:3, 3] = 0.2 * draws.normal("brightness")[n]
        c = move @ c
    if draws.happens("contrast", P)[n]:
        factor = 2 ** (0.5 * draws.normal("contrast")[n])
        c = torch.diag(torch.stack([factor, factor, factor, torch.tensor(1.0)])) @ c
    if draws.happens("luma", P)[n]:
        c = (torch.eye(4) - 2 * outer * draws.choice("luma", 2)[n]) @ c
    if hued and draws.happens("hue", P)[n]:
        angle = float((2 * draws.uniform("hue")[n] - 1) * math.pi)
        x, y, z = axis[:3].tolist()
        cross = matrix([0.0, -z, y], [z, 0, -x], [-y, x, 0])
        turn = torch.eye(4)
        turn[:3, :3] = torch.linalg.matrix_exp(angle * cross)
        c = turn @ c
    if hued and draws.happens("saturation", P)[n]:
        factor = 2 ** draws.normal("saturation")[n]
        c = (outer + (torch.eye(4) - outer) * torch.stack(
            [factor, factor, factor, torch.tensor(1.0)])[:, None]) @ c
    colours = picture[..., :3] if hued else picture[..., :1].expand(*picture.shape[:2], 3)
    result = colours @ c[:3, :3].T + c[:3, 3]
    if not hued:
        result = result[..., :1]
    return torch.cat([result, picture[..., 3:] if hued else picture[..., 1:]], -1)


def pipeline(x, key, groups):
    draws = Draws(key, len(x))
    result = []
    for n, picture in enumerate(x):
        if "geometry" in groups:
            picture = warp(picture, geometry(draws, n, *picture.shape[:2]))
        if "colour" in groups:
            picture = recolour(draws, n, picture)
        result.append(picture)
    return torch.stack(result)


# Zhao et al. 2020


def colour(x, draws):
    colours = 3 if x.shape[3] >= 3 else 1
    y = x[..., :colours] + (draws.uniform("brightness") - 0.5)[:, None, None, None]
    grey = y.mean(3, keepdim=True)
    y = (y - grey) * (2 * draws.uniform("saturation"))[:, None, None, None] + grey
    mean = y.mean((1, 2, 3), keepdim=True)
    y = (y - mean) * (draws.uniform("contrast") + 0.5)[:, None, None, None] + mean
    return torch.cat([y, x[..., colours:]], 3)


def translation(x, draws):
    height, width = x.shape[1:3]
    fy, fx = int(height * 0.125 + 0.5), int(width * 0.125 + 0.5)
    framed = torch.nn.functional.pad(x, (0, 0, fx, fx, fy, fy))
    top = draws.choice("translation.y", 2 * fy + 1)
    left = draws.choice("translation.x", 2 * fx + 1)
    return torch.stack([f[t:t + height, l:l + width] for f, t, l in zip(framed, top, left)])


def cutout(x, draws):
    masks = torch.ones(*x.shape[:3], 1)
    sizes = [int(side * 0.5 + 0.5) for side in x.shape[1:3]]
    centres = [draws.choice(f"cutout.{axis}", side + 1 - size % 2)
               for axis, side, size in zip("yx", x.shape[1:3], sizes)]
    for mask, y0, x0 in zip(masks, *centres):
        top, left = int(y0) - sizes[0] // 2, int(x0) - sizes[1] // 2
        mask[max(top, 0):max(top + sizes[0], 0), max(left, 0):max(left + sizes[1], 0)] = 0
    return x * masks


def diffaugment(x, key, policies):
    draws = Draws(key, len(x))
    for policy in policies:
        x = {"colour": colour, "translation": translation, "cutout": cutout}[policy](x, draws)
    return x


def main():
    arrays = {}
    for index, shape in enumerate(SHAPES):
        key = KEY.folded(index)
        cases = {"pipeline": lambda x: pipeline(x, key.folded("draws"), ("geometry", "colour")),
                 "geometry": lambda x: pipeline(x, key.folded("draws"), ("geometry",)),
                 "diffaugment": lambda x: diffaugment(
                     x, key.folded("draws"), ("colour", "translation", "cutout"))}
        for policy in ("colour", "translation", "cutout"):
            cases["diffaugment." + policy] = (
                lambda x, policy=policy: diffaugment(x, key.folded("draws"), (policy,)))
        for name, function in cases.items():
            x = (key.folded("pictures").normal(*shape) * 0.5).requires_grad_()
            weights = key.folded("weights").normal(*shape)
            y = function(x)
            (slope,) = torch.autograd.grad((y * weights).sum(), x)
            assert (y - x).abs().amax((1, 2, 3)).gt(1e-3).sum() >= len(x) // 2, name
            arrays[f"{index}/{name}"] = y.detach().numpy()
            arrays[f"{index}/{name}.gradient"] = slope.numpy()
    save("Training", "augmentation", arrays)


if __name__ == "__main__":
    main()
