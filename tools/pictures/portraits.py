"""The people who sign."""

from __future__ import annotations

from random import Random

from .drawing import Sheet, curve, mix
from .inks import BLUSH, CORAL, DEEP, FOAM, NIGHT, RED, SEA, picture


@picture("ines")
def _ines() -> Sheet:
    """A portrait: a woman with short grey hair and a red scarf, before the sea."""
    sheet = Sheet(800, 800, "#9fbfbd", "#dfe0c9", "#f0d9b0")
    sheet.disc(590, 250, 150, ("#f6e4bb", BLUSH), alpha=0.8)
    sheet.box(0, 470, 800, 330, ("#6f9aa2", SEA))
    for n in range(16):
        sheet.oval((n * 173) % 800, 486 + n * 17, 60 + n * 6, 2, FOAM, alpha=0.4)
    skin, shade = "#d9a682", "#b97f60"
    body = curve(
        [(90, 820), (130, 690), (230, 620), (330, 590), (400, 584), (470, 590), (570, 620), (670, 690), (710, 820)]
    )
    sheet.shape(body, ("#2b4a59", NIGHT))
    sheet.shape([(400, 584), *[p for p in body if p[0] > 400]], NIGHT, alpha=0.28)
    sheet.shape(curve([(345, 470), (342, 600), (400, 640), (458, 600), (455, 470)]), shade)
    sheet.shape(
        curve(
            [
                (282, 330),
                (286, 250),
                (340, 190),
                (420, 180),
                (500, 222),
                (520, 330),
                (500, 440),
                (440, 520),
                (392, 532),
                (340, 508),
                (300, 440),
                (282, 330),
            ]
        ),
        skin,
    )
    half = curve(
        [
            (420, 180),
            (500, 222),
            (520, 330),
            (500, 440),
            (440, 520),
            (392, 532),
            (430, 470),
            (446, 400),
            (424, 340),
            (430, 260),
            (420, 180),
        ]
    )
    sheet.shape(half, shade, alpha=0.55)
    hair = curve(
        [
            (270, 396),
            (248, 300),
            (270, 190),
            (350, 118),
            (450, 116),
            (536, 178),
            (556, 290),
            (536, 400),
            (512, 330),
            (486, 262),
            (420, 262),
            (350, 236),
            (306, 300),
            (292, 350),
            (270, 396),
        ]
    )
    sheet.shape(hair, ("#d7d3c8", "#8d8f8e"))
    for n in range(5):
        sheet.stroke(
            curve([(400 + n * 10, 124), (330 + n * 40, 170), (290 + n * 56, 232 + (n % 2) * 16)]), "#a9aaa6", 1, 4
        )
    scarf = curve(
        [
            (282, 590),
            (330, 560),
            (400, 592),
            (470, 558),
            (522, 588),
            (530, 640),
            (460, 672),
            (400, 680),
            (330, 668),
            (276, 640),
            (282, 590),
        ]
    )
    sheet.shape(scarf, (CORAL, RED))
    sheet.shape(curve([(430, 650), (486, 660), (520, 770), (500, 820), (430, 820), (440, 740)]), (RED, "#5f1714"))
    for n in range(5):
        sheet.line(
            curve([(300 + n * 46, 600 + (n % 2) * 14), (330 + n * 44, 634), (352 + n * 42, 660)]),
            "#5f1714",
            3,
            alpha=0.5,
        )
    return sheet


@picture("tomas")
def _tomas() -> Sheet:
    """A portrait: a man with a beard, a cap and round glasses, before a wall of type."""
    sheet = Sheet(800, 800, "#3d332d", "#2a221e")
    random = Random(29)
    for row in range(9):
        for column in range(9):
            x, y = 10 + column * 88, 10 + row * 88
            sheet.box(x, y, 80, 80, "#1d1613")
            sheet.text(
                x + 40, y + 40, random.choice("aegnoRSTB&"), 54, mix("#6d5844", "#a5845a", random.random()), bold=1
            )
    sheet.glow(240, 200, 620, "#f4d6a0", 0.4)
    skin, shade = "#a8744f", "#7d5238"
    body = curve(
        [(70, 820), (120, 680), (230, 610), (330, 584), (400, 580), (470, 584), (570, 610), (680, 680), (730, 820)]
    )
    sheet.shape(body, ("#c9b58f", "#8d7a5a"))
    sheet.shape([(400, 580), *[p for p in body if p[0] > 400]], "#5f4d36", alpha=0.35)
    apron = [(290, 820), (304, 700), (330, 640), (470, 640), (496, 700), (510, 820)]
    sheet.shape(apron, (DEEP, NIGHT))
    sheet.stroke([(318, 660), (280, 594)], DEEP, 26, 24)
    sheet.stroke([(482, 660), (520, 594)], NIGHT, 26, 24)
    sheet.shape(curve([(340, 470), (334, 590), (400, 636), (466, 590), (460, 470)]), shade)
    sheet.shape(
        curve(
            [
                (286, 340),
                (290, 250),
                (350, 200),
                (450, 200),
                (510, 250),
                (514, 340),
                (498, 450),
                (440, 524),
                (400, 534),
                (360, 524),
                (302, 450),
                (286, 340),
            ]
        ),
        skin,
    )
    sheet.shape(
        curve(
            [(430, 200), (510, 250), (514, 340), (498, 450), (440, 524), (400, 534), (440, 440), (430, 320), (430, 200)]
        ),
        shade,
        alpha=0.6,
    )
    beard = curve(
        [
            (284, 350),
            (296, 420),
            (340, 440),
            (400, 426),
            (460, 440),
            (504, 420),
            (516, 350),
            (520, 470),
            (480, 560),
            (400, 598),
            (320, 560),
            (280, 470),
            (284, 350),
        ]
    )
    sheet.shape(beard, ("#4b3a30", "#221a17"))
    for n in range(11):
        sheet.line(
            curve([(310 + n * 18, 446), (318 + n * 16, 500), (340 + n * 12, 560 - abs(n - 5) * 3)]),
            "#7d6654",
            2,
            alpha=0.4,
        )
    for x in (344, 452):
        sheet.disc(x, 338, 44, "#f0dcae", alpha=0.16)
        sheet.ring(x, 338, 44, "#1b1513", 6)
    sheet.line(curve([(386, 332), (398, 324), (410, 332)]), "#1b1513", 6)
    cap = curve(
        [
            (262, 268),
            (270, 190),
            (330, 132),
            (420, 116),
            (500, 140),
            (546, 210),
            (548, 268),
            (470, 244),
            (400, 238),
            (330, 244),
            (262, 268),
        ]
    )
    sheet.shape(cap, ("#6f7f7f", "#34464f"))
    sheet.shape(
        curve(
            [(250, 276), (330, 244), (400, 236), (480, 246), (560, 276), (480, 286), (400, 276), (320, 284), (250, 276)]
        ),
        "#22303a",
    )
    sheet.disc(410, 118, 9, "#22303a")
    return sheet
