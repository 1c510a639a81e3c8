"""Makes Tests/MetricsTests/Fixtures/features.json: metrics on features by NumPy and SciPy.

    python Tools/goldens/make_feature_metrics_goldens.py    (numpy, scipy; PyTorch by make_network_goldens)

Written from the papers named in Sources/Metrics, in float64, with whole matrices and none of its
shortcuts. The features follow from Atelier's keys by the formulas below, which the tests repeat; every
one is exact in float32.
"""

import json
import math
import pathlib

import numpy
import scipy
import scipy.linalg
import scipy.stats
from scipy.spatial.distance import cdist, pdist

from make_network_goldens import Key

SEED = 11
PATH = pathlib.Path(__file__).resolve().parents[2] / "Tests/MetricsTests/Fixtures/features.json"
# Rows of reals and of made ones, features. In the second, fewer rows than features.
CASES = [(150, 120, 24), (40, 30, 64), (310, 300, 5)]
SUBSETS, SUBSET_SIZE = 7, 25
PATHS, LATENTS, OUTPUTS, EPSILON = 150, 6, 5, 1e-2


def features(rows, width, made):
    key = Key.seed(SEED).folded("made" if made else "real").folded(width)
    own = (key.words(rows * width) >> 20).astype(numpy.float64).reshape(rows, width) / 1024 - 2
    common = (key.folded("common").words(rows) >> 20).astype(numpy.float64)[:, None] / 1024 - 2
    j = numpy.arange(width)
    return own * (1 + j % 4) / 4 + common * (j % 2) + (0.5 * (j % 3) if made else 0) + 3


def frechet(a, b):
    means = ((a.mean(0) - b.mean(0)) ** 2).sum()
    s, t = numpy.cov(a.T), numpy.cov(b.T)
    # The trace of the root of a product of covariances is the sum of the singular values of the
    # product of the centred rows: exact where matrices are singular, where a matrix's root is not.
    rows = (a - a.mean(0)) @ (b - b.mean(0)).T / math.sqrt((len(a) - 1) * (len(b) - 1))
    root = scipy.linalg.svdvals(rows).sum()
    if len(a) > 2 * a.shape[1]:
        assert abs(numpy.trace(scipy.linalg.sqrtm(s @ t)).real - root) < 1e-9 * root
    return means + numpy.trace(s) + numpy.trace(t) - 2 * root, means


def permutation(key, count):
    words, order = key.words(count), list(range(count))
    for i in range(count - 1, 0, -1):
        j = int(words[count - 1 - i]) * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def kernel_distance(a, b):
    values = []
    for subset in range(SUBSETS):
        key = Key.seed(SEED).folded("kernel subsets").folded(subset)
        size = min(SUBSET_SIZE, len(a), len(b))
        x = a[permutation(key.folded("one"), len(a))[:size]]
        y = b[permutation(key.folded("other"), len(b))[:size]]
        k = lambda p, q: (p @ q.T / a.shape[1] + 1) ** 3
        off = 1 - numpy.eye(size)
        values.append((k(x, x) * off).sum() / (size * (size - 1))
                      + (k(y, y) * off).sum() / (size * (size - 1)) - 2 * k(x, y).mean())
    return numpy.mean(values), numpy.std(values, ddof=1)


def radii(a, k):
    return numpy.sort(cdist(a, a), axis=1)[:, k]  # Column 0 is the row itself.


def manifold(made, real, few, many):
    between = cdist(made, real)
    return dict(
        precision=float((between <= radii(real, few)[None]).any(1).mean()),
        recall=float((between <= radii(made, few)[:, None]).any(0).mean()),
        density=float((between <= radii(real, many)[None]).sum(1).mean() / many),
        coverage=float((between <= radii(real, many)[None]).any(0).mean()))


def inception(logits, splits):
    scores = []
    for part in range(splits):
        rows = logits[part * len(logits) // splits:(part + 1) * len(logits) // splits]
        p = scipy.special.softmax(rows, axis=1)
        scores.append(math.exp(scipy.stats.entropy(p, p.mean(0)[None], axis=1).mean()))
    return numpy.mean(scores), numpy.std(scores)


def diversity(a):
    distances = cdist(a, a) + numpy.diag([numpy.inf] * len(a))
    directions = a / numpy.linalg.norm(a, axis=1)[:, None]
    shares = numpy.linalg.eigvalsh(directions @ directions.T / len(a))
    return dict(mean=pdist(a).mean(), nearest=distances.min(1).mean(),
                vendi=math.exp(scipy.stats.entropy(shares.clip(0))))


def path_length(spherical):
    """The tests' generator: out_j = sum_k sin(z_k (j + 1) / 3) (k + 1)."""
    key = Key.seed(SEED).folded("path length")
    values = []
    for path in range(PATHS):
        words = key.folded("latents").folded(path).words(4 * LATENTS).astype(numpy.float64)
        normal = numpy.sqrt(-2 * numpy.log((words[::2] + 1) / 2**32))
        normal = (normal * numpy.cos(2 * numpy.pi * words[1::2] / 2**32)).astype(numpy.float32)
        a, b = normal.astype(numpy.float64).reshape(2, LATENTS)
        place = (int(key.folded("places").words(path + 1)[path]) >> 8) / 2**24

        def at(t):
            if not spherical:
                return a + (b - a) * t
            # By the angle's sines: another form than the tests' subject has.
            la, lb = numpy.linalg.norm(a), numpy.linalg.norm(b)
            angle = math.acos(a @ b / la / lb)
            unit = math.sin((1 - t) * angle) * a / la + math.sin(t * angle) * b / lb
            return unit / math.sin(angle) * (la + (lb - la) * t)

        def made(t):
            z = at(t).astype(numpy.float32).astype(numpy.float64)
            j, k = numpy.ogrid[1:OUTPUTS + 1, 0:LATENTS]
            return (numpy.sin(z[None] * j / 3) * (k + 1)).sum(1).astype(numpy.float32)

        step = made(place).astype(numpy.float64) - made(place + EPSILON)
        values.append((step ** 2).sum() / EPSILON ** 2)
    low = numpy.percentile(values, 1, method="lower")
    high = numpy.percentile(values, 99, method="higher")
    kept = [value for value in values if low <= value <= high]
    return dict(value=numpy.mean(kept), error=numpy.std(kept, ddof=1) / math.sqrt(len(kept)),
                count=len(kept))


def mixture(centres, deviation):
    """Points near the modes, of which mode m gets those of number i with i (i + 1) / 2 % modes = m."""
    words = Key.seed(SEED).folded("mixture").folded(len(centres)).words(1200)
    i = numpy.arange(600)
    offsets = ((words >> 22).astype(numpy.float64).reshape(600, 2) / 512 - 1) * deviation * 4
    centres = numpy.array(centres)
    points = (centres[i * (i + 1) // 2 % len(centres)] + offsets).astype(numpy.float32)
    distances = cdist(points.astype(numpy.float64), centres)
    near = distances.min(1) < 3 * deviation
    counts = numpy.bincount(distances.argmin(1)[near], minlength=len(centres))
    return dict(modes=int((counts > 0).sum()), share=float(near.mean()),
                divergence=scipy.stats.entropy(counts, numpy.ones(len(centres))),
                counts=counts.tolist())


def main():
    cases = []
    for reals, mades, width in CASES:
        real, made = features(reals, width, False), features(mades, width, True)
        for one in (real, made):
            assert (one == one.astype(numpy.float32)).all()
        distance, means = frechet(real, made)
        kernel, deviation = kernel_distance(real, made)
        score, spread = inception(made, 4)
        between = cdist(made, real)
        cases.append(dict(
            reals=reals, mades=mades, width=width, frechet=distance, frechetMeans=means,
            covariance=numpy.cov(real.T)[:3].ravel().tolist(), mean=real.mean(0).tolist(),
            kernel=kernel, kernelDeviation=deviation, manifold=manifold(made, real, 3, 5),
            inception=score, inceptionDeviation=spread, diversity=diversity(made),
            neighbours=between.argsort(1, kind="stable")[:30, :4].ravel().tolist(),
            distances=numpy.sort(between, axis=1)[:30, :4].ravel().tolist()))
    grid = [(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)]
    ring = [(math.cos(math.pi * i / 4), math.sin(math.pi * i / 4)) for i in range(8)]
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(json.dumps(dict(
        numpy=numpy.__version__, scipy=scipy.__version__, seed=SEED, subsets=SUBSETS,
        subsetSize=SUBSET_SIZE, cases=cases, spherical=path_length(True),
        linear=path_length(False), ring=mixture(ring, 0.01), grid=mixture(grid, 0.05))) + "\n")
    for case in cases:
        print({name: value for name, value in case.items() if not isinstance(value, list)})


if __name__ == "__main__":
    main()
