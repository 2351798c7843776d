"""What one sees of the night train, and from it."""

from __future__ import annotations

import itertools
import math
from random import Random

from .coast import channel
from .drawing import Point, Sheet, mix, ridge
from .inks import CREAM, LAMP, NIGHT, OCHRE, PAPER, RED, picture


@picture("night-train")
def _night_train() -> Sheet:
    """Hills by night, and a train on the viaduct between them."""
    sheet = Sheet(1600, 900, "#0d1826", "#15293c", "#29475c", "#5f7d87", "#a3a99c")
    sheet.stars(12, 190, 470)
    sheet.glow(1240, 190, 420, "#cfd9d2", 0.4)
    sheet.disc(1240, 190, 58, "#f4ecd8")
    sheet.disc(1262, 180, 52, "#22384a", alpha=0.92)
    layers = [(430, 86, "#4f6c78", 1.1, 21), (500, 70, "#365463", 1.5, 22), (560, 64, "#24404f", 1.2, 23)]
    for y, high, colour, waves, seed in layers:
        sheet.below(
            ridge(seed, 1600, y, high, waves=waves, rough=0.42),
            (colour, mix(colour, "#9fb0aa", 0.35), mix(colour, NIGHT, 0.3)),
        )
        sheet.mist(y + 130, 120, "#a9b6ae", 0.3)
    top = 590
    for n in range(18):
        x = -40 + n * 98
        sheet.shape([(x + 74, top + 8), (x + 98, top + 8), (x + 104, 900), (x + 68, 900)], ("#1c3140", "#101d29"))
        arch = [
            (x - 24 + 98 * (1 - math.cos(math.pi * k / 20)) / 2, top + 62 - 44 * math.sin(math.pi * k / 20))
            for k in range(21)
        ]
        sheet.shape([(x - 26, top + 6), (x - 26, top + 64), *arch, (x + 76, top + 64), (x + 76, top + 6)], "#1a2e3d")
    sheet.box(0, top - 3, 1600, 16, "#21394a")
    sheet.line([(0, top - 4), (1600, top - 4)], "#49616c", 2)
    for car in range(7):
        x = 236 + car * 152
        sheet.box(x, top - 46, 148, 40, ("#33262b", "#171c25") if car else ("#6b1a17", "#2a1518"))
        sheet.box(x + 2, top - 49, 144, 5, "#0f1822")
        for n in range(8):
            if (car * 8 + n) % 13 != 5:
                sheet.box(x + 9 + n * 17, top - 37, 11, 13, LAMP)
        sheet.disc(x + 74, top - 30, 80, LAMP, alpha=0.16, blur=16)
    sheet.shape([(188, top - 8), (200, top - 40), (238, top - 46), (238, top - 6)], ("#7d201b", "#2a1518"))
    sheet.shape([(192, top - 18), (-140, top - 44), (-140, top + 16)], LAMP, alpha=0.3, blur=7)
    sheet.glow(192, top - 18, 90, "#fff1c9", 0.9)
    near = ridge(26, 1600, 812, 58, waves=0.9, rough=0.4)
    sheet.below(near, ("#142431", "#0b141d"))
    random = Random(5)
    for _ in range(60):
        x, y = random.choice(near)
        tall = random.uniform(24, 78)
        x += random.uniform(-10, 10)
        for k in range(4):
            wide, base = tall * (0.26 - 0.05 * k), y + 10 - tall * k * 0.23
            sheet.shape([(x - wide, base), (x, base - tall * 0.42), (x + wide, base)], "#0e1a24")
    for x, y in ((420, 690), (446, 700), (1130, 676), (1170, 690), (1104, 694)):
        sheet.box(x, y, 6, 6, LAMP)
        sheet.glow(x + 3, y + 3, 26, LAMP, 0.6)
    sheet.mist(742, 130, "#8da09e", 0.24)
    return sheet


@picture("platform")
def _platform() -> Sheet:
    """The end of a platform before the train leaves, in blue light."""
    sheet = Sheet(1600, 1067, "#1a2e40", "#38566a", "#90908c", "#d9a47a", "#d9a47a", "#d9a47a")
    vanish = 1000, 560
    sheet.glow(*vanish, 520, "#f2c18d", 0.5)
    sheet.below(ridge(51, 1600, 548, 18, waves=2.2), ("#4c5c67", "#6f6c6b"), bottom=620)
    sheet.box(0, 590, 1600, 477, ("#5a5a5c", "#2b3641", "#18232e"))

    def towards(x: float, y: float, share: float) -> Point:
        return x + (vanish[0] - x) * share, y + (vanish[1] - y) * share

    # Rails, sleepers, and the platform's edge.
    for n in range(34):
        share = 1 - 0.88**n
        left, right = towards(1130, 1067, share), towards(1900, 1067, share)
        sheet.line([left, right], "#141d26", max(1, 26 * (1 - share)), alpha=0.7)
    for x in (1250, 1720):
        sheet.stroke([(x, 1067), towards(x, 1067, 0.985)], "#d2b08a", 15, 0.8)
        sheet.stroke([(x + 5, 1067), towards(x + 5, 1067, 0.985)], "#5b5550", 5, 0.5)
    sheet.shape(
        [(-500, 1067), (900, 1067), towards(900, 1067, 0.97), towards(-500, 1067, 0.97)],
        ("#8a7a70", "#4f5a62", "#344350"),
    )
    sheet.shape(
        [(900, 1067), (1010, 1067), towards(1010, 1067, 0.97), towards(900, 1067, 0.97)], ("#3a3a3d", "#141d26")
    )
    sheet.shape(
        [(790, 1067), (862, 1067), towards(862, 1067, 0.97), towards(790, 1067, 0.97)], ("#e0c69a", PAPER), alpha=0.8
    )
    for n in range(16):
        share = 1 - 0.82**n
        sheet.line(
            [towards(-500, 1067, share), towards(786, 1067, share)], "#27343f", max(0.6, 4 * (1 - share)), alpha=0.5
        )
    # The train on the right.
    side = [towards(1560, 250, s) for s in (0, 0.94)] + [towards(1560, 1010, s) for s in (0.94, 0)]
    sheet.shape([(1700, 150), *side, (1700, 1100)], (mix(RED, "#1a2e40", 0.45), "#3a1417", "#1b1418"))
    for car in range(5):
        first, last = 1 - 0.52**car, 1 - 0.52 ** (car + 0.92)
        for n in range(6):
            a, b = first + (last - first) * (n + 0.14) / 6, first + (last - first) * (n + 0.8) / 6
            window = [towards(1560, 410, a), towards(1560, 410, b), towards(1560, 640, b), towards(1560, 640, a)]
            sheet.shape(window, ("#fdeabf", LAMP))
        sheet.line([towards(1560, 250, first), towards(1560, 1010, first)], "#14181f", max(1, 12 * (1 - first)))
    sheet.shape(
        [(1560, 270), (1700, 170), (1700, 120), *[towards(1560, 236, s) for s in (0, 0.94)], towards(1560, 270, 0.94)],
        "#121c26",
    )
    sheet.shape(
        [towards(1010, 1067, 0.02), towards(560, 1067, 0.04), towards(560, 1067, 0.7), towards(1010, 1067, 0.7)],
        LAMP,
        alpha=0.14,
        blur=18,
    )
    # The roof over the platform, its posts and lamps.
    sheet.shape([(-200, -60), (930, 30), towards(930, 30, 0.95), towards(-200, -60, 0.95)], ("#0f1a25", "#2b3c49"))
    for n in range(10):
        share = 1 - 0.76 ** (n + 0.2)
        foot, head, edge = towards(330, 1000, share), towards(330, 20, share), towards(930, 30, share)
        sheet.stroke([foot, head], "#142230", max(1.4, 30 * (1 - share)), max(1.2, 24 * (1 - share)))
        sheet.line([towards(330, 200, share), towards(640, 24, share)], "#142230", max(1, 14 * (1 - share)))
        sheet.line([head, edge], "#0f1a25", max(1, 16 * (1 - share)))
        lamp = towards(640, 120, share)
        sheet.glow(*lamp, 240 * (1 - share) + 14, LAMP, 0.5)
        sheet.disc(*lamp, max(1.6, 18 * (1 - share)), "#fff1cd")
    # Somebody with a suitcase.
    x, y, size = 610, 868, 2.1
    sheet.shape([(x - 20, y), (x + 26, y), (x - 190, y + 96), (x - 260, y + 90)], NIGHT, alpha=0.45, blur=7)
    sheet.shape(
        [
            (x - 16, y + 4),
            (x - 12, y - 80),
            (x + 16, y - 80),
            (x + 14, y + 4),
            (x + 3, y + 4),
            (x, y - 60),
            (x - 4, y + 4),
        ],
        NIGHT,
    )
    sheet.shape([(x - 24, y - 56), (x - 17, y - 152), (x + 18, y - 152), (x + 26, y - 56)], ("#33495a", "#1c2c3a"))
    sheet.disc(x + 1, y - 170, 8.5 * size, NIGHT)
    sheet.oval(x + 1, y - 178, 26, 6, NIGHT)
    sheet.box(x + 34, y - 40, 48, 40, (RED, "#4f1413"))
    sheet.line([(x + 48, y - 40), (x + 48, y - 50), (x + 68, y - 50), (x + 68, y - 40)], NIGHT, 4)
    sheet.stroke([(x + 14, y - 144), (x + 34, y - 96), (x + 57, y - 50)], "#22323f", 15, 9)
    return sheet


@picture("plain")
def _plain() -> Sheet:
    """The plain in the first light, seen from the train: fields, poles, a river."""
    sheet = Sheet(1600, 900, "#6d8d98", "#b9c6bd", "#f3d9ad", "#f7c995", "#f7c995")
    sheet.glow(640, 420, 700, "#ffe9bb", 0.75)
    sheet.disc(640, 396, 56, "#fff6e0")
    random = Random(77)
    for _ in range(10):
        sheet.oval(
            random.uniform(0, 1600),
            random.uniform(60, 330),
            random.uniform(100, 320),
            random.uniform(4, 12),
            CREAM,
            alpha=0.4,
            blur=6,
        )
    sheet.below(ridge(71, 1600, 420, 22, waves=1.8), ("#9aa79d", "#c2b394"), bottom=470)
    bands = [
        (446, "#c9b383", "#d8c08c"),
        (476, "#97a17c", "#b7b184"),
        (512, "#c79d5e", "#dcb878"),
        (566, "#6f8568", "#8f9a70"),
        (646, "#a9793f", "#c79a58"),
        (756, "#4b5f4d", "#65755a"),
    ]
    for n, (y, dark, light) in enumerate(bands):
        sheet.below(ridge(80 + n, 1600, y, 5 + 3 * n, waves=0.8, rough=0.3), (light, dark), bottom=y + 200)
        for row in range(12 + n * 3):
            at = y + 8 + row * (3 + 3.2 * n)
            if n + 1 < len(bands) and at > bands[n + 1][0] + 10:
                break
            sheet.line(
                ridge(80 + n, 1600, at, 5 + 3 * n, waves=0.8, rough=0.3),
                mix(dark, NIGHT, 0.25),
                0.7 + 0.35 * n,
                alpha=0.26,
            )
    channel(
        sheet,
        [(700, 448), (820, 466), (640, 498), (900, 556), (560, 640), (980, 770), (700, 960)],
        3,
        190,
        ("#fbe3b6", "#c5cfc2", "#7d9ba0"),
    )
    for _ in range(46):
        n = random.randrange(1, 5)
        x, y = random.uniform(0, 1600), bands[n][0] + random.uniform(0, 8)
        size = (5 + 6 * n) * random.uniform(0.7, 1.3)
        sheet.shape(
            [(x, y + size), (x + size, y + size), (x - size * 5, y + size * 1.7), (x - size * 6, y + size * 1.6)],
            "#3c4a40",
            alpha=0.22,
        )
        sheet.oval(x, y, size, size * 1.15, ("#7f8b62", "#3c4f42"))
    for x, y, size in ((1180, 500, 1), (330, 560, 1.5)):
        sheet.box(x, y - 26 * size, 60 * size, 28 * size, ("#efe2c6", "#b3a083"))
        sheet.shape(
            [
                (x - 5 * size, y - 25 * size),
                (x + 14 * size, y - 48 * size),
                (x + 52 * size, y - 48 * size),
                (x + 66 * size, y - 25 * size),
            ],
            (mix(RED, OCHRE, 0.25), RED),
        )
    poles = [(-60 + 1720 * n / 5 + (26 if n % 2 else 0)) for n in range(6)]
    for wire in range(4):
        for a, b in itertools.pairwise(poles):
            sag = [(a + (b - a) * t / 20, 128 + wire * 26 + 46 * math.sin(math.pi * t / 20)) for t in range(21)]
            sheet.line(sag, "#26333b", 2)
    for x in poles:
        sheet.stroke([(x, 900), (x, 92)], "#22303a", 17, 13)
        for y in (126, 178):
            sheet.box(x - 48, y, 96, 9, "#22303a")
    return sheet
