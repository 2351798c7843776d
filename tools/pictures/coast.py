"""The coast: flats, dunes, the light on the rock, the marsh."""

from __future__ import annotations

import itertools
import math
from random import Random

from .drawing import Colour, Point, Sheet, curve, mix, ridge
from .inks import BLUSH, CREAM, DEEP, FOAM, LAMP, NIGHT, OCHRE, RED, SEA, picture


@picture("flats")
def _flats() -> Sheet:
    """Mud flats at low water: channels that wind to the horizon, and somebody who walks."""
    sheet = Sheet(1600, 1000, "#5f8794", "#a9c3c0", "#ecdcc0", "#f2cfa6", "#f2cfa6", "#f2cfa6")
    horizon = 330
    sheet.glow(1090, 316, 520, "#fbe3b8", 0.7)
    sheet.disc(1090, 306, 34, "#fff3d8")
    random = Random(4)
    for _ in range(12):
        sheet.oval(
            random.uniform(0, 1600),
            random.uniform(40, 250),
            random.uniform(120, 360),
            random.uniform(4, 11),
            CREAM,
            alpha=0.35,
            blur=6,
        )
    sheet.below(ridge(5, 1600, horizon - 6, 13, waves=1.5), ("#8fa3a0", "#a3a797"), bottom=horizon + 8)
    sheet.box(0, horizon, 1600, 670, ("#d8b88e", "#b08a62", "#6f5a48"))
    for n in range(150):
        near = (n / 150) ** 1.5
        y = horizon + 8 + near * 660
        wave = [(x, y + math.sin(x / (30 + 120 * near) + n * 2.1) * (1 + 6 * near)) for x in range(-10, 1620, 14)]
        sheet.line(wave, "#5c4737" if n % 3 else "#f0d9b4", 0.6 + 2.2 * near, alpha=0.13 + 0.1 * near)
    channels = [
        ([(720, 332), (640, 346), (700, 368), (500, 405), (420, 470), (120, 560), (-200, 640)], 1.5, 110),
        ([(1420, 333), (1360, 352), (1480, 384), (1400, 430), (1640, 500)], 1.5, 60),
        ([(700, 668), (430, 720), (240, 830), (-120, 900)], 60, 70),
        ([(1115, 331), (1010, 350), (1160, 385), (880, 440), (1110, 530), (640, 680), (900, 1040)], 2, 300),
    ]
    for points, first, last in channels:
        channel(sheet, points, first * 1.2 + 3, last * 1.12 + 4, ("#a98a66", "#7d6349"))
        channel(sheet, points, first, last, ("#f6dcb4", "#bcc9c0", "#5f8794"))
    sheet.glitter(6, 1090, 345, 560, "#fff3d8", spread=0.12, count=60)
    _walker(sheet, 596, 560, 1.0)
    for x, y, size in ((300, 190, 13), (352, 168, 10), (402, 196, 9), (1310, 140, 11), (1356, 158, 8)):
        gull(sheet, x, y, size, "#33454f")
    return sheet


def channel(sheet: Sheet, points: list[Point], first: float, last: float, fill: object) -> None:
    """A water course that widens towards the viewer; it lies flat, so that its width is a horizontal one."""
    line = curve(points)
    top, bottom = line[0][1], max(y for _, y in line)
    widths = [first + (last - first) * max(0, (y - top) / (bottom - top)) ** 1.3 for _, y in line]
    left = [(x - w / 2, y) for (x, y), w in zip(line, widths, strict=True)]
    right = [(x + w / 2, y) for (x, y), w in zip(line, widths, strict=True)]
    sheet.shape([*left, *reversed(right)], fill)


def _walker(sheet: Sheet, x: float, y: float, size: float) -> None:
    """Somebody in a red coat, and the shadow."""
    dark = "#2a2f35"
    sheet.shape(
        [(x - 4, y), (x + 8, y), (x - 150 * size, y + 66 * size), (x - 166 * size, y + 60 * size)],
        dark,
        alpha=0.35,
        blur=2,
    )
    sheet.shape(
        [(x - 9 * size, y + 2), (x - 3 * size, y - 40 * size), (x + 4 * size, y - 40 * size), (x - 2 * size, y + 2)],
        dark,
    )
    sheet.shape([(x + 3 * size, y + 2), (x, y - 40 * size), (x + 7 * size, y - 40 * size), (x + 13 * size, y)], dark)
    sheet.shape(
        [
            (x - 12 * size, y - 32 * size),
            (x - 6 * size, y - 78 * size),
            (x + 8 * size, y - 78 * size),
            (x + 14 * size, y - 32 * size),
        ],
        RED,
    )
    sheet.disc(x + 1.5 * size, y - 87 * size, 8 * size, dark)


def gull(sheet: Sheet, x: float, y: float, size: float, colour: Colour) -> None:
    sheet.stroke(
        curve([(x, y), (x - size * 0.8, y - size * 0.7), (x - size * 2, y - size * 0.2)]), colour, size * 0.26, 0.5
    )
    sheet.stroke(
        curve([(x, y), (x + size * 0.8, y - size * 0.75), (x + size * 2, y - size * 0.3)]), colour, size * 0.26, 0.5
    )


@picture("dunes")
def _dunes() -> Sheet:
    """Dunes in the evening, with marram grass and the posts of a fence."""
    sheet = Sheet(1600, 1067, "#2f4c5e", "#7f99a0", "#e3b98d", "#f3d6a4", "#f3d6a4")
    sheet.glow(420, 470, 620, "#fbdca4", 0.6)
    sheet.disc(420, 470, 46, "#fff0cf")
    sheet.box(0, 500, 1600, 80, ("#6f8f99", "#a9b3a8"))
    sheet.glitter(2, 420, 502, 575, "#fff0cf", spread=0.6, count=70)
    tones = [
        ("#c9a97c", "#e2c598", "#8a7a66"),
        ("#b08c60", "#dcb987", "#6c5c4e"),
        ("#8d6a48", "#d2a671", "#4c4039"),
        ("#5d4534", "#b68654", "#2c2926"),
    ]
    crests = [(548, 26, 1.3, 3), (628, 54, 0.9, 4), (745, 80, 0.7, 8), (905, 86, 0.55, 6)]
    for n, ((y, high, waves, seed), (mid, light, dark)) in enumerate(zip(crests, tones, strict=True)):
        crest = ridge(seed, 1600, y, high, waves=waves, rough=0.3)
        sheet.below(crest, (light, mid, dark), bottom=y + 330)
        if y + 330 < 1067:
            sheet.box(0, y + 329, 1600, 1067 - y - 329, dark)
        # The side that the sun does not reach: from each top down to the right.
        for at in range(20, len(crest) - 60, 78):
            top = max(range(at, at + 60), key=lambda i: -crest[i][1])
            x, height = crest[top][0], crest[top][1]
            foot = curve(
                [
                    (x, height),
                    (x + 30 + 26 * n, height + 60 + 26 * n),
                    (x - 46, height + 130 + 40 * n),
                    (x + 60, height + 240 + 60 * n),
                ]
            )
            edge = [point for point in crest[top:] if point[0] < x + 420]
            sheet.shape([*edge, (edge[-1][0], edge[-1][1] + 40), *reversed(foot)], (dark, mid), alpha=0.5, blur=3 + n)
        _grass(sheet, crest, n, dark)
    for n in range(13):
        near = n / 12
        x, y = 1030 + 560 * near**1.35, 668 + 246 * near**1.6
        tall = 36 + 150 * near
        sheet.stroke([(x, y + 12), (x + 5 * math.sin(n * 2.7), y - tall)], "#33302f", 4 + 14 * near, 3.4 + 11 * near)
    return sheet


def _grass(sheet: Sheet, crest: list[Point], row: int, colour: Colour) -> None:
    random = Random(60 + row)
    for _ in range(5 + row):
        x = random.choice(crest[10:-10])[0]
        for _blade in range(16 + 6 * row):
            foot = x + random.gauss(0, 16 + 14 * row)
            ground = min(crest, key=lambda point: abs(point[0] - foot))[1]
            tall, lean = random.uniform(16, 34) * (1 + 0.95 * row), random.uniform(4, 26) * (1 + 0.8 * row)
            blade = curve(
                [(foot, ground + 6), (foot + lean * 0.3, ground - tall * 0.7), (foot + lean, ground - tall)], 8
            )
            sheet.stroke(blade, mix(colour, OCHRE, random.uniform(0, 0.5)), 1.6 + 1.1 * row, 0.5)


@picture("lighthouse")
def _lighthouse() -> Sheet:
    """The light on the rock at night, upright."""
    sheet = Sheet(1067, 1600, "#0d1824", "#132536", "#1f3f55", "#4b6f7d", "#8ba39f", "#8ba39f")
    lamp = 560, 470
    sheet.stars(9, 260, 1050)
    for angle, width in ((-0.16, 0.075), (math.pi - 0.05, 0.06)):
        far = [(lamp[0] + 1700 * math.cos(angle + a), lamp[1] + 1700 * math.sin(angle + a)) for a in (-width, width)]
        sheet.shape([lamp, *far], LAMP, alpha=0.2, blur=6)
        near = [
            (lamp[0] + 900 * math.cos(angle + a), lamp[1] + 900 * math.sin(angle + a))
            for a in (-width * 0.7, width * 0.7)
        ]
        sheet.shape([lamp, *near], "#fdeec8", alpha=0.16, blur=16)
    sheet.glow(*lamp, 330, LAMP, 0.95)
    sheet.box(0, 1180, 1067, 420, ("#5b7f89", "#27465a", "#0f1e2b"))
    sheet.mist(1180, 60, "#8ba39f", 0.7)
    tower = [(560 - 82, 1180), (560 - 46, 560), (560 + 46, 560), (560 + 82, 1180)]
    sheet.shape(tower, CREAM)
    for n in range(0, 7, 2):
        low, high = 1180 - n * 89, 1180 - (n + 1) * 89
        a, b = 82 - 36 * n / 7, 82 - 36 * (n + 1) / 7
        sheet.shape([(560 - a, low), (560 - b, high), (560 + b, high), (560 + a, low)], RED)
    for step in range(24):
        t = step / 24
        a, b = -0.2 + 1.2 * t, -0.2 + 1.2 * (t + 1 / 24)
        sheet.shape(
            [(560 + 82 * a, 1180), (560 + 46 * a, 560), (560 + 46 * min(b, 1), 560), (560 + 82 * min(b, 1), 1180)],
            NIGHT,
            alpha=0.86 * t**0.8,
        )
    for y in (1030, 850, 680):
        sheet.box(548, y, 20, 34, LAMP if y != 850 else NIGHT)
    sheet.box(488, 540, 144, 20, DEEP)
    sheet.box(500, 516, 120, 24, NIGHT)
    for n in range(9):
        sheet.box(492 + n * 17, 498, 3, 44, NIGHT)
    sheet.line([(490, 500), (630, 500)], NIGHT, 4)
    sheet.box(522, 436, 76, 82, ("#fff6dc", LAMP))
    for x in (522, 547, 572, 596):
        sheet.line([(x, 436), (x, 518)], NIGHT, 4)
    sheet.shape([(508, 438), (530, 396), (590, 396), (612, 438)], (RED, "#5c1513"))
    sheet.disc(560, 388, 12, NIGHT)
    sheet.line([(560, 380), (560, 340)], NIGHT, 4)
    sheet.glow(*lamp, 150, "#fff1c9", 0.75)
    random = Random(17)
    for n in range(5):
        y = 1190 + n * 60
        rock = [
            (300 - n * 76 + i * (52 + n * 16), y - random.uniform(10, 74) * (1 if 0 < i < 10 else 0)) for i in range(11)
        ]
        sheet.below(curve(rock, 3), (mix("#38505c", NIGHT, n / 6), NIGHT), bottom=y + 130)
    for _ in range(190):
        y = 1220 + 380 * random.random() ** 0.8
        near = (y - 1200) / 400
        sheet.oval(
            random.uniform(0, 1067),
            y,
            random.uniform(20, 80) * (0.4 + near),
            1 + 2 * near,
            random.choice([FOAM, LAMP, FOAM, NIGHT]),
            alpha=0.16 + 0.1 * near,
        )
    for x, y, length in ((250, 1440, 240), (610, 1512, 320), (860, 1400, 200), (120, 1555, 260)):
        foam = curve(
            [(x - length / 2, y), (x - length / 4, y - 12), (x, y + 3), (x + length / 4, y - 9), (x + length / 2, y)]
        )
        sheet.stroke(foam, FOAM, 2, 7)
    return sheet


@picture("waves")
def _waves() -> Sheet:
    """Rows of waves as they are printed on cloth, and the light behind them."""
    sheet = Sheet(1600, 1000, "#ecd9b4", "#f0c79c", "#dc8b6a", "#dc8b6a", "#dc8b6a")
    sheet.glow(1100, 420, 620, "#fbe2b0", 0.65)
    sheet.disc(1100, 420, 150, ("#c43f2c", RED))
    sheet.below(ridge(33, 1600, 505, 40, waves=1.1), ("#8c7d84", "#b98f80"), bottom=640)
    x, foot = 330, 520
    sheet.shape([(x - 22, foot + 60), (x - 13, foot - 130), (x + 13, foot - 130), (x + 22, foot + 60)], CREAM)
    sheet.shape([(x + 2, foot + 60), (x + 2, foot - 130), (x + 13, foot - 130), (x + 22, foot + 60)], BLUSH)
    sheet.box(x - 20, foot - 134, 40, 6, DEEP)
    sheet.box(x - 10, foot - 160, 20, 27, LAMP)
    sheet.shape([(x - 15, foot - 160), (x, foot - 182), (x + 15, foot - 160)], RED)
    for row in range(10):
        near = row / 9
        radius = 84 + 70 * near
        y = 560 + 500 * near**1.15
        light, dark = mix(FOAM, SEA, near * 0.8), mix("#5f8f97", DEEP, near)
        shift = radius * (row % 2)
        lift = 10 * math.sin(row * 1.3)
        at = -radius + shift - radius
        while at < 1600 + radius:
            crest = y + lift * math.sin(at / 210)
            for n, share in enumerate((1, 0.78, 0.56, 0.34)):
                sheet.disc(
                    at, crest + radius * 0.15, radius * share, (dark, mix(dark, NIGHT, 0.35)) if n % 2 == 0 else light
                )
                if n % 2 == 0:
                    sheet.ring(at, crest + radius * 0.15, radius * share, mix(CREAM, light, 0.3), 2.2)
            at += radius * 2
    return sheet


@picture("boardwalk")
def _boardwalk() -> Sheet:
    """A walk on planks through the reeds, to the chapel."""
    sheet = Sheet(1200, 1500, "#86a9ae", "#c9d3c4", "#f2dcb4", "#f2c893", "#f2c893", "#f2c893")
    sheet.glow(640, 560, 520, "#fff0c9", 0.7)
    random = Random(3)
    for _ in range(8):
        sheet.oval(
            random.uniform(0, 1200),
            random.uniform(60, 400),
            random.uniform(120, 300),
            random.uniform(5, 12),
            CREAM,
            alpha=0.45,
            blur=7,
        )
    sheet.below(ridge(92, 1200, 622, 26, waves=1.2), ("#9db0aa", "#c9c2a3"), bottom=700)
    sheet.box(560, 560, 64, 66, ("#f6ead0", "#c9b592"))
    sheet.shape([(552, 562), (592, 518), (632, 562)], (RED, "#5f1714"))
    sheet.box(584, 592, 14, 34, "#5b4a3c")
    sheet.box(612, 500, 20, 126, ("#f6ead0", "#c9b592"))
    sheet.shape([(608, 502), (622, 452), (636, 502)], (RED, "#5f1714"))
    sheet.below(ridge(93, 1200, 640, 7, waves=2.4), ("#b7a670", "#8f8350", "#5b5a3a", "#3a3f2e"))
    for n in range(7):
        y = 660 + n * n * 15
        sheet.oval(
            random.uniform(60, 460) if n % 2 else random.uniform(760, 1140),
            y,
            60 + 44 * n,
            4 + 4 * n,
            ("#f5dcab", "#a8bdb6"),
            alpha=0.85,
        )
    path = curve([(600, 632), (640, 664), (560, 720), (700, 820), (470, 1000), (640, 1260), (560, 1560)], 40)
    planks = []
    for n, (x, y) in enumerate(path):
        near = max(0, (y - 632) / 900)
        half = 5 + 250 * near**1.15
        planks.append((x - half, x + half, y, near, n))
    sheet.shape(
        [
            *[(a - 3 - 12 * k, y + 6 + 26 * k) for a, _, y, k, _ in planks],
            *reversed([(b + 3 + 12 * k, y + 6 + 26 * k) for _, b, y, k, _ in planks]),
        ],
        "#2c2b22",
        alpha=0.55,
    )
    for (a, b, y, near, n), (c, d, y2, _, _) in itertools.pairwise(planks):
        tone = mix("#d9bd8c", "#8a6f50", near * 0.9)
        shade = mix(tone, NIGHT, 0.1 * ((n * 7) % 5) / 4)
        sheet.shape([(a, y), (b, y), (d, y2 + 1), (c, y2 + 1)], shade)
    mark = 640.0
    for a, b, y, near, _ in planks:
        if y >= mark:
            sheet.line([(a, y), (b, y)], "#4b3c2e", 1 + 5 * near, alpha=0.75)
            sheet.line([(a, y + 2 + 3 * near), (b, y + 2 + 3 * near)], "#f1dcb0", 0.6 + 2 * near, alpha=0.4)
            mark = y + 5 + 60 * near
    for row in range(30):
        near = (row / 29) ** 1.4
        y = 668 + 900 * near
        for _ in range(50 - row):
            x = random.uniform(-20, 1220)
            middle = min(path, key=lambda point: abs(point[1] - y))[0]
            if abs(x - middle) < 26 + 300 * near:
                continue
            tall, lean = random.uniform(24, 52) * (0.4 + 3.6 * near), random.uniform(-2, 16) * (0.3 + 2 * near)
            tone = mix(random.choice(["#c9b070", "#a59655", "#7d7a48", "#dcc48a"]), "#2e3527", near * 0.55)
            blade = curve([(x, y), (x + lean * 0.3, y - tall * 0.6), (x + lean, y - tall)], 6)
            sheet.stroke(blade, tone, 1 + 6 * near, 0.5)
            if random.random() < 0.16:
                sheet.stroke(
                    [(x + lean * 0.9, y - tall * 0.92), (x + lean * 1.05, y - tall * 1.1)],
                    "#5b3a28",
                    2 + 9 * near,
                    1.5 + 8 * near,
                )
    for x, y, size in ((300, 260, 12), (350, 236, 9), (900, 330, 10)):
        gull(sheet, x, y, size, "#4b5a5c")
    return sheet
