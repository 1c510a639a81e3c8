"""Makes Tests/ImagingTests/Fixtures: small pictures of our own and what Pillow makes of them.

    python Tools/goldens/make_imaging_goldens.py

Needs Pillow and NumPy; the versions used are written to Fixtures/versions.txt. The suite itself needs
neither. Every picture is drawn here from formulas and a fixed seed.

resize.bin: records, each of little-endian UInt16: channels, source width, source height, target width,
target height, filter (0 box, 1 bilinear, 2 bicubic, 3 lanczos); then the source bytes and the bytes
that Image.resize gave.
luminance.bin: 4096 RGB pixels, then the 4096 bytes of convert("L").
*.webp, *.jpg: files written by Pillow, with the pixels that Pillow reads from them in *.rgb (raw).
"""

import pathlib
import struct
import sys

import numpy as np
import PIL
from PIL import Image, features

OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/ImagingTests/Fixtures"
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
FILTERS = [Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC,
           Image.Resampling.LANCZOS]
SIZES = [  # source width, height, target width, height
    (24, 20, 12, 10), (23, 17, 7, 5), (13, 11, 29, 31), (9, 14, 9, 5), (16, 9, 5, 9),
    (1, 12, 5, 3), (12, 1, 3, 4), (1, 1, 4, 3), (19, 21, 1, 1), (31, 29, 30, 28),
]


def picture(width, height, channels, seed):
    """Waves, hard edges and noise: overshoot and clipping are both exercised."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = []
    for channel in range(channels):
        wave = 127.5 + 127.5 * np.sin(0.37 * x * (channel + 1) + 0.23 * y + seed)
        edges = np.where((x.astype(int) // 3 + y.astype(int) // 4 + channel) % 2 == 0, 255, 0)
        noise = random.integers(0, 256, (height, width))
        choice = random.integers(0, 3, (height, width))
        planes.append(np.choose(choice, [wave, edges, noise]))
    return np.stack(planes, -1).round().astype(np.uint8)


def image(array):
    channels = array.shape[2]
    return Image.fromarray(array[:, :, 0] if channels == 1 else array, MODES[channels])


def resize_records():
    for channels in MODES:
        for index, (width, height, new_width, new_height) in enumerate(SIZES):
            source = picture(width, height, channels, 100 * channels + index)
            for number, kernel in enumerate(FILTERS):
                result = image(source).resize((new_width, new_height), kernel)
                yield struct.pack("<6H", channels, width, height, new_width, new_height, number)
                yield source.tobytes()
                yield result.tobytes()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "resize.bin").write_bytes(b"".join(resize_records()))
    colours = np.random.default_rng(7).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    grey = Image.fromarray(colours).convert("L")
    (OUT / "luminance.bin").write_bytes(colours.tobytes() + grey.tobytes())

    y, x = np.mgrid[0:24, 0:40].astype(np.float64)
    smooth = np.stack([255 * x / 39, 255 * y / 23, 127 + 120 * np.sin(x / 6) * np.cos(y / 5)], -1)
    smooth = smooth.round().astype(np.uint8)
    photo = Image.fromarray(smooth)
    photo.save(OUT / "baseline.jpg", quality=92, subsampling=0)
    photo.save(OUT / "progressive.jpg", quality=85, progressive=True)
    photo.convert("CMYK").save(OUT / "cmyk.jpg", quality=95)
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(OUT / "turned.webp", lossless=True, exif=exif.tobytes())
    photo.save(OUT / "lossy.webp", quality=80)
    frames = [Image.fromarray(np.roll(smooth, 5 * shift, 1)) for shift in range(3)]
    frames[0].save(OUT / "animated.webp", save_all=True, append_images=frames[1:], duration=100,
                   lossless=True)
    for name in ["baseline.jpg", "progressive.jpg", "cmyk.jpg", "lossy.webp", "turned.webp",
                 "animated.webp"]:
        with Image.open(OUT / name) as opened:
            (OUT / name).with_suffix(pathlib.Path(name).suffix + ".rgb").write_bytes(opened.convert("RGB").tobytes())
    (OUT / "versions.txt").write_text(
        f"Python {sys.version.split()[0]}, Pillow {PIL.__version__}, NumPy {np.__version__}, "
        f"libjpeg-turbo {features.version('libjpeg_turbo')}, WebP {features.version('webp')}\n")


if __name__ == "__main__":
    main()
