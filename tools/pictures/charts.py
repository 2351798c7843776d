"""Charts: the sky and the tide."""

from __future__ import annotations

import math
from random import Random

from .drawing import Point, Sheet
from .inks import CORAL, CREAM, DEEP, FOAM, NIGHT, PAPER, RED, SAND, picture

CONSTELLATIONS = {
    # Right ascension in hours, declination in degrees, magnitude; each line goes through its stars in this order.
    "Ursa Major": [(13.79, 49.3, 1.9), (13.40, 54.9, 2.2), (12.90, 56.0, 1.8), (12.26, 57.0, 3.3), (11.06, 61.8, 1.8), (11.03, 56.4, 2.3), (11.90, 53.7, 2.4), (12.26, 57.0, 3.3)],
    "Ursa Minor": [(2.53, 89.3, 2.0), (17.54, 86.6, 4.3), (16.77, 82.0, 4.2), (15.73, 77.8, 4.3), (16.29, 75.8, 5), (15.35, 71.8, 3), (14.85, 74.2, 2.1), (15.73, 77.8, 4.3)],
    "Cassiopeia": [(0.15, 59.1, 2.3), (0.68, 56.5, 2.2), (0.95, 60.7, 2.2), (1.43, 60.2, 2.7), (1.91, 63.7, 3.4)],
    "Cepheus": [(21.31, 62.6, 2.5), (21.48, 70.6, 3.2), (23.66, 77.6, 3.2), (22.83, 66.2, 3.5), (22.18, 58.2, 3.4), (21.31, 62.6, 2.5)],
    "Cygnus": [(20.69, 45.3, 1.3), (20.37, 40.3, 2.2), (19.94, 35.1, 3.9), (19.51, 28.0, 3.1)],
    "Cygnus, wings": [(20.77, 34.0, 2.5), (20.37, 40.3, 2.2), (19.75, 45.1, 2.9)],
    "Lyra": [(18.62, 38.8, 0.0), (18.75, 37.6, 4.3), (18.83, 33.4, 3.5), (18.98, 32.7, 3.2), (18.91, 36.9, 4.3), (18.75, 37.6, 4.3)],
    "Perseus": [(3.08, 53.5, 2.9), (3.41, 49.9, 1.8), (3.72, 47.8, 3), (3.96, 40.0, 2.9), (3.90, 31.9, 2.9)],
    "Perseus, Algol": [(3.41, 49.9, 1.8), (3.14, 41.0, 2.1)],
    "Auriga": [(5.28, 46.0, 0.1), (5.99, 44.9, 1.9), (5.995, 37.2, 2.6), (5.44, 28.6, 1.7), (4.95, 33.2, 2.7), (5.28, 46.0, 0.1)],
    "Gemini": [(7.58, 31.9, 1.6), (7.76, 28.0, 1.1)],
    "Andromeda": [(0.14, 29.1, 2.1), (1.16, 35.6, 2.1), (2.07, 42.3, 2.1)],
}  # fmt: skip


@picture("stars")
def _stars() -> Sheet:
    """The northern sky, from the pole to 25 degrees, as a printed chart."""
    sheet = Sheet(1200, 1200, "#14283a", "#0f1f2e")
    middle, most = 600.0, 486.0

    def at(hours: float, degrees: float) -> Point:
        turn, away = math.tau * hours / 24 + 0.6, most * (90 - degrees) / 65
        return middle - away * math.sin(turn), middle - away * math.cos(turn)

    sheet.disc(middle, middle, most, ("#1d3a50", "#16304a", "#1b3446"))
    random = Random(88)
    for n in range(420):  # The Milky Way.
        hours = 18.2 + 11.6 * n / 420
        x, y = at(hours, 40 + 21 * math.sin((hours - 18.2) / 11.6 * math.pi) + random.gauss(0, 4))
        if math.hypot(x - middle, y - middle) < most - 46:
            sheet.disc(x, y, random.uniform(16, 40), FOAM, alpha=0.03, blur=9)
    for degrees in (80, 70, 60, 50, 40, 30):
        sheet.ring(middle, middle, most * (90 - degrees) / 65, FOAM, 0.9, alpha=0.4)
    for hour in range(24):
        sheet.line([at(hour, 80 if hour % 6 else 90), at(hour, 25)], FOAM, 0.8 if hour % 6 else 1.6, alpha=0.34)
    for n in range(1440):
        long = n % 60 == 0
        a, b = at(n / 60, 25), at(n / 60, 23.2 if n % 10 else 22.2 if not long else 21.4)
        if n % 5 == 0:
            sheet.line([a, b], SAND, 1.6 if long else 0.9)
    sheet.ring(middle, middle, most, SAND, 4)
    sheet.ring(middle, middle, most + 30, SAND, 1.5)
    for hour in range(24):
        x, y = at(hour, 18.4)
        sheet.text(x, y, str(hour), 21, SAND)
    for _ in range(620):
        x, y = at(random.uniform(0, 24), 90 - 65 * math.sqrt(random.random()))
        sheet.disc(x, y, random.choice([0.8, 0.9, 1.1, 1.3, 1.8]), CREAM, alpha=random.uniform(0.4, 0.9))
    for stars in CONSTELLATIONS.values():
        sheet.line([at(hours, degrees) for hours, degrees, _ in stars], CORAL, 2)
    for stars in CONSTELLATIONS.values():
        for hours, degrees, magnitude in stars:
            x, y = at(hours, degrees)
            size = 9.4 - 1.55 * magnitude
            sheet.disc(x, y, size + 3.4, "#16304a")
            sheet.glow(x, y, size * 4, CREAM, 0.4)
            sheet.shape(
                [
                    (
                        x + size * (1.25 if n % 2 == 0 else 0.5) * math.sin(math.pi * n / 5),
                        y - size * (1.25 if n % 2 == 0 else 0.5) * math.cos(math.pi * n / 5),
                    )
                    for n in range(10)
                ],
                "#fff3d4",
            )
    for x, y in ((86, 86), (1114, 86), (86, 1114), (1114, 1114)):
        sheet.ring(x, y, 32, SAND, 1.5)
        for n in range(12):
            t = math.tau * n / 12
            sheet.line(
                [
                    (x + 9 * math.cos(t), y + 9 * math.sin(t)),
                    (x + (26 if n % 2 else 30) * math.cos(t), y + (26 if n % 2 else 30) * math.sin(t)),
                ],
                SAND,
                1.5,
            )
    for inset, width in ((24, 3), (36, 1)):
        sheet.line(
            [
                (inset, inset),
                (1200 - inset, inset),
                (1200 - inset, 1200 - inset),
                (inset, 1200 - inset),
                (inset, inset - width / 2),
            ],
            SAND,
            width,
        )
    return sheet


def tide(hours: float) -> float:
    """Return the height of the sea in metres, some hours after the high water of a new moon: the sum of two tides."""
    return 3.1 + 1.55 * math.cos(math.tau * hours / 12.42) + 0.55 * math.cos(math.tau * hours / 12)


@picture("tide-chart")
def _tide_chart() -> Sheet:
    """Fourteen days of tide as a chart."""
    sheet = Sheet(1600, 900, CREAM)
    left, right, top, bottom = 120, 1540, 120, 780

    def at(hours: float, metres: float) -> Point:
        return left + (right - left) * hours / 336, bottom - (bottom - top) * metres / 5.5

    for metres in range(6):
        x, y = at(0, metres)
        sheet.line([(x, y), (right, y)], "#b9ab90", 1.2)
        sheet.text(x - 44, y, f"{metres} m", 25, "#5c554a")
    for day in range(14):
        x, y = at(day * 24 + 12, 0)
        if day % 2 == 0:
            sheet.box(at(day * 24, 0)[0], top - 30, (right - left) / 14, bottom - top + 30, PAPER, alpha=0.6)
        sheet.text(x, y + 34, str(day + 1), 25, "#5c554a")
    curve_points = [at(n / 4, tide(n / 4)) for n in range(336 * 4 + 1)]
    sheet.below(curve_points, ("#c7dbd6", "#7fa9b0", "#3f6b78"), bottom=bottom)
    sheet.line(curve_points, DEEP, 4)
    for sign, name in ((1, "high water"), (-1, "low water")):
        limit = [
            at(
                n * 4,
                3.1
                + sign
                * math.hypot(1.55 + 0.55 * math.cos(a := math.tau * n * 4 * (1 / 12 - 1 / 12.42)), 0.55 * math.sin(a)),
            )
            for n in range(85)
        ]
        for n in range(0, 84, 2):
            sheet.line(limit[n : n + 2], RED, 3)
        sheet.text(limit[74][0], limit[74][1] - 30 * sign, name, 25, RED if sign > 0 else CREAM)
    sheet.line([(left, bottom), (right, bottom)], NIGHT, 3)
    for hours, share in ((0, 0), (336 / 2 + 9, 0.5), (334, 1)):
        x = min(max(at(hours, 0)[0], left + 26), right - 26)
        sheet.disc(x, 62, 25, NIGHT)
        if share == 0.5:
            sheet.shape(
                [
                    (x, 37),
                    *[(x + 25 * math.sin(t), 62 - 25 * math.cos(t)) for t in (math.pi * n / 24 for n in range(25))],
                    (x, 87),
                ],
                "#f3dca4",
            )
        if share == 1:
            sheet.disc(x, 62, 22, "#f3dca4")
    sheet.text((left + right) / 2, 862, "day after the new moon", 27, "#5c554a")
    return sheet
