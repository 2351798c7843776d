"""The harbour of Saltmarket, which is the same place at every hour."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .drawing import Colour, Point, Sheet, curve, mix, ridge
from .inks import CREAM, DEEP, FOAM, LAMP, NIGHT, OCHRE, PAPER, RED, SEA, picture


@dataclass(frozen=True)
class Hour:
    """The light in which the harbour is seen."""

    sky: tuple[Colour, ...]
    hills: Colour
    town: Colour
    """The colour of the houses that are farthest from the light."""
    lit: Colour
    """The colour of walls that face the light."""
    roof: Colour
    water: tuple[Colour, ...]
    orb: tuple[float, float, float, Colour] | None = None
    """Sun or moon: where it stands across and down (0 to 1), its radius, its colour."""
    windows: float = 0
    """How many of the windows are lit."""
    tide: float = 0
    """How far the water is below the highest, in pixels."""
    stars: int = 0
    fog: float = 0
    rain: int = 0
    beam: bool = False


HOURS = {
    "03": Hour((NIGHT, "#16283a", "#27425a"), "#14222f", "#121d29", "#1b2b3a", "#0e1822", ("#13222f", "#1a2f3f"),
               orb=(0.2, 0.2, 26, "#f3ecdc"), windows=0.04, tide=10, stars=170, beam=True),
    "06": Hour(("#33536b", "#8ba6ab", "#ecc6a2", "#f3d9b0"), "#5d7682", "#36505d", "#5b6f74", "#4b3b40", ("#b7a592", "#4d6a77"),
               orb=(0.63, 0.575, 40, "#fdeccb"), windows=0.16, tide=34),
    "09": Hour(("#8fb4bd", "#c8d8d0", "#f1e9d4"), "#93aeb0", "#7d8f8c", "#e9dcc0", "#a5503f", ("#a9c6c4", "#4f7f8a"), tide=62),
    "12": Hour(("#6fa3b1", "#a9cac9", "#e6ebdc"), "#86a7a5", "#a9a898", "#f6efdf", "#b4553f", ("#8fb9b9", "#3f7280"), tide=40),
    "15": Hour(("#8e9c9c", "#b4bcb5", "#d3d2c2"), "#8f9d9b", "#74807d", "#b9b5a3", "#75483f", ("#a4aca5", "#5c6f70"),
               tide=16, rain=420, windows=0.1),
    "18": Hour(("#3d5570", "#a77a72", "#e19468", "#f4c88d"), "#6a5a66", "#43404f", "#7d5a55", "#3c2a33", ("#c98d6b", "#3c4a5c"),
               orb=(0.4, 0.6, 44, "#ffe3b0"), windows=0.3, tide=38),
    "21": Hour(("#17283c", "#2d4a63", "#6f7f8b", "#b99a83"), "#2c4152", "#1c2b39", "#2c3f4d", "#16212c", ("#4c5c69", "#16293a"),
               windows=0.72, tide=60, stars=40, beam=True),
    "24": Hour(("#2a3b48", "#4a5d66", "#7f8d8f"), "#52646b", "#3f5058", "#4d5e64", "#35444c", ("#76858a", "#3b4d57"),
               windows=0.2, tide=30, fog=0.8, beam=True),
}  # fmt: skip


def harbour(hour: Hour, width: int, height: int) -> Sheet:
    """Draw the harbour of Saltmarket: the quay and its houses, the church, the mole with the light, boats."""
    sheet = Sheet(width, height, *hour.sky, hour.sky[-1], hour.sky[-1])
    unit, quay = width / 1600, height * 0.62
    water = quay + 26 * unit + hour.tide * unit
    sheet.stars(3, hour.stars, quay * 0.8)
    if hour.orb:
        across, down, radius, colour = hour.orb
        sheet.glow(across * width, down * height, radius * 9 * unit, mix(colour, hour.sky[-1], 0.4), 0.75)
        sheet.disc(across * width, down * height, radius * unit, colour)
    _clouds(sheet, hour, quay)
    sheet.below(
        ridge(11, width, quay - 60 * unit, 46 * unit, waves=1.2),
        (mix(hour.hills, hour.sky[-1], 0.55), mix(hour.hills, hour.sky[-1], 0.8)),
    )
    sheet.below(
        ridge(12, width, quay - 22 * unit, 24 * unit, waves=1.7),
        (mix(hour.hills, hour.sky[-1], 0.15), mix(hour.hills, hour.sky[-1], 0.55)),
    )
    sheet.mist(quay, 70 * unit, hour.sky[-1], 0.35)
    _mole(sheet, hour, quay, unit)
    _town(sheet, hour, quay, unit)
    wall = mix(hour.town, NIGHT, 0.3)
    sheet.box(0, quay, width * 0.6, water - quay + 8, (mix(hour.lit, hour.town, 0.5), wall))
    for n in range(14):
        sheet.box((24 + n * 66) * unit, quay + 3, 5 * unit, water - quay, mix(wall, NIGHT, 0.4))
    sheet.box(0, quay - 3 * unit, width * 0.6, 6 * unit, mix(hour.lit, CREAM, 0.25))
    _boats_at_the_quay(sheet, hour, water, unit)
    if hour.fog:
        sheet.mist(quay - 20 * unit, 330 * unit, hour.sky[-1], hour.fog * 0.75)
        sheet.mist(quay + 10, 120 * unit, mix(hour.sky[-1], CREAM, 0.2), hour.fog * 0.6)
    sheet.reflect(water, hour.water, 0.42 if not hour.fog else 0.6, ripple=4 * unit)
    if hour.orb:
        sheet.glitter(5, hour.orb[0] * width, water, height, mix(hour.orb[3], hour.sky[-1], 0.3), count=110, spread=0.2)
    _ripples(sheet, hour, water)
    _dinghy(sheet, hour, width * 0.74, height * 0.88, 1.5 * unit)
    rain(sheet, hour.rain, "#e8ebe4")
    return sheet


def _clouds(sheet: Sheet, hour: Hour, quay: float) -> None:
    random = Random(21)
    for _ in range(9):
        x, y = random.uniform(-0.1, 1.05) * sheet.width, random.uniform(0.06, 0.72) * quay
        length = random.uniform(0.1, 0.3) * sheet.width
        colour = mix(hour.sky[-1], CREAM, 0.25)
        sheet.oval(x, y, length, 5 + 10 * random.random(), colour, alpha=0.32, blur=7)
        sheet.oval(x + length * 0.3, y - 9, length * 0.45, 7, colour, alpha=0.25, blur=6)


def _mole(sheet: Sheet, hour: Hour, quay: float, unit: float) -> None:
    """The mole on the right, and the light at its end."""
    x, foot = sheet.width * 0.86, quay - 2 * unit
    lamp = x, foot - 150 * unit
    if hour.beam:
        for far, spread in ((-sheet.width, 95), (sheet.width, 60)):
            sheet.shape(
                [lamp, (lamp[0] + far, lamp[1] - spread * unit), (lamp[0] + far, lamp[1] + spread * 0.5 * unit)],
                LAMP,
                alpha=0.13,
                blur=5,
            )
    sheet.shape(
        [
            (sheet.width * 0.68, foot + 30 * unit),
            (sheet.width * 0.72, foot),
            (sheet.width, foot - 6 * unit),
            (sheet.width, foot + 130 * unit),
            (sheet.width * 0.68, foot + 130 * unit),
        ],
        (mix(hour.town, hour.sky[-1], 0.25), hour.town),
    )
    body = [
        (x - 21 * unit, foot),
        (x - 13 * unit, foot - 132 * unit),
        (x + 13 * unit, foot - 132 * unit),
        (x + 21 * unit, foot),
    ]
    light = mix(hour.lit, CREAM, 0.35)
    sheet.shape(body, light)
    sheet.shape([(x + 4 * unit, foot), (x + 3 * unit, foot - 132 * unit), body[2], body[3]], mix(light, hour.town, 0.6))
    for n in (0, 2):
        y = foot - (44 + n * 30) * unit
        sheet.shape(
            [
                (x - 18 * unit + n * unit, y),
                (x - 17 * unit + n * unit, y - 28 * unit),
                (x + 17 * unit - n * unit, y - 28 * unit),
                (x + 18 * unit - n * unit, y),
            ],
            mix(RED, hour.town, 0.35),
        )
    sheet.box(x - 18 * unit, foot - 136 * unit, 36 * unit, 5 * unit, hour.town)
    sheet.box(x - 9 * unit, foot - 160 * unit, 18 * unit, 24 * unit, LAMP if hour.windows else mix(hour.lit, FOAM, 0.5))
    sheet.shape(
        [(x - 13 * unit, foot - 160 * unit), (x, foot - 178 * unit), (x + 13 * unit, foot - 160 * unit)], hour.roof
    )
    if hour.beam:
        sheet.glow(*lamp, 130 * unit, LAMP, 0.9)


def _town(sheet: Sheet, hour: Hour, quay: float, unit: float) -> None:
    """Two rows of gabled houses, and the church behind them."""
    random = Random(8)
    tower = sheet.width * 0.335
    sheet.box(tower - 24 * unit, quay - 320 * unit, 48 * unit, 320 * unit, (mix(hour.lit, hour.town, 0.45), hour.town))
    sheet.shape(
        [(tower - 30 * unit, quay - 318 * unit), (tower, quay - 470 * unit), (tower + 30 * unit, quay - 318 * unit)],
        (mix(hour.roof, hour.sky[0], 0.2), hour.roof),
    )
    sheet.disc(tower, quay - 282 * unit, 11 * unit, LAMP if hour.windows > 0.15 else mix(hour.lit, CREAM, 0.4))
    for row, (start, end, low, high) in enumerate([(-30, 900, 120, 205), (-20, 850, 84, 160)]):
        x = start
        while x < end:
            wide, tall = random.choice([62, 70, 78, 90]), random.uniform(low, high)
            wall = mix(hour.town, hour.lit, (0.25, 0.85)[row] * random.uniform(0.5, 1))
            wall = mix(wall, hour.sky[-1], 0.22 * (1 - row))
            _house(sheet, hour, (x * unit, quay), (wide * unit, tall * unit), wall, random)
            x += wide + random.choice([0, 0, 3])


def _house(sheet: Sheet, hour: Hour, foot: Point, size: Point, wall: Colour, random: Random) -> None:
    (x, y), (wide, tall) = foot, size
    gable = wide * random.uniform(0.5, 0.75)
    roof = mix(hour.roof, wall, random.uniform(0, 0.35))
    sheet.box(x, y - tall, wide, tall, (wall, mix(wall, hour.town, 0.45)))
    sheet.shape([(x - 3, y - tall), (x + wide / 2, y - tall - gable), (x + wide + 3, y - tall)], roof)
    sheet.shape(
        [(x + wide / 2, y - tall - gable), (x + wide + 3, y - tall), (x + wide * 0.6, y - tall)], mix(roof, NIGHT, 0.25)
    )
    if random.random() < 0.6:
        sheet.box(x + wide * 0.7, y - tall - gable * 0.85, wide * 0.11, gable * 0.5, mix(roof, NIGHT, 0.35))
    columns = 2 if wide < sheet.width * 0.047 else 3
    for row in range(int(tall // (wide * 0.52))):
        for column in range(columns):
            is_lit = random.random() < hour.windows
            pane_x, pane_y = (
                x + wide * (column + 0.62) / (columns + 0.24) - wide * 0.07,
                y - tall + wide * (0.16 + row * 0.5),
            )
            sheet.box(pane_x, pane_y, wide * 0.13, wide * 0.22, LAMP if is_lit else mix(wall, NIGHT, 0.5))
            if is_lit:
                sheet.disc(pane_x + wide * 0.065, pane_y + wide * 0.11, wide * 0.28, LAMP, alpha=0.2, blur=wide * 0.1)


def _boats_at_the_quay(sheet: Sheet, hour: Hour, water: float, unit: float) -> None:
    random = Random(14)
    colours = [RED, DEEP, OCHRE, SEA, CREAM]
    for n, x in enumerate((0.12, 0.24, 0.43, 0.53)):
        size = random.uniform(0.85, 1.25) * unit
        left, hull = x * sheet.width, mix(colours[n], hour.town, 0.45)
        mast = mix(hour.town, NIGHT, 0.4)
        tall = random.uniform(150, 215) * size
        sheet.line([(left, water - 10), (left, water - tall)], mast, 4 * size)
        sheet.line([(left, water - tall * 0.96), (left + 92 * size, water - 22 * size)], mast, 1.2 * size)
        sheet.line([(left, water - tall * 0.96), (left - 76 * size, water - 26 * size)], mast, 1.2 * size)
        sheet.line([(left, water - 54 * size), (left + 82 * size, water - 60 * size)], mast, 3 * size)
        sheet.shape(
            [
                (left + 2, water - 56 * size),
                (left + 80 * size, water - 62 * size),
                (left + 78 * size, water - 70 * size),
                (left + 2, water - 68 * size),
            ],
            mix(PAPER, hour.town, 0.4),
        )
        sheet.box(left + 18 * size, water - 50 * size, 44 * size, 28 * size, mix(hour.lit, hull, 0.2))
        sheet.box(
            left + 25 * size,
            water - 45 * size,
            11 * size,
            10 * size,
            LAMP if hour.windows > 0.5 else mix(hull, NIGHT, 0.5),
        )
        sheet.shape(
            [
                (left - 86 * size, water - 34 * size),
                (left + 98 * size, water - 26 * size),
                (left + 82 * size, water + 3),
                (left - 58 * size, water + 3),
            ],
            (hull, mix(hull, NIGHT, 0.5)),
        )
        sheet.line(
            [(left - 84 * size, water - 32 * size), (left + 97 * size, water - 24 * size)],
            mix(hour.lit, CREAM, 0.3),
            2.4 * size,
        )


def _ripples(sheet: Sheet, hour: Hour, water: float) -> None:
    random = Random(31)
    for _ in range(130):
        near = random.random() ** 0.8
        y = water + (sheet.height - water) * near
        half = random.uniform(20, 70) * (0.3 + near)
        colour = mix(hour.sky[-1], CREAM, 0.15) if random.random() < 0.55 else mix(hour.water[-1], NIGHT, 0.4)
        sheet.oval(random.uniform(0, sheet.width), y, half, 0.6 + 1.1 * near, colour, alpha=0.2 + 0.1 * near)


def _dinghy(sheet: Sheet, hour: Hour, x: float, y: float, size: float) -> None:
    """A rowing boat in the foreground, and its rope."""
    dark = mix(hour.town, NIGHT, 0.65)
    sheet.oval(x + 4 * size, y + 24 * size, 112 * size, 9 * size, dark, alpha=0.5, blur=4)
    rim = curve(
        [
            (x - 112 * size, y - 26 * size),
            (x - 40 * size, y - 10 * size),
            (x + 50 * size, y - 9 * size),
            (x + 104 * size, y - 20 * size),
        ]
    )
    keel = curve(
        [
            (x + 104 * size, y - 20 * size),
            (x + 90 * size, y + 14 * size),
            (x, y + 25 * size),
            (x - 78 * size, y + 14 * size),
            (x - 112 * size, y - 26 * size),
        ]
    )
    back = curve(
        [
            (x + 104 * size, y - 20 * size),
            (x + 40 * size, y - 26 * size),
            (x - 50 * size, y - 28 * size),
            (x - 112 * size, y - 26 * size),
        ]
    )
    sheet.shape([*rim, *back], mix(hour.lit, dark, 0.55))
    sheet.shape([*rim, *keel], (mix(RED, dark, 0.3), dark))
    sheet.line(rim, mix(hour.lit, CREAM, 0.4), 3 * size)
    for at in (-30, 38):
        sheet.shape(
            [
                (x + at * size, y - 26 * size),
                (x + (at + 16) * size, y - 26 * size),
                (x + (at + 18) * size, y - 11 * size),
                (x + (at - 4) * size, y - 11 * size),
            ],
            mix(hour.lit, dark, 0.25),
        )
    sheet.line(
        curve([(x - 110 * size, y - 25 * size), (x - 190 * size, y + 6 * size), (x - 330 * size, y + 22 * size)]),
        dark,
        1.6 * size,
    )


def rain(sheet: Sheet, drops: int, colour: Colour) -> None:
    random = Random(41)
    for _ in range(drops):
        x, y, length = random.uniform(0, sheet.width * 1.1), random.uniform(-40, sheet.height), random.uniform(24, 70)
        sheet.line(
            [(x, y), (x - length * 0.24, y + length)],
            colour,
            random.choice([0.6, 0.8, 1.2]),
            alpha=random.uniform(0.12, 0.38),
        )


@picture("harbour")
def _harbour_at_sunrise() -> Sheet:
    return harbour(HOURS["06"], 1600, 1000)


for _hour in HOURS:
    picture(f"harbour-{_hour}")(lambda hour=HOURS[_hour]: harbour(hour, 1200, 800))
