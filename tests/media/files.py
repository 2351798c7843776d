"""Generates image files for tests: valid ones and hostile ones."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw, ImageOps


def photo(width: int = 1200, height: int = 800, mode: str = "RGB") -> Image.Image:
    """Return an image with four different corners: red, green, blue, white, clockwise from the upper left."""
    image = ImageOps.colorize(Image.linear_gradient("L").resize((width, height)), "#203040", "#c0d0e0").convert(mode)
    draw, x, y = ImageDraw.Draw(image), width // 2, height // 2
    for box, colour in [
        ((0, 0, x // 2, y // 2), "red"),
        ((width - x // 2, 0, width, y // 2), "lime"),
        ((width - x // 2, height - y // 2, width, height), "blue"),
        ((0, height - y // 2, x // 2, height), "white"),
    ]:
        draw.rectangle(box, fill=colour)
    return image


def encode(image: Image.Image, kind: str, **options) -> bytes:
    """Return an image encoded as a file."""
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def jpeg(width: int = 1200, height: int = 800, **options) -> bytes:
    """Return a JPEG file of `photo`."""
    return encode(photo(width, height), "JPEG", **options)


def decode(content: bytes) -> Image.Image:
    """Return the decoded image of a file."""
    image = Image.open(BytesIO(content))
    image.load()
    return image


def corners(image: Image.Image) -> list[str]:
    """Return the names of the colours of an image's corners, clockwise from the upper left."""
    names = {(1, 0, 0): "red", (0, 1, 0): "lime", (0, 0, 1): "blue", (1, 1, 1): "white"}
    width, height = image.size
    positions = [(5, 5), (width - 6, 5), (width - 6, height - 6), (5, height - 6)]
    pixels = [image.convert("RGB").getpixel(position) for position in positions]
    return [names.get(tuple(int(band > 127) for band in pixel), str(pixel)) for pixel in pixels]


def png_with_declared_size(width: int, height: int) -> bytes:
    """Return a PNG whose header declares a size, with almost no pixel data."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
