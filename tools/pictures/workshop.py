"""The printing workshop: the press, and a case of type."""

from __future__ import annotations

import math
from random import Random

from .drawing import Point, Sheet, curve, mix
from .inks import CREAM, NIGHT, RED, picture


@picture("press")
def _press() -> Sheet:
    """A hand press by the window of the workshop, and sheets that hang to dry."""
    sheet = Sheet(1600, 1067, "#2b2a2c", "#4a403a", "#5d4d41")
    sheet.box(0, 850, 1600, 217, ("#4b3a2e", "#241c19"))
    for n in range(15):
        x = 800 + (n - 7) * 118
        sheet.line([(x, 850), (800 + (x - 800) * 1.75, 1067)], "#1b1614", 3, alpha=0.6)
    # The window, and the light that falls through it.
    left, top, wide, tall = 130, 120, 380, 520
    sheet.box(left - 18, top - 18, wide + 36, tall + 36, "#2a211d")
    sheet.box(left, top, wide, tall, ("#c9d9d3", "#f3e7c8", "#f0cd97"))
    sheet.shape(
        [
            (left, top + 396),
            (left + 90, top + 340),
            (left + 150, top + 378),
            (left + 240, top + 318),
            (left + 380, top + 392),
            (left + 380, top + tall),
            (left, top + tall),
        ],
        ("#8ea5a3", "#b9ab91"),
    )
    sheet.box(left + 226, top + 240, 30, 160, "#8ea5a3")
    sheet.shape([(left + 222, top + 242), (left + 241, top + 160), (left + 260, top + 242)], "#7b908f")
    for n in range(1, 4):
        sheet.box(left + wide * n / 4 - 5, top, 10, tall, "#2a211d")
    for n in range(1, 4):
        sheet.box(left, top + tall * n / 4 - 5, wide, 10, "#2a211d")
    sheet.box(left - 34, top + tall + 16, wide + 68, 20, "#7d5f45")
    sheet.glow(left + wide / 2, top + 260, 760, "#f6d9a4", 0.42)
    for n in range(4):
        a, b = left + wide * (n + 0.04) / 4, left + wide * (n + 0.9) / 4
        beam = [(a, top), (b, top), (b + 640, 1067), (a + 560, 1067)]
        sheet.shape(beam, ("#f6dba8", "#caa877"), alpha=0.085, blur=5)
        floor = [(a + 410, 884), (b + 440, 884), (b + 640, 1067), (a + 560, 1067)]
        sheet.shape(floor, "#f0cf97", alpha=0.25, blur=3)
    # Sheets on the lines.
    for row, (y, sag) in enumerate(((92, 34), (150, 46))):
        rope = [(560 + n * 1080 / 40, y + sag * math.sin(math.pi * n / 40)) for n in range(41)]
        sheet.line(rope, "#171312", 2)
        for n in range(7):
            x = 600 + row * 62 + n * 146
            ry = y + sag * math.sin(math.pi * (x + 50 - 560) / 1080)
            tone = mix(CREAM, "#6d5a48", 0.2 + 0.09 * n)
            sheet.shape(
                [(x, ry), (x + 104, ry + 2), (x + 106, ry + 128), (x + 2, ry + 132)], (tone, mix(tone, "#5d4d41", 0.35))
            )
            sheet.box(x + 14, ry + 16, 76, 12, mix(RED, tone, 0.25) if n % 3 == 0 else mix(NIGHT, tone, 0.3))
            for text in range(7):
                for column in (0, 1):
                    sheet.box(
                        x + 14 + column * 41, ry + 38 + text * 11, 35 if text < 6 else 20, 4, mix(NIGHT, tone, 0.5)
                    )
            sheet.box(x + 8, ry - 9, 5, 18, "#b98f5f")
            sheet.box(x + 92, ry - 8, 5, 18, "#b98f5f")
    # The press.
    dark, edge = "#15181b", "#58534b"
    sheet.oval(1010, 952, 420, 34, "#0d0b0a", alpha=0.7, blur=12)
    for x, lean in ((800, -46), (1180, 46)):
        foot = curve(
            [
                (x - 34, 640),
                (x - 26, 780),
                (x - 44 + lean, 890),
                (x - 70 + lean, 944),
                (x + 70 + lean, 944),
                (x + 40 + lean, 890),
                (x + 34, 780),
                (x + 40, 640),
            ],
            10,
        )
        sheet.shape(foot, dark)
        sheet.stroke([(x - 30, 640), (x - 24, 780), (x - 44 + lean, 890)], edge, 5, 3)
    for x in (772, 1172):
        sheet.shape([(x, 300), (x + 64, 300), (x + 72, 650), (x - 8, 650)], dark)
        sheet.box(x + 6, 306, 6, 338, edge)
        sheet.box(x - 10, 286, 84, 22, "#24272a")
    head = curve([(740, 300), (770, 236), (880, 214), (1004, 176), (1128, 214), (1238, 236), (1268, 300)], 12)
    sheet.shape([*head, (1268, 322), (740, 322)], dark)
    sheet.stroke(head[4:46], edge, 3, 6)
    sheet.disc(1004, 190, 34, "#b98a4a")
    sheet.disc(1004, 190, 25, dark)
    sheet.disc(1004, 190, 11, "#d9ae68")
    sheet.text(1004, 274, "1871", 40, "#c79b58", bold=1)
    sheet.shape([(960, 318), (1048, 318), (1032, 450), (976, 450)], "#202427")
    sheet.box(986, 318, 8, 132, edge)
    for y in (342, 366, 390, 414):
        sheet.box(966, y, 76, 8, "#0f1113")
    sheet.box(868, 450, 272, 62, ("#34383a", "#14171a"))
    sheet.box(868, 450, 272, 6, "#6d675c")
    sheet.shape([(1016, 400), (1026, 380), (1300, 452), (1424, 512), (1416, 532), (1290, 474)], dark)
    sheet.stroke([(1404, 514), (1486, 556)], "#8a5d38", 26, 20)
    # The bed with the forme, the tympan that stands open.
    sheet.box(600, 640, 800, 30, ("#3a3d3d", "#101214"))
    sheet.box(600, 640, 800, 5, "#77705f")
    sheet.box(640, 606, 300, 34, ("#8a8378", "#4a4640"))
    for n in range(28):
        sheet.box(652 + n * 10, 600, 6, 12, "#a39a88" if n % 5 else RED)
    sheet.shape([(640, 612), (656, 612), (560, 330), (536, 338)], "#3f3128")
    sheet.shape([(552, 346), (566, 340), (652, 602), (644, 608)], (CREAM, "#b9a17c"))
    sheet.disc(720, 706, 46, "#1b1e20")
    sheet.disc(720, 706, 34, "#3c3a36")
    sheet.disc(720, 706, 12, "#1b1e20")
    sheet.stroke([(720, 706), (676, 772)], "#1b1e20", 14, 12)
    sheet.stroke([(676, 760), (676, 806)], "#8a5d38", 20, 18)
    # A stone with ink and paper beside it.
    sheet.box(1330, 770, 300, 20, ("#8a6a4c", "#5f4632"))
    for x in (1350, 1570):
        sheet.box(x, 790, 20, 170, "#3f3027")
    for n in range(16):
        sheet.box(1370 + (n * 7) % 5, 764 - n * 5, 170, 5, mix(CREAM, "#8a765e", 0.35 if n % 2 else 0.15))
    sheet.box(1560, 726, 40, 44, (RED, "#4f1413"))
    sheet.box(1556, 718, 48, 10, "#b98a4a")
    return sheet


@picture("type-case")
def _type_case() -> Sheet:
    """A case of type from above: each sort in its box, and one that has its own colour."""
    sheet = Sheet(1600, 1067, "#4a3426", "#2f2119")
    rows = ["jbcdeisfg?", "&lmnhopyw,", "zvutaqr;:x"]
    widths = {**dict.fromkeys("eationhsrd", 1.5), **dict.fromkeys("lmucpfgyw", 1.15)}
    random = Random(99)
    margin, gap, tall = 46, 12, 314
    for n, letters in enumerate(rows):
        share = (1600 - 2 * margin - gap * (len(letters) - 1)) / sum(widths.get(one, 0.85) for one in letters)
        x, y = float(margin), margin + n * (tall + gap + 5)
        for letter in letters:
            wide = widths.get(letter, 0.85) * share
            _compartment(sheet, (x, y, wide, tall), letter, random)
            x += wide + gap
    sheet.glow(260, 120, 1300, "#f4d6a0", 0.3)
    sheet.shape([(1600, 0), (1600, 1067), (900, 1067)], "#0f0a08", alpha=0.34, blur=120)
    return sheet


def _compartment(sheet: Sheet, box: tuple[float, float, float, float], letter: str, random: Random) -> None:
    x, y, wide, tall = box
    sheet.box(x, y, wide, tall, ("#1d140f", "#34251b"))
    sheet.box(x - 4, y - 4, wide + 8, 5, "#8d6a49")
    sheet.box(x - 4, y - 4, 5, tall + 8, "#755538")
    sheet.box(x + wide, y, 6, tall + 5, "#5c412c")
    side = 64
    spots = [
        (x + 32 + c * side * 0.9, y + 36 + r * side * 0.9)
        for r in range(round(tall / side))
        for c in range(max(1, round((wide - 12) / (side * 0.92))))
    ]
    full = random.uniform(0.72, 1)
    for sx, sy in spots:
        if random.random() > full:
            continue
        turn = random.uniform(-0.5, 0.5) if random.random() < 0.6 else random.uniform(-3, 3)
        cx = min(max(sx + random.uniform(-14, 14), x + 32), x + wide - 30)
        cy = min(max(sy + random.uniform(-16, 16), y + 34), y + tall - 32)
        _sort(sheet, cx, cy, 29, turn, letter, random.uniform(0, 1))
    if letter == "a":
        _sort(sheet, x + wide * 0.55, y + tall * 0.42, 38, 0.16, letter, 2)


def _sort(sheet: Sheet, x: float, y: float, half: float, turn: float, letter: str, tone: float) -> None:
    """One piece of type, seen from its face; `tone` 2 is the one that was printed with red."""

    def at(dx: float, dy: float) -> Point:
        return x + dx * math.cos(turn) - dy * math.sin(turn), y + dx * math.sin(turn) + dy * math.cos(turn)

    face = RED if tone == 2 else mix("#5f5b56", "#8b857a", tone)
    h, w = half, half * 0.82
    sheet.shape(
        [at(-w + 5, -h + 6), at(w + 6, -h + 6), at(w + 6, h + 7), at(-w + 5, h + 7)], "#0d0907", alpha=0.55, blur=3
    )
    foot = [(px + half * 0.16, py + half * 0.3) for px, py in (at(w, -h), at(w, h), at(-w, h))]
    sheet.shape([at(w, -h), *foot, at(-w, h), at(w, h)], mix(face, NIGHT, 0.6))
    sheet.shape([at(-w, -h), at(w, -h), at(w, h), at(-w, h)], face)
    sheet.line([at(-w, h), at(-w, -h), at(w, -h)], mix(face, CREAM, 0.5), 1.6)
    sheet.line([at(w, -h), at(w, h), at(-w, h)], mix(face, NIGHT, 0.5), 1.8)
    ink, middle = mix(face, NIGHT, 0.6), at(0, -half * 0.1)
    for shift, colour in ((1.6, ink), (0, "#ffe3c4" if tone == 2 else mix(CREAM, face, 0.12))):
        sheet.text(middle[0] + shift, middle[1] + shift, letter, half * 1.5, colour, bold=0.8, turn=turn, mirrored=True)
