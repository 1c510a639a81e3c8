#!/usr/bin/env python3
"""PyTorch's side of `atelier reproduce fashion` and `atelier reproduce cifar`.

Trains the same DCGAN (Radford et al. 2016, https://arxiv.org/abs/1511.06434) on the same pictures, for
equally many steps of equally many pictures with the same numbers, and writes samples as PNG files, which
`atelier metrics` then measures by the same classifier and the same real pictures as the table:

    atelier reproduce fashion --data fashion_mnist --out table --width 32 --steps 2000
    python3 Benchmarks/Reproduction/dcgan_pytorch.py fashion_mnist --out torch-0 --width 32 --steps 2000
    atelier metrics torch-0 --data fashion_mnist --part test --size 32 \\
        --features table/fashion-classifier.safetensors

Needs PyTorch, NumPy and Pillow. Nothing of this runs in the studio itself.
"""

import argparse
import gzip
import pathlib
import struct
import time

import numpy
import torch
from PIL import Image
from torch import nn


def idx_pictures(path):
    """The 28x28 training pictures of an IDX file, resized to 32x32 as the table has them."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        magic, count, height, width = struct.unpack(">IIII", file.read(16))
        if magic != 2051:
            raise SystemExit(f"{path}: expected an IDX file of pictures, got magic {magic}")
        pixels = numpy.frombuffer(file.read(), numpy.uint8).reshape(count, height, width)
    resized = [
        numpy.asarray(Image.fromarray(picture).resize((32, 32), Image.LANCZOS))
        for picture in pixels
    ]
    return numpy.stack(resized)[:, None]


def folder_pictures(path):
    """Colour pictures of a folder and its sub-folders, 32x32."""
    names = sorted(
        name for name in path.rglob("*") if name.suffix.lower() in (".png", ".jpg", ".jpeg"))
    pictures = []
    for name in names:
        picture = Image.open(name).convert("RGB")
        if picture.size != (32, 32):
            picture = picture.resize((32, 32), Image.LANCZOS)
        pictures.append(numpy.asarray(picture).transpose(2, 0, 1))
    if not pictures:
        raise SystemExit(f"{path}: expected pictures, found none")
    return numpy.stack(pictures)


def pictures_of(path):
    for name in ("train-images-idx3-ubyte.gz", "train-images-idx3-ubyte"):
        if (path / name).exists():
            return idx_pictures(path / name)
    return folder_pictures(path)


def generator(width, channels, latent=100):
    def up(inputs, outputs, *geometry):
        return [
            nn.ConvTranspose2d(inputs, outputs, *geometry, bias=False), nn.BatchNorm2d(outputs),
            nn.ReLU(True),
        ]

    return nn.Sequential(
        *up(latent, 4 * width, 4, 1, 0), *up(4 * width, 2 * width, 4, 2, 1),
        *up(2 * width, width, 4, 2, 1),
        nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh())


def discriminator(width, channels):
    return nn.Sequential(
        nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True),
        nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width),
        nn.LeakyReLU(0.2, True),
        nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width),
        nn.LeakyReLU(0.2, True),
        nn.Conv2d(4 * width, 1, 4, 1, 0, bias=False), nn.Flatten(0))


def begin(module):
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0, 0.02)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    data = torch.from_numpy(pictures_of(options.data))
    channels = data.shape[1]
    g, d = generator(options.width, channels), discriminator(options.width, channels)
    g.apply(begin)
    d.apply(begin)
    layout = torch.channels_last
    g, d = g.to(memory_format=layout), d.to(memory_format=layout)
    adams = [torch.optim.Adam(n.parameters(), 2e-4, betas=(0.5, 0.999)) for n in (g, d)]
    loss = nn.functional.softplus
    order = torch.randperm(len(data))
    place, start = 0, time.time()
    for step in range(options.steps):
        if place + options.batch > len(order):
            order, place = torch.randperm(len(data)), 0
        real = data[order[place : place + options.batch]].float() / 127.5 - 1
        real = real.contiguous(memory_format=layout)
        place += options.batch
        fake = g(torch.randn(options.batch, 100, 1, 1))
        adams[1].zero_grad()
        (loss(-d(real)).mean() + loss(d(fake.detach())).mean()).backward()
        adams[1].step()
        adams[0].zero_grad()
        loss(-d(fake)).mean().backward()
        adams[0].step()
        if (step + 1) % 100 == 0:
            pace = (step + 1) / (time.time() - start)
            print(f"step {step + 1} of {options.steps}, {pace:.1f} steps/s", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    g.eval()
    with torch.no_grad():
        for first in range(0, options.samples, 250):
            made = g(torch.randn(min(250, options.samples - first), 100, 1, 1))
            made = ((made + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
            for index, picture in enumerate(made):
                Image.fromarray(picture.squeeze()).save(options.out / f"{first + index:05}.png")
    print(f"{options.steps} steps in {time.time() - start:.0f} s; samples in {options.out}")


if __name__ == "__main__":
    main()
