#!/usr/bin/env python3
"""Draws the paintings of samples/paintings, each from a seed (needs NumPy and Pillow).

    python3 Tools/paintings/draw_paintings.py samples/paintings
"""
import sys
from pathlib import Path

import numpy
from PIL import Image, ImageDraw

SIDE, SCALE = 512, 2  # drawn at twice the size, for smooth edges
WHOLE = SIDE * SCALE


def colours(text):
    return [tuple(int(word[i:i + 2], 16) for i in (0, 2, 4)) for word in text.split()]


def shade(random, colour, amount=22):
    drift = random.normal(0, amount * 0.6) + random.normal(0, amount * 0.5, 3)
    return tuple(int(v) for v in numpy.clip(numpy.array(colour) + drift, 0, 255))


def field(random, waves=5, lowest=0.6, highest=2.2):
    """A smooth function of the plane, about -1 ... 1."""
    terms = [(random.uniform(lowest, highest, 2) * random.choice([-1, 1], 2),
              random.uniform(0, 6.28), random.uniform(0.5, 1)) for _ in range(waves)]
    total = sum(t[2] for t in terms)
    return lambda x, y: sum(
        a * numpy.sin(6.28 * (k[0] * x + k[1] * y) / WHOLE + p) for k, p, a in terms) / total


def night(random):
    """Curved strokes of thick paint that follow a flow, around three lights."""
    picture = Image.new("RGB", (WHOLE, WHOLE), (20, 32, 70))
    draw = ImageDraw.Draw(picture)
    blues = colours("12245c 1d3f8f 2f66b5 5b93cf 9cc3de 17316e 0f1b45")
    golds = colours("f2c230 f7dd72 e9a21b fbeec1")
    flow = field(random)
    lights = [(0.27, 0.3, 0.15), (0.72, 0.2, 0.11), (0.63, 0.68, 0.18)]
    for _ in range(9000):
        x, y = random.uniform(-20, WHOLE + 20, 2)
        near = min(((x / WHOLE - a) ** 2 + (y / WHOLE - b) ** 2) ** 0.5 / r
                   for a, b, r in lights)
        glow = random.random() < numpy.exp(-(near ** 2) * 1.2)
        shelf = golds if glow else blues
        colour = shade(random, shelf[int(random.integers(len(shelf)))], 18)
        points = [(x, y)]
        for _ in range(int(random.integers(5, 12))):
            turn = 3.1 * flow(x, y)
            for a, b, r in lights:
                dx, dy = x / WHOLE - a, y / WHOLE - b
                distance = (dx * dx + dy * dy) ** 0.5
                if distance < 1.9 * r:
                    turn = numpy.arctan2(dy, dx) + 1.5708
            x, y = x + 11 * numpy.cos(turn), y + 11 * numpy.sin(turn)
            points.append((x, y))
        draw.line(points, fill=colour, width=int(random.integers(7, 15)), joint="curve")
        if random.random() < 0.5:
            draw.line([(a - 2, b - 3) for a, b in points], fill=shade(random, colour, 40), width=2)
    return picture


def glass(random):
    """Pieces of coloured glass in lead."""
    palette = colours("b3202a e2542b f2a93b f6d860 2c7a56 1f5f8b 3b2f7f 8fbf9f e9dcc0 7a1f4b")
    count = 190
    seeds = random.uniform(0, WHOLE, (count, 2))
    rows, columns = numpy.mgrid[0:WHOLE, 0:WHOLE]
    best = numpy.full((WHOLE, WHOLE), 1e9)
    second, owner = best.copy(), numpy.zeros((WHOLE, WHOLE), int)
    for index, (x, y) in enumerate(seeds):
        distance = numpy.hypot(columns - x, (rows - y) * 1.15)
        closer = distance < best
        second = numpy.where(closer, best, numpy.minimum(second, distance))
        owner[closer], best = index, numpy.minimum(best, distance)
    wave = field(random, 7, 3, 9)
    table = numpy.array([shade(random, palette[int(random.integers(len(palette)))], 16)
                         for _ in range(count)])
    light = 1 + 0.16 * wave(columns, rows) + 0.10 * (1 - best / 60)
    picture = table[owner] * light[..., None]
    picture[second - best < 9] = (24, 20, 22)
    return Image.fromarray(numpy.clip(picture, 0, 255).astype(numpy.uint8))


def dots(random):
    """Points of pure colour, side by side."""
    picture = Image.new("RGB", (WHOLE, WHOLE), (236, 226, 200))
    draw = ImageDraw.Draw(picture)
    shelves = [colours(t) for t in (
        "3c6e9e 6ea3c8 9cc7d8 c9a7c7 e8d9a8", "2f7d4f 5aa05b 9cc063 d8c74a 2a5f6e",
        "d9542b e98a3a f0b64f c23a4f 7a4a86")]
    tide = field(random, 5, 0.5, 1.6)
    for _ in range(26000):
        x, y = random.uniform(0, WHOLE, 2)
        level = y / WHOLE * 1.7 + 0.45 * tide(x, y) - 0.1 + random.normal(0, 0.14)
        shelf = shelves[int(numpy.clip(level * 2, 0, 2))]
        r = random.uniform(3.5, 7.5)
        colour = shade(random, shelf[int(random.integers(len(shelf)))], 14)
        draw.ellipse([x - r, y - r, x + r, y + r], fill=colour)
    return picture


def ink(random):
    """Black ink on paper: brush lines, hatching and a little red."""
    rows, columns = numpy.mgrid[0:WHOLE, 0:WHOLE]
    grain = random.normal(0, 5, (WHOLE, WHOLE, 1)) + 7 * field(random, 4, 0.5, 2)(
        columns, rows)[..., None]
    paper = numpy.clip(numpy.array([238, 228, 206]) + grain, 0, 255).astype(numpy.uint8)
    picture = Image.fromarray(paper)
    draw = ImageDraw.Draw(picture)
    hills = [field(random, 4, 0.5, 1.8) for _ in range(7)]
    for index, hill in enumerate(hills):
        base = WHOLE * (0.12 + 0.13 * index)
        xs = numpy.arange(-10, WHOLE + 10, 4)
        ys = base + 75 * hill(xs, base)
        for i in range(len(xs) - 1):
            width = int(4 + 8 * abs(numpy.sin(0.011 * xs[i] + index)))
            draw.line([(xs[i], ys[i]), (xs[i + 1], ys[i + 1])], fill=(26, 24, 28), width=width)
        for i in range(0, len(xs), 3):
            if numpy.sin(0.017 * xs[i] + 2 * index) > -0.2:
                length = random.uniform(25, 75)
                draw.line([(xs[i], ys[i] + 6), (xs[i] - length * 0.5, ys[i] + 6 + length)],
                          fill=shade(random, (48, 44, 48), 20), width=int(random.integers(1, 4)))
    draw.ellipse([WHOLE * 0.66, WHOLE * 0.05, WHOLE * 0.82, WHOLE * 0.21], fill=(186, 48, 38))
    for _ in range(260):
        x, y, r = *random.uniform(0, WHOLE, 2), random.uniform(0.8, 3.2)
        draw.ellipse([x - r, y - r, x + r, y + r], fill=(30, 28, 30))
    return picture


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "samples/paintings")
    folder.mkdir(parents=True, exist_ok=True)
    for seed, paint in enumerate((night, glass, dots, ink), 11):
        picture = paint(numpy.random.default_rng(seed)).resize((SIDE, SIDE), Image.LANCZOS)
        picture.save(folder / f"{paint.__name__}.jpg", quality=90)


if __name__ == "__main__":
    main()
