"""Covers of letters and patterns."""

from __future__ import annotations

import math
from random import Random

from .drawing import Point, Sheet, mix
from .inks import CORAL, CREAM, DEEP, LAMP, NIGHT, RED, SAND, SEA, picture


@picture("ampersand")
def _ampersand() -> Sheet:
    """One sign, printed twice, not quite in the same place."""
    sheet = Sheet(1600, 900, "#efe4cb", "#e6d7b8")
    random = Random(2)
    for n in range(46):
        y = 34 + n * 18.4
        sheet.box(70, y, 420 - 200 * (n % 7 == 6), 3, "#cdbb96", alpha=0.7)
        sheet.box(1110, y, 420 - 240 * (n % 9 == 8), 3, "#cdbb96", alpha=0.7)
    sheet.disc(815, 450, 372, ("#e7b48b", CORAL))
    sheet.text(824, 462, "&", 760, DEEP, bold=9, alpha=0.9)
    sheet.text(800, 440, "&", 760, RED, bold=8, alpha=0.84)
    for _ in range(2600):
        sheet.disc(
            random.uniform(430, 1180),
            random.uniform(80, 820),
            random.choice([0.8, 1, 1.4, 2]),
            "#efe4cb",
            alpha=random.uniform(0.2, 0.7),
        )
    return sheet


@picture("six")
def _six() -> Sheet:
    """Six letters of wood in a frame, one of them taken out."""
    sheet = Sheet(1600, 900, "#22303a", "#141d25")
    tones = ["#c9a26a", "#b98a52", "#d1b07c", "#a9794a", "#c49a62", "#bb8d58"]
    random = Random(6)
    for n, (letter, tone) in enumerate(zip("CRUDFA", tones, strict=True)):
        wide, tall = 218, 470
        x, y = 118 + n * 231, 215 - (96 if letter == "D" else 0)
        sheet.box(x + 14, y + 20, wide, tall, "#080c10", alpha=0.6, blur=12)
        sheet.box(x, y, wide, tall, (mix(tone, CREAM, 0.25), tone, mix(tone, NIGHT, 0.3)))
        for line in range(15):
            at = x + wide * (line + 0.5) / 15
            grain = [(at + random.uniform(-2, 2) + 5 * math.sin(k / 3 + line), y + tall * k / 12) for k in range(13)]
            sheet.line(grain, "#5f4128", random.uniform(0.6, 1.6), alpha=0.28)
        sheet.box(x, y, wide, 7, mix(tone, CREAM, 0.55))
        sheet.box(x + wide - 8, y, 8, tall, mix(tone, NIGHT, 0.45))
        ink = RED if letter == "D" else "#2a1c14"
        sheet.text(x + wide / 2 - 2, y + tall / 2, letter, 250, mix(ink, NIGHT, 0.5), bold=9)
        sheet.text(x + wide / 2 - 4, y + tall / 2 - 4, letter, 250, ink, bold=8)
    sheet.box(60, 688, 1480, 46, ("#5b6469", "#2b343b"))
    sheet.box(60, 688, 1480, 5, "#8d979a")
    sheet.glow(420, 160, 900, "#f4d6a0", 0.28)
    return sheet


@picture("column")
def _column() -> Sheet:
    """Lines of text as a landscape: a column, its margin, and one marked line."""
    sheet = Sheet(1600, 900, "#27404d", "#1a2f3c")
    random = Random(13)
    for n, (x, top, wide, tone) in enumerate(
        ((120, 190, 300, "#2f4d5a"), (1190, 150, 300, "#2f4d5a"), (450, 90, 700, CREAM))
    ):
        sheet.box(x + 12, top + 18, wide, 900, "#0b141b", alpha=0.55, blur=14)
        sheet.box(x, top, wide, 900, (tone, mix(tone, SAND, 0.25)) if n == 2 else tone)
    sheet.text(800, 214, "Aa", 150, NIGHT, bold=2)
    sheet.box(540, 304, 520, 4, RED)
    y = 346
    while y < 900:
        x, end = 540.0, 1060
        is_last = random.random() < 0.14
        end = 540 + (end - 540) * (random.uniform(0.3, 0.7) if is_last else 1)
        is_marked = 540 < y < 575
        if is_marked:
            sheet.box(530, y - 8, 540, 28, "#f3d98c")
        while x < end - 14:
            wide = min(random.uniform(16, 74), end - x)
            sheet.box(x, y, wide, 11, NIGHT if is_marked else "#5b5f5f")
            x += wide + 9
        y += 34 + (16 if is_last else 0)
    sheet.glow(800, 60, 900, "#f4e2b8", 0.22)
    return sheet


@picture("tiles")
def _tiles() -> Sheet:
    """A wall of tiles with stars of eight points, in the sun of the afternoon."""
    sheet = Sheet(1600, 900, "#e5d3ae")
    side = 267
    for row in range(-1, 5):
        for column in range(-1, 7):
            x, y = column * side + side / 2, row * side + side / 2 - 50
            _tile(sheet, x, y, side, (row * 3 + column * 5) % 7)
    sheet.shape([(0, 0), (560, 0), (160, 900), (0, 900)], "#1d2a33", alpha=0.38, blur=6)
    sheet.shape([(1180, 0), (1420, 0), (1020, 900), (780, 900)], "#fff0c8", alpha=0.16, blur=8)
    sheet.glow(1200, 120, 900, "#fbe2b0", 0.2)
    return sheet


def _tile(sheet: Sheet, x: float, y: float, side: float, number: int) -> None:
    def star(radius: float, inner: float, turn: float = 0) -> list[Point]:
        return [
            (x + r * math.cos(turn + math.pi * n / 8), y + r * math.sin(turn + math.pi * n / 8))
            for n in range(16)
            for r in [radius if n % 2 == 0 else inner]
        ]

    half = side / 2
    sheet.box(x - half, y - half, side, side, mix("#e9dbb8", "#d9c497", (number % 3) / 3))
    for dx in (-1, 1):
        for dy in (-1, 1):
            corner = [
                (x + dx * half, y + dy * half),
                (x + dx * half * 0.42, y + dy * half),
                (x + dx * half * 0.72, y + dy * half * 0.72),
                (x + dx * half, y + dy * half * 0.42),
            ]
            sheet.shape(corner, mix("#2f6270", SEA, (number % 4) / 4))
    sheet.shape(star(half * 0.98, half * 0.74), mix(DEEP, "#2a5564", (number % 5) / 5))
    sheet.shape(star(half * 0.9, half * 0.68), "#efe3c6")
    sheet.shape(star(half * 0.8, half * 0.6), mix("#2f7280", SEA, (number % 3) / 3))
    sheet.shape(star(half * 0.56, half * 0.3, math.pi / 8), "#efe3c6")
    sheet.shape(star(half * 0.44, half * 0.24, math.pi / 8), mix(CORAL, RED, (number % 4) / 4))
    sheet.disc(x, y, half * 0.13, LAMP)
    sheet.line([(x - half, y - half), (x + half, y - half), (x + half, y + half)], "#a98f62", 1.6)
