"""The market, and the town in the rain."""

from __future__ import annotations

import math
from random import Random

from .coast import gull
from .drawing import Colour, Sheet, curve, mix
from .harbour import rain
from .inks import BLUSH, CORAL, CREAM, DEEP, FOAM, LAMP, NIGHT, OCHRE, RED, SAND, SEA, picture


@picture("market")
def _market() -> Sheet:
    """The fish market on the quay: awnings, crates, people."""
    sheet = Sheet(1600, 1067, "#a8c3c0", "#dfe0cd", "#f1e2c3", "#f1e2c3", "#f1e2c3")
    random = Random(23)
    x = -30
    while x < 1620:
        wide, tall = random.choice([150, 176, 200]), random.uniform(330, 440)
        wall = mix(random.choice(["#d9c7a2", "#c7a27f", "#a7b3a8", "#e6d8ba"]), "#f1e2c3", 0.35)
        top = 620 - tall
        sheet.box(x, top, wide, tall, (wall, mix(wall, SAND, 0.4)))
        sheet.shape([(x - 6, top), (x + wide / 2, top - 92), (x + wide + 6, top)], mix("#a5624c", wall, 0.4))
        for row in range(3):
            for n in range(3):
                px, py = x + 22 + n * (wide - 34) / 3, top + 40 + row * 96
                sheet.box(px, py, 28, 46, mix(SEA, wall, 0.45))
                sheet.box(px - 8, py, 7, 46, mix(SEA, wall, 0.2))
                sheet.box(px + 29, py, 7, 46, mix(SEA, wall, 0.2))
        x += wide
    sheet.mist(600, 160, "#f1e2c3", 0.5)
    sheet.box(0, 650, 1600, 417, ("#d7c3a0", "#a9957a", "#7c6d5c"))
    for n in range(16):
        y = 660 + 407 * (n / 16) ** 1.5
        sheet.line([(0, y), (1600, y)], "#6d5f50", 1 + n * 0.16, alpha=0.25)
    for x, y, size, one in (
        (190, 740, 0.72, SEA),
        (560, 728, 0.68, RED),
        (960, 732, 0.7, OCHRE),
        (1360, 742, 0.74, SEA),
    ):
        _stall(sheet, x, y, size, one, random)
    for n in range(11):
        _shopper(
            sheet,
            60 + n * 150 + random.uniform(-40, 40),
            800 + random.uniform(-14, 24),
            random.uniform(0.72, 0.86),
            random,
        )
    for x, y, size, one in ((330, 1000, 1.22, RED), (1200, 1010, 1.25, DEEP)):
        _stall(sheet, x, y, size, one, random)
    for x, size in ((742, 1.4), (846, 1.3)):
        _shopper(sheet, x, 1036, size, random)
    gull(sheet, 760, 160, 22, "#3f5660")
    gull(sheet, 860, 120, 15, "#3f5660")
    gull(sheet, 430, 96, 13, "#3f5660")
    return sheet


def _stall(sheet: Sheet, x: float, y: float, size: float, colour: Colour, random: Random) -> None:
    wide, tall = 380 * size, 330 * size
    left, top = x - wide / 2, y - tall
    for at in (left + 8 * size, left + wide - 16 * size):
        sheet.box(at, top + 60 * size, 9 * size, tall - 60 * size, "#4c3f36")
    sheet.box(left, top + 90 * size, wide, 150 * size, NIGHT, alpha=0.35)
    table = y - 96 * size
    for n in range(6):
        at = left + (n + 0.08) * wide / 6
        sheet.shape(
            [(at, table), (at + wide / 6.8, table), (at + wide / 6.8, table - 26 * size), (at, table - 26 * size)],
            ("#b98f5f", "#7d5d3e"),
        )
        for fish in range(5):
            fx, fy = at + (6 + fish * 9.5) * size, table - (27 + random.uniform(0, 7)) * size
            sheet.oval(
                fx,
                fy,
                9 * size,
                4.4 * size,
                random.choice([("#e6ebe4", "#8fa7ab"), ("#cfd9d5", "#6f8b93"), (BLUSH, CORAL)]),
            )
    sheet.box(left - 6 * size, table, wide + 12 * size, 12 * size, "#e6d3ab")
    sheet.box(left, table + 12 * size, wide, 84 * size, (mix(colour, NIGHT, 0.35), mix(colour, NIGHT, 0.65)))
    count = 10
    for n in range(count):
        a, b = (
            left - 26 * size + n * (wide + 52 * size) / count,
            left - 26 * size + (n + 1) * (wide + 52 * size) / count,
        )
        ta, tb = (
            left + 14 * size + n * (wide - 28 * size) / count,
            left + 14 * size + (n + 1) * (wide - 28 * size) / count,
        )
        tone = colour if n % 2 == 0 else CREAM
        sheet.shape(
            [(ta, top), (tb, top), (b, top + 84 * size), (a, top + 84 * size)],
            (mix(tone, CREAM, 0.2), mix(tone, NIGHT, 0.12)),
        )
        scallop = [
            (a + (b - a) * t / 12, top + 84 * size + 24 * size * math.sin(math.pi * t / 12) + 6 * size)
            for t in range(13)
        ]
        sheet.shape([(a, top + 84 * size), (b, top + 84 * size), *reversed(scallop)], mix(tone, NIGHT, 0.22))


def _shopper(sheet: Sheet, x: float, y: float, size: float, random: Random) -> None:
    coat = random.choice([DEEP, "#5a3a34", SEA, "#6f5b45", RED, "#33454f"])
    hair = random.choice(["#2c2320", "#6b4a30", "#b9a78f", "#3b3036"])
    sheet.oval(x + 16 * size, y + 2, 46 * size, 7 * size, NIGHT, alpha=0.3, blur=3)
    sheet.shape(
        [
            (x - 15 * size, y),
            (x - 12 * size, y - 92 * size),
            (x + 14 * size, y - 92 * size),
            (x + 17 * size, y),
            (x + 4 * size, y),
            (x + 1 * size, y - 70 * size),
            (x - 4 * size, y),
        ],
        mix(coat, NIGHT, 0.65),
    )
    body = curve(
        [
            (x - 27 * size, y - 66 * size),
            (x - 25 * size, y - 120 * size),
            (x - 14 * size, y - 158 * size),
            (x + 14 * size, y - 158 * size),
            (x + 25 * size, y - 120 * size),
            (x + 28 * size, y - 66 * size),
        ],
        8,
    )
    sheet.shape(body, (mix(coat, CREAM, 0.12), mix(coat, NIGHT, 0.3)))
    sheet.disc(x, y - 174 * size, 16 * size, random.choice(["#d9a982", "#b98660", "#8d5f43", "#e3bd99"]))
    cap = [
        (x + 18 * size * math.cos(math.pi * n / 16), y - 176 * size - 18 * size * math.sin(math.pi * n / 16))
        for n in range(17)
    ]
    sheet.shape(cap, hair)
    if random.random() < 0.45:
        sheet.shape(
            [
                (x + 20 * size, y - 84 * size),
                (x + 58 * size, y - 84 * size),
                (x + 50 * size, y - 50 * size),
                (x + 26 * size, y - 50 * size),
            ],
            (SAND, "#8d6a42"),
        )
        sheet.line(
            curve([(x + 24 * size, y - 84 * size), (x + 39 * size, y - 108 * size), (x + 54 * size, y - 84 * size)], 6),
            "#8d6a42",
            3 * size,
        )


@picture("rain")
def _rain_in_town() -> Sheet:
    """Rain in the Long Street in the evening, and one red umbrella; upright."""
    sheet = Sheet(1067, 1500, "#26384a", "#3f5663", "#6b7d81", "#a89a85", "#a89a85")
    street = 1060
    random = Random(19)
    sheet.glow(533, 880, 520, "#e3c393", 0.5)
    for row, (tone, low) in enumerate([("#5c6f78", 470), ("#405763", 330), ("#263c4a", 170), ("#152533", 20)]):
        for side in (-1, 1):
            inner = 533 + side * (60 + row * 112)
            left, right = sorted((inner, inner + side * 190))
            roof = low + random.uniform(-20, 50)
            sheet.box(left, roof + 130, right - left, street - roof, (tone, mix(tone, "#c2a987", 0.22)))
            sheet.shape(
                [(left - 8, roof + 132), ((left + right) / 2, roof), (right + 8, roof + 132)], mix(tone, NIGHT, 0.35)
            )
            sheet.box(left + 30, roof + 6, 26, 90, mix(tone, NIGHT, 0.5))
            size = 15 + 6 * row
            for y in range(round(roof + 170), street - 190, 88):
                for n in range(3):
                    lit = random.random() < 0.42
                    px = left + 26 + n * 56
                    sheet.box(px, y, size, size * 1.5, LAMP if lit else mix(tone, NIGHT, 0.42))
                    if lit:
                        sheet.disc(px + size / 2, y + size * 0.7, size * 1.7, LAMP, alpha=0.17, blur=8)
            sheet.box(left + 20, street - 132, 150, 112, ("#f4cf86", "#b98a4d") if row % 2 else mix(tone, NIGHT, 0.4))
            for n in range(6):
                top = left + 12 + n * 28
                sheet.shape(
                    [
                        (top, street - 158),
                        (top + 28, street - 158),
                        (top + 30 + 4 * side, street - 122),
                        (top + 2 + 4 * side, street - 122),
                    ],
                    CREAM if n % 2 else mix(RED, tone, 0.45),
                )
    sheet.mist(street - 40, 200, "#b9ad98", 0.35)
    sheet.box(0, street - 6, 1067, 240, ("#8b8a80", "#59666b", "#33434e"))
    sheet.line([(0, street - 5), (1067, street - 5)], "#b5ad9a", 2)
    for n in range(9):  # The stones of the street run towards its end.
        x = 533 + (n - 4) * 26
        sheet.line([(x, street - 4), (533 + (x - 533) * 5, street + 120)], NIGHT, 1.4, alpha=0.3)
    for x, size in ((236, 1.5), (806, 1.05), (430, 0.7)):
        top = street - 330 * size + 60
        sheet.stroke([(x, street + 26 * size), (x, top)], NIGHT, 9 * size, 6 * size)
        sheet.glow(x, top - 8, 230 * size, LAMP, 0.8)
        sheet.shape(
            [
                (x - 18 * size, top),
                (x - 12 * size, top - 44 * size),
                (x + 12 * size, top - 44 * size),
                (x + 18 * size, top),
            ],
            "#fff0c6",
        )
        sheet.shape([(x - 20 * size, top - 42 * size), (x, top - 62 * size), (x + 20 * size, top - 42 * size)], NIGHT)
    for x, y, size, coat, roof in (
        (700, 1096, 1.0, "#22333f", "#1a2a36"),
        (388, 1084, 0.8, "#2b3c47", "#25394a"),
        (560, 1170, 1.75, "#1c2832", RED),
    ):
        _umbrella(sheet, x, y, size, coat, roof)
    sheet.reflect(1176, ("#4c5a61", "#16232e"), 0.46, ripple=7, squash=0.62)
    for _ in range(80):
        x, y = random.uniform(0, 1067), random.uniform(1185, 1490)
        near = (y - 1180) / 320
        sheet.ring(x, y, 2, FOAM, 1, alpha=0.2)
        sheet.oval(x, y, 8 + 22 * near, 1 + 2 * near, "#d8d4c4", alpha=0.2)
    rain(sheet, 640, "#e6e6dc")
    return sheet


def _umbrella(sheet: Sheet, x: float, y: float, size: float, coat: Colour, roof: Colour) -> None:
    sheet.shape(
        [
            (x - 13 * size, y),
            (x - 8 * size, y - 60 * size),
            (x + 10 * size, y - 60 * size),
            (x + 13 * size, y),
            (x + 4 * size, y),
            (x + 1 * size, y - 40 * size),
            (x - 4 * size, y),
        ],
        NIGHT,
    )
    sheet.shape(
        [
            (x - 22 * size, y - 34 * size),
            (x - 15 * size, y - 112 * size),
            (x + 16 * size, y - 112 * size),
            (x + 22 * size, y - 34 * size),
        ],
        coat,
    )
    sheet.disc(x, y - 124 * size, 12 * size, coat)
    dome = [
        (x + 74 * size * math.cos(math.pi * n / 24), y - 138 * size - 52 * size * math.sin(math.pi * n / 24))
        for n in range(25)
    ]
    edge = [
        (x - 74 * size + 37 * size * (n + t / 6), y - 138 * size - 11 * size * math.sin(math.pi * t / 6))
        for n in range(4)
        for t in range(7)
    ]
    sheet.shape([*dome, *edge], (mix(roof, CORAL, 0.35), roof))
    sheet.shape(
        [(x, y - 190 * size), *[point for point in dome if point[0] > x + 30 * size], (x + 36 * size, y - 138 * size)],
        NIGHT,
        alpha=0.25,
    )
    sheet.line([(x, y - 196 * size), (x, y - 110 * size)], NIGHT, 3 * size)
