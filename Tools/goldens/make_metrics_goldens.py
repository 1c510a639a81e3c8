"""Makes Tests/MetricsTests/Fixtures/distances.json: sliced Wasserstein distances by NumPy.

    python Tools/goldens/make_metrics_goldens.py        (numpy; PyTorch by make_network_goldens)

Written from the papers named in Sources/Metrics, in float64 and without its shortcuts: the filter is
one 5x5 sum, quantile functions are compared on a grid that has all their steps. Random places and
directions follow from Atelier's keys; the pictures from the formula below, which the tests repeat.
"""

import json
import pathlib

import numpy

from make_network_goldens import Key

SEED = 7
PATCHES, PROJECTIONS = 16, 32
PATH = pathlib.Path(__file__).resolve().parents[2] / "Tests/MetricsTests/Fixtures/distances.json"
CASES = [  # height, width, channels, real pictures, made pictures
    (48, 33, 3, 4, 3), (64, 64, 1, 2, 2), (8, 9, 3, 3, 3), (16, 16, 4, 5, 2), (35, 62, 2, 2, 3),
]


def pictures(count, height, width, channels, made):
    i, y, x, c = numpy.ogrid[:count, :height, :width, :channels]
    waves = (x * (1 + i % 3) * 5 + y * (2 + i % 2) * 3 + c * 40 + i * 11) % 256
    if not made:
        return waves
    noise = Key.seed(SEED).folded("noise").bytes(count, height, width, channels)
    return (3 * waves + noise) // 4


def filtered(picture):
    taps = numpy.array([1, 4, 6, 4, 1]) / 16
    padded = numpy.pad(picture, [(2, 2), (2, 2), (0, 0)], mode="reflect")
    h, w, _ = picture.shape
    return sum(taps[j] * taps[i] * padded[j:j + h, i:i + w] for j in range(5) for i in range(5))


def pyramid(picture):
    levels = []
    while min((side + 1) // 2 for side in picture.shape[:2]) >= 16:
        small = filtered(picture)[::2, ::2]
        spread = numpy.zeros_like(picture)
        spread[::2, ::2] = 4 * small
        levels.append(picture - filtered(spread))
        picture = small
    return levels + [picture]


def descriptors(batch):
    """For each level [patches, 7, 7, C], normalised."""
    found = None
    for number, picture in enumerate(batch.astype(numpy.float64)):
        levels = pyramid(picture)
        found = found or [[] for _ in levels]
        for level, plane in enumerate(levels):
            words = Key.seed(SEED).folded("patches").folded(level).words(
                2 * PATCHES * len(batch)).astype(numpy.uint64)
            for patch in range(number * PATCHES, (number + 1) * PATCHES):
                y, x = (int(words[2 * patch + axis]) * (plane.shape[axis] - 6) >> 32
                        for axis in range(2))
                found[level].append(plane[y:y + 7, x:x + 7])
    for level in found:
        stack = numpy.stack(level)
        stack = stack - stack.mean((0, 1, 2))
        yield stack / stack.std((0, 1, 2))


def direction(level, number, size):
    key = Key.seed(SEED).folded("directions").folded(level).folded(number)
    words = key.words(2 * size).astype(numpy.float64)
    vector = numpy.sqrt(-2 * numpy.log((words[::2] + 1) / 2**32))
    vector = vector * numpy.cos(2 * numpy.pi * words[1::2] / 2**32)
    return vector / numpy.linalg.norm(vector)


def wasserstein(one, other):
    n, m = len(one), len(other)
    grid = numpy.arange(n * m)
    return abs(numpy.sort(one)[grid // m] - numpy.sort(other)[grid // n]).mean()


def distances(real, made):
    for level, (a, b) in enumerate(zip(descriptors(real), descriptors(made))):
        a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
        vectors = [direction(level, number, a.shape[1]) for number in range(PROJECTIONS)]
        yield float(numpy.mean([wasserstein(a @ v, b @ v) for v in vectors]))


def main():
    cases = []
    for height, width, channels, reals, mades in CASES:
        shape = height, width, channels
        levels = list(distances(pictures(reals, *shape, False), pictures(mades, *shape, True)))
        cases.append(dict(height=height, width=width, channels=channels, reals=reals, mades=mades,
                          levels=levels))
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(json.dumps(dict(
        numpy=numpy.__version__, seed=SEED, patches=PATCHES, projections=PROJECTIONS, cases=cases),
        indent=1) + "\n")
    for case in cases:
        print(case)


if __name__ == "__main__":
    main()
