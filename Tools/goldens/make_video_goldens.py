"""Frames of YUV4MPEG2 as RGB, computed in NumPy (float64), for Tests/ImagingTests/Fixtures/video.json.

    python3 Tools/goldens/make_video_goldens.py

NumPy 2; seed 20261123.
"""

import json
import pathlib

import numpy as np

SHARES = {"601": (0.299, 0.114), "709": (0.2126, 0.0722)}
WIDTH, HEIGHT = 7, 5


def taps(count, sampled, is_half, is_centred):
    """The matrix that interpolates an axis linearly, with the edge repeated."""
    matrix = np.zeros((count, max(sampled, 1)))
    for place in range(count):
        position = place / 2 - (0.25 if is_centred else 0) if is_half else float(place)
        below = int(np.floor(position))
        share = position - below
        last = sampled - 1
        matrix[place, min(max(below, 0), last)] += 1 - share
        matrix[place, min(max(below + 1, 0), last)] += share
    return matrix


def rgb(y, blue, red, matrix, is_full):
    kr, kb = SHARES[matrix]
    kg = 1 - kr - kb
    y = y if is_full else (y - 16) * 255 / 219
    scale = 1 if is_full else 255 / 224
    blue, red = (blue - 128) * scale, (red - 128) * scale
    r = y + 2 * (1 - kr) * red
    b = y + 2 * (1 - kb) * blue
    g = (y - kr * r - kb * b) / kg
    return np.clip(np.floor(np.stack([r, g, b], -1) + 0.5), 0, 255)


def case(generator, chroma, matrix, is_full):
    half_width = chroma in ("420jpeg", "420mpeg2", "422")
    half_height = chroma in ("420jpeg", "420mpeg2")
    width = (WIDTH + 1) // 2 if half_width else WIDTH
    height = (HEIGHT + 1) // 2 if half_height else HEIGHT
    low, high = (0, 256) if is_full else (16, 236)
    y = generator.integers(low, high, (HEIGHT, WIDTH))
    planes = [y]
    differences = [np.full((HEIGHT, WIDTH), 128.0)] * 2
    if chroma != "mono":
        across = taps(WIDTH, width, half_width, chroma == "420jpeg")
        down = taps(HEIGHT, height, half_height, True)
        samples = [generator.integers(60, 200, (height, width)) for _ in range(2)]
        planes += samples
        differences = [down @ s @ across.T for s in samples]
    expected = rgb(y.astype(float), *differences, matrix, is_full)
    return {
        "chroma": chroma,
        "matrix": matrix,
        "range": "FULL" if is_full else "LIMITED",
        "planes": [int(v) for p in planes for v in p.ravel()],
        "rgb": [int(v) for v in expected.ravel()],
    }


def main():
    generator = np.random.default_rng(20261123)
    cases = [
        case(generator, chroma, matrix, is_full)
        for chroma in ("420jpeg", "420mpeg2", "422", "444", "mono")
        for matrix in SHARES
        for is_full in (False, True)
    ]
    target = pathlib.Path(__file__).parents[2] / "Tests/ImagingTests/Fixtures/video.json"
    body = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    target.write_text(
        f'{{"width":{WIDTH},"height":{HEIGHT},"cases":[\n{body}\n]}}\n'
    )


if __name__ == "__main__":
    main()
