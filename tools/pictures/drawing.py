"""A small kit for drawn pictures: shapes with gradients, light, mist, reflections and grain, on top of Pillow.

Lengths are pixels of the finished picture. It is drawn larger and scaled down, which smooths all edges. Everything that
looks accidental comes from a seeded generator, so that a picture is the same each time it is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]
Colour = str
Fill = Colour | Sequence[Colour]
"""One colour, or several for a gradient from top to bottom."""

SCALE = 2


def rgb(colour: Colour) -> tuple[int, int, int]:
    """Return the three values of a colour such as `#8c1d18`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two: the first at 0, the other at 1."""
    values = (round(a + (b - a) * share) for a, b in zip(rgb(one), rgb(other), strict=True))
    return "#" + "".join(f"{value:02x}" for value in values)


def gradient(size: tuple[int, int], colours: Sequence[Colour]) -> Image.Image:
    """Return a picture that goes through the colours from top to bottom."""
    column = Image.new("RGB", (1, 256))
    last = len(colours) - 1
    for y in range(256):
        at = y / 255 * last
        first = min(int(at), last - 1)
        column.putpixel((0, y), rgb(mix(colours[first], colours[first + 1], at - first)))
    return column.resize(size, Image.Resampling.BILINEAR)


def ridge(seed: int, width: float, y: float, height: float, *, waves: float = 2, rough: float = 0.5) -> list[Point]:
    """Return a skyline of hills around `y`: waves of falling length, the shorter the lower (by `rough` each)."""
    random = Random(seed)
    parts = [(waves * 1.9**n, random.uniform(0, math.tau), height * rough**n) for n in range(6)]
    steps = 240
    return [
        (x * width / steps, y - sum(a * math.sin(math.tau * f * x / steps + p) for f, p, a in parts))
        for x in range(-4, steps + 5)
    ]


def curve(points: Sequence[Point], steps: int = 24) -> list[Point]:
    """Return a smooth line through the points (Catmull-Rom)."""
    padded = [points[0], *points, points[-1]]
    line = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            line.append(tuple(_between(a[n], b[n], c[n], d[n], t) for n in (0, 1)))
    return [*line, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


class Sheet:
    """A picture that is being drawn."""

    def __init__(self, width: int, height: int, *ground: Colour) -> None:
        """`ground` is one colour, or several from top to bottom."""
        self.width, self.height = width, height
        size = width * SCALE, height * SCALE
        self.image = gradient(size, ground) if len(ground) > 1 else Image.new("RGB", size, ground[0])
        self.pen = ImageDraw.Draw(self.image)

    # Shapes

    def shape(self, points: Iterable[Point], fill: Fill, *, alpha: float = 1, blur: float = 0) -> None:
        """Fill a polygon."""
        large = [(x * SCALE, y * SCALE) for x, y in points]
        if isinstance(fill, str) and alpha == 1 and not blur:
            self.pen.polygon(large, fill=fill)
            return
        xs, ys = [x for x, _ in large], [y for _, y in large]
        self._masked(
            (min(xs), min(ys), max(xs), max(ys)), fill, alpha, blur, lambda pen, at: pen.polygon(at(large), 255)
        )

    def below(self, line: Sequence[Point], fill: Fill, *, alpha: float = 1, bottom: float | None = None) -> None:
        """Fill everything below a line, which runs from left to right, down to `bottom`."""
        bottom = self.height if bottom is None else bottom
        self.shape([*line, (line[-1][0], bottom), (line[0][0], bottom)], fill, alpha=alpha)

    def box(
        self, x: float, y: float, width: float, height: float, fill: Fill, *, alpha: float = 1, blur: float = 0
    ) -> None:
        """Fill a rectangle."""
        self.shape([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], fill, alpha=alpha, blur=blur)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Fill, *, alpha: float = 1, blur: float = 0) -> None:
        """Fill an ellipse around a point."""
        steps = max(24, int(max(rx, ry)))
        turns = (math.tau * n / steps for n in range(steps))
        self.shape([(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns], fill, alpha=alpha, blur=blur)

    def disc(self, x: float, y: float, radius: float, fill: Fill, *, alpha: float = 1, blur: float = 0) -> None:
        """Fill a circle around a point."""
        self.oval(x, y, radius, radius, fill, alpha=alpha, blur=blur)

    def line(self, points: Sequence[Point], colour: Colour, width: float = 1, *, alpha: float = 1) -> None:
        """Draw a line through the points."""
        large = [(x * SCALE, y * SCALE) for x, y in points]
        wide = max(1, round(width * SCALE))
        if alpha == 1:
            self.pen.line(large, fill=colour, width=wide, joint="curve")
            return
        xs, ys = [x for x, _ in large], [y for _, y in large]
        box = min(xs) - wide, min(ys) - wide, max(xs) + wide, max(ys) + wide
        self._masked(box, colour, alpha, 0, lambda pen, at: pen.line(at(large), 255, wide, joint="curve"))

    def stroke(self, points: Sequence[Point], colour: Colour, first: float, last: float) -> None:
        """Draw a line whose width goes from `first` to `last`."""
        count = len(points) - 1
        left, right = [], []
        for n, (x, y) in enumerate(points):
            (ax, ay), (bx, by) = points[max(n - 1, 0)], points[min(n + 1, count)]
            length = math.hypot(bx - ax, by - ay) or 1
            half = (first + (last - first) * n / count) / 2
            dx, dy = -(by - ay) / length * half, (bx - ax) / length * half
            left.append((x + dx, y + dy))
            right.append((x - dx, y - dy))
        self.shape([*left, *reversed(right)], colour)

    def ring(self, x: float, y: float, radius: float, colour: Colour, width: float = 1, *, alpha: float = 1) -> None:
        """Draw a circle."""
        turns = [math.tau * n / 240 for n in range(241)]
        self.line([(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns], colour, width, alpha=alpha)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: Colour,
        *,
        bold: float = 0,
        alpha: float = 1,
        turn: float = 0,
        mirrored: bool = False,
    ) -> None:
        """Write words around a point, in the typeface that Pillow has in itself (Aileron, which is in the public domain).

        `turn` is the angle in radians, clockwise; `mirrored` is how type looks that prints these words.
        """
        font, weight = ImageFont.load_default(size * SCALE), round(bold * SCALE)
        left, top, right, bottom = font.getbbox(words, anchor="mm", stroke_width=weight)
        half = math.ceil(max(-left, -top, right, bottom)) + 2
        mask = Image.new("L", (2 * half, 2 * half))
        pen = ImageDraw.Draw(mask)
        pen.text((half, half), words, round(255 * alpha), font, anchor="mm", stroke_width=weight)
        if mirrored:
            mask = mask.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        mask = mask.rotate(-math.degrees(turn), Image.Resampling.BICUBIC)
        self.image.paste(colour, (round(x * SCALE) - half, round(y * SCALE) - half), mask)

    def _masked(self, box, fill: Fill, alpha: float, blur: float, draw) -> None:
        """Lay a fill through a mask, which `draw` draws with a pen and a function that moves points into it."""
        margin = blur * SCALE * 3 + 2
        left, top = math.floor(box[0] - margin), math.floor(box[1] - margin)
        right, bottom = math.ceil(box[2] + margin), math.ceil(box[3] + margin)
        kept = max(left, 0), max(top, 0), min(right, self.image.width), min(bottom, self.image.height)
        if kept[0] >= kept[2] or kept[1] >= kept[3]:
            return
        # The mask ends with the picture, except that what a blur would bring in from outside is drawn too.
        far = round(margin) if blur else 0
        corner = max(left, -far), max(top, -far)
        end = min(right, self.image.width + far), min(bottom, self.image.height + far)
        mask = Image.new("L", (end[0] - corner[0], end[1] - corner[1]))
        draw(ImageDraw.Draw(mask), lambda points: [(x - corner[0], y - corner[1]) for x, y in points])
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
        if alpha < 1:
            mask = mask.point(lambda value: round(value * alpha))
        if isinstance(fill, str):
            self.image.paste(fill, corner, mask)
            return
        # A gradient reaches over the shape itself, not over the part of it that is seen.
        full = gradient((1, max(1, round(box[3] - box[1]))), fill)
        shift = corner[1] - round(box[1])
        part = full.transform((1, mask.height), Image.Transform.AFFINE, (1, 0, 0, 0, 1, shift), fillcolor=rgb(fill[-1]))
        self.image.paste(part.resize(mask.size), corner, mask)

    # Light and air

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 1) -> None:
        """Add light around a point."""
        side = round(radius * 2 * SCALE)
        # Pillow's gradient is white in the corners of its square; this one is black from the middle of the edges on.
        light = Image.radial_gradient("L").point(lambda value: round(max(0, 1 - value / 181) ** 2.2 * 255 * strength))
        light = light.resize((side, side), Image.Resampling.BICUBIC)
        layer = Image.new("L", self.image.size)
        layer.paste(light, (round((x - radius) * SCALE), round((y - radius) * SCALE)))
        tinted = Image.composite(Image.new("RGB", self.image.size, colour), Image.new("RGB", self.image.size), layer)
        self._replace(ImageChops.screen(self.image, tinted))

    def mist(self, y: float, height: float, colour: Colour, alpha: float) -> None:
        """Lay a band of mist over the picture, densest at `y`."""
        self.box(-self.width, y - height / 4, self.width * 3, height / 2, colour, alpha=alpha, blur=height / 4)

    def stars(self, seed: int, count: int, bottom: float, colour: Colour = "#f3ecdc") -> None:
        """Put stars into the sky above `bottom`, fewer the lower."""
        random = Random(seed)
        for _ in range(count):
            x, y = random.uniform(0, self.width), bottom * random.random() ** 1.4
            self.disc(x, y, random.choice([0.7, 0.8, 1, 1.1, 1.7]), colour, alpha=random.uniform(0.35, 0.95))

    def reflect(self, y: float, tint: Fill, alpha: float, *, ripple: float = 5, squash: float = 0.8) -> None:
        """Mirror what is above `y` in the water below it, broken by ripples that grow towards the viewer."""
        depth = round((self.height - y) * SCALE)
        top = max(0, round(y * SCALE - depth / squash))
        above = self.image.crop((0, top, self.image.width, round(y * SCALE)))
        mirrored = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((self.image.width, depth))
        mirrored = mirrored.filter(ImageFilter.GaussianBlur(SCALE))
        water = Image.new("RGB", mirrored.size)
        row, random = 0, Random(round(y))
        while row < depth:
            near = row / depth
            thick = max(2, round((1.2 + 5 * near) * SCALE))
            shift = round(random.gauss(0, 1) * ripple * (0.25 + near) * SCALE)
            strip = mirrored.crop((0, row, self.image.width, row + thick))
            water.paste(strip, (0, row))
            water.paste(strip, (shift, row))
            row += thick
        colours = [tint] * 2 if isinstance(tint, str) else tint
        water = Image.blend(water, gradient(water.size, colours), alpha)
        self.image.paste(water, (0, round(y * SCALE)))

    def glitter(
        self, seed: int, x: float, y: float, bottom: float, colour: Colour, *, spread: float = 0.35, count: int = 90
    ) -> None:
        """Draw the path of a light on water: short strokes that widen towards the viewer."""
        random = Random(seed)
        for _ in range(count):
            near = random.random() ** 1.3
            at = y + 3 + (bottom - y) * near
            middle = x + random.gauss(0, 1) * (8 + (bottom - y) * spread * near)
            half = random.uniform(6, 18) * (0.5 + 2.2 * near)
            thick = 0.7 + 2.1 * near
            self.oval(middle, at, half, thick, colour, alpha=random.uniform(0.25, 0.8) * (1 - 0.45 * near))

    def _replace(self, image: Image.Image) -> None:
        self.image = image
        self.pen = ImageDraw.Draw(image)

    def finished(self, *, grain: float = 0.09, seed: int = 7) -> Image.Image:
        """Return the picture at its size, with the grain of printed paper."""
        image = self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)
        random = Random(seed)
        fine = _noise(random, self.width, self.height, 1).filter(ImageFilter.GaussianBlur(0.8))
        coarse = _noise(random, self.width, self.height, 5).filter(ImageFilter.GaussianBlur(2))
        texture = Image.blend(fine, coarse, 0.2)
        flat = Image.new("L", texture.size, 128)
        texture = Image.blend(flat, texture, grain * 2.4)
        return ImageChops.soft_light(image, Image.merge("RGB", [texture] * 3))


def _noise(random: Random, width: int, height: int, cell: int) -> Image.Image:
    size = width // cell + 1, height // cell + 1
    noise = Image.frombytes("L", size, random.randbytes(size[0] * size[1]))
    return (
        noise
        if cell == 1 and noise.size == (width, height)
        else noise.resize((width, height), Image.Resampling.BICUBIC)
    )
