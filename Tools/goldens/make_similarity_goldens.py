"""Prints the goldens of Tests/MetricsTests/SimilarityTests.swift: L1, PSNR and SSIM of pairs of pictures,
by NumPy in float64, from the definition of SSIM (a window at a time, weighted moments), not from the fast
way that Atelier takes.

    python Tools/goldens/make_similarity_goldens.py

Pictures: bytes `(x * 7 + y * 13 + c * 29 + x * y) % 256`, and the same plus `(x * 5 + y * 3 + c) % 31 - 15`,
held inside 0 ... 255.
"""

import numpy


def pair(height, width, channels):
    y, x, c = numpy.mgrid[0:height, 0:width, 0:channels]
    a = (x * 7 + y * 13 + c * 29 + x * y) % 256
    return a, numpy.clip(a + (x * 5 + y * 3 + c) % 31 - 15, 0, 255)


def window(side):
    size = min(11, side if side % 2 else side - 1)
    g = numpy.exp(-0.5 * ((numpy.arange(size) - size // 2) / 1.5) ** 2)
    return g / g.sum()


def ssim(a, b):
    rows, columns = window(a.shape[0]), window(a.shape[1])
    weights = numpy.outer(rows, columns)
    c1, c2, values = (0.01 * 255) ** 2, (0.03 * 255) ** 2, []
    for c in range(a.shape[2]):
        for y in range(a.shape[0] - len(rows) + 1):
            for x in range(a.shape[1] - len(columns) + 1):
                p, q = (m[y:y + len(rows), x:x + len(columns), c].astype(float) for m in (a, b))
                mp, mq = (weights * p).sum(), (weights * q).sum()
                vp, vq = (weights * (p - mp) ** 2).sum(), (weights * (q - mq) ** 2).sum()
                covariance = (weights * (p - mp) * (q - mq)).sum()
                values.append((2 * mp * mq + c1) * (2 * covariance + c2)
                              / ((mp**2 + mq**2 + c1) * (vp + vq + c2)))
    return numpy.mean(values)


for shape in ((24, 32, 3), (16, 11, 1), (5, 8, 3), (1, 1, 3), (2, 40, 3)):
    a, b = pair(*shape)
    error = ((a - b) ** 2).mean()
    print(shape, repr(float(abs(a - b).mean() / 255)), repr(float(10 * numpy.log10(255**2 / error))),
          repr(float(ssim(a, b))))
