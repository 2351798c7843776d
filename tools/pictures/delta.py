"""The map of the river's mouth: heights from a formula, and their contour lines."""

from __future__ import annotations

import itertools
import math

from .drawing import Point, Sheet, curve
from .inks import CREAM, DEEP, NIGHT, RED, picture


@picture("delta")
def _delta() -> Sheet:
    """A map of the river's mouth, with the lines of equal height and depth, and a walk."""
    sheet = Sheet(1600, 1200, "#e9dfc6")
    columns, rows = 200, 150
    step = 1600 / columns
    heights = [[_height(x * step, y * step) for x in range(columns + 1)] for y in range(rows + 1)]
    ramp = [
        (-9, "#6f9ba3"),
        (-6, "#86adb1"),
        (-3.4, "#a2c1bf"),
        (-1.4, "#bdd3ca"),
        (0, "#e9dfc6"),
        (3, "#e3d5b4"),
        (6, "#dbc89f"),
        (10, "#d2b98a"),
        (15, "#c7a876"),
        (21, "#b99566"),
    ]
    sheet.box(0, 0, 1600, 1200, "#5f8f99")
    for level, colour in ramp:
        for polygon in _filled(heights, step, level):
            sheet.shape(polygon, colour)
    for level in [n * 1.0 for n in range(-8, 27)]:
        is_main = level % 5 == 0
        tone = "#33606c" if level < 0 else "#8a5f36"
        for one, other in _contours(heights, step, level):
            sheet.line([one, other], RED if level == 0 else tone, 2.6 if level == 0 else 1.5 if is_main else 0.7)
    for n in range(1, 8):
        sheet.line([(n * 200, 0), (n * 200, 1200)], NIGHT, 0.7, alpha=0.3)
    for n in range(1, 6):
        sheet.line([(0, n * 200), (1600, n * 200)], NIGHT, 0.7, alpha=0.3)
    _walk_on_the_map(sheet)
    _compass(sheet, 1406, 214, 118)
    for x, y, words, size in (
        (1190, 1010, "SALTMARKET BAY", 38),
        (336, 196, "CHAPEL HILL", 25),
        (1120, 316, "THE WARREN", 25),
        (250, 792, "LONG MARSH", 25),
    ):
        sheet.text(x, y, " ".join(words).replace("   ", "    "), size, DEEP)
    sheet.box(90, 1110, 400, 12, NIGHT)
    for n in (0, 2):
        sheet.box(92 + n * 100 + (98 if n else 0), 1112, 98, 8, CREAM)
    for n, words in enumerate(("0", "1", "2 km")):
        sheet.text(92 + n * 198, 1090, words, 23, NIGHT)
    for inset, width in ((18, 5), (30, 1.5)):
        sheet.line(
            [
                (inset, inset),
                (1600 - inset, inset),
                (1600 - inset, 1200 - inset),
                (inset, 1200 - inset),
                (inset, inset - width / 2),
            ],
            NIGHT,
            width,
        )
    return sheet


_BRANCHES = [
    [(700, -40), (640, 160), (760, 320), (690, 470), (760, 600)],
    [(760, 600), (620, 720), (560, 860), (430, 980), (380, 1240)],
    [(760, 600), (800, 740), (760, 880), (830, 1010), (800, 1240)],
    [(760, 600), (930, 660), (1060, 760), (1240, 800), (1640, 900)],
    [(930, 660), (1000, 800), (1060, 900), (1180, 960)],
    [(620, 720), (470, 740), (330, 800), (160, 820), (-40, 900)],
]
_COURSES = [curve(branch, 12) for branch in _BRANCHES]


def _height(x: float, y: float) -> float:
    """Return the height above the sea, in metres, of a place on the map."""
    hills = [
        (330, 260, 210, 21),
        (190, 470, 170, 9),
        (1130, 330, 230, 16),
        (1420, 520, 190, 8),
        (960, 120, 170, 8),
        (60, 120, 220, 10),
        (480, 560, 120, 4),
    ]
    land = 5.2 - y / 175 - (max(0, x - 980) * max(0, y - 480)) / 90_000
    land += sum(tall * math.exp(-((x - hx) ** 2 + (y - hy) ** 2) / (2 * r * r)) for hx, hy, r, tall in hills)
    land += 1.1 * math.sin(x / 74 + math.sin(y / 61) * 1.6) * math.cos(y / 88) + 0.5 * math.sin(x / 31 + y / 43)
    near = min((px - x) ** 2 + (py - y) ** 2 for course in _COURSES for px, py in course) ** 0.5
    width = 26 + y / 60
    bank = math.exp(-((near / (width * 2.4)) ** 2))
    return land * (1 - bank) + (-1.2 - y / 380) * bank + 1.5 * math.exp(-(((near - width * 2) / 36) ** 2)) * (y > 560)


def _filled(heights: list[list[float]], step: float, level: float) -> list[list[Point]]:
    """Return a polygon for each part of a cell that is higher than the level."""
    found = []
    for y, (upper, lower) in enumerate(itertools.pairwise(heights)):
        for x in range(len(upper) - 1):
            corners = [(x, y, upper[x]), (x + 1, y, upper[x + 1]), (x + 1, y + 1, lower[x + 1]), (x, y + 1, lower[x])]
            polygon = []
            for (ax, ay, a), (bx, by, b) in zip(corners, corners[1:] + corners[:1], strict=True):
                if a >= level:
                    polygon.append((ax * step, ay * step))
                if (a >= level) != (b >= level):
                    t = (level - a) / (b - a)
                    polygon.append(((ax + (bx - ax) * t) * step, (ay + (by - ay) * t) * step))
            if len(polygon) > 2:
                found.append(polygon)
    return found


def _contours(heights: list[list[float]], step: float, level: float) -> list[tuple[Point, Point]]:
    """Return the line of a height, as its piece in each cell (marching squares)."""
    found = []
    for y, (upper, lower) in enumerate(itertools.pairwise(heights)):
        for x in range(len(upper) - 1):
            corners = [(x, y, upper[x]), (x + 1, y, upper[x + 1]), (x + 1, y + 1, lower[x + 1]), (x, y + 1, lower[x])]
            crossings = []
            for (ax, ay, a), (bx, by, b) in zip(corners, corners[1:] + corners[:1], strict=True):
                if (a >= level) != (b >= level):
                    t = (level - a) / (b - a)
                    crossings.append(((ax + (bx - ax) * t) * step, (ay + (by - ay) * t) * step))
            found += zip(crossings[::2], crossings[1::2], strict=True)
    return found


def _walk_on_the_map(sheet: Sheet) -> None:
    walk = curve([(1080, 560), (1010, 450), (900, 400), (800, 420), (690, 440), (560, 400), (450, 330), (336, 262)], 30)
    for n in range(0, len(walk) - 5, 10):
        sheet.line(walk[n : n + 6], CREAM, 11)
        sheet.line(walk[n : n + 6], RED, 6)
    for number, at in enumerate((0, 62, 106, len(walk) - 1), 1):
        x, y = walk[at]
        sheet.disc(x, y, 25, CREAM)
        sheet.disc(x, y, 21, RED)
        sheet.text(x, y, str(number), 25, CREAM, bold=0.7)


def _compass(sheet: Sheet, x: float, y: float, size: float) -> None:
    sheet.disc(x, y, size * 1.02, "#e9dfc6", alpha=0.82)
    sheet.ring(x, y, size, NIGHT, 2.5)
    sheet.ring(x, y, size * 0.9, NIGHT, 1)
    for n in range(72):
        t, inner = math.tau * n / 72, 0.9 if n % 6 else 0.84
        sheet.line(
            [
                (x + size * inner * math.cos(t), y + size * inner * math.sin(t)),
                (x + size * math.cos(t), y + size * math.sin(t)),
            ],
            NIGHT,
            1.2,
        )
    for length, turn in ((0.52, math.pi / 4), (0.82, 0)):
        for n in range(4):
            t = turn + n * math.pi / 2 - math.pi / 2
            tip = (x + size * length * math.cos(t), y + size * length * math.sin(t))
            for side, colour in ((-1, CREAM), (1, RED if turn == 0 and n == 0 else NIGHT)):
                waist = (
                    x + size * 0.15 * math.cos(t + side * math.pi / 4),
                    y + size * 0.15 * math.sin(t + side * math.pi / 4),
                )
                sheet.shape([(x, y), waist, tip], colour)
                sheet.line([(x, y), waist, tip, (x, y)], NIGHT, 1.2)
