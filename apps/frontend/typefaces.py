"""The bundled typefaces: which file has which letters. tools/fonts.py makes the files from these ranges.

The stylesheet of the pages has the same rules, and so has that of the editor (`tests/frontend/test_typefaces.py` compares).
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static/frontend/fonts"

FACES = {
    "text": ("Broadsheet Text", "normal", "400 700"),
    "text-italic": ("Broadsheet Text", "italic", "400"),
    "headline": ("Broadsheet Headline", "normal", "600 700"),
}
"""The faces, by the names of their files: the family, style and weights by which stylesheets name them."""

RANGES = {
    "latin": "0020-007E 00A0-00A3 00A5 00A7-00AB 00AD-00AE 00B0 00B2-00B3 00B5 00B7 00B9-00FF 0131 0152-0153 0178"
    " 1E9E 2009 2013-2014 2018-201A 201C-201E 2020 2022 2026 202F-2030 2039-203A 20AC 2122 2212",
    "latin-ext": "00A4 00A6 00AC 00AF 00B1 00B4 00B6 00B8 0100-012B 012E-0130 0134-0151 0154-0165 0168-0177 0179-017F"
    " 018F 0192 01A0-01A1 01AF-01B0 01CD-01DC 01E6-01E7 01F8-01F9 0218-021B 0237 02C6 02DA 02DC 0300-0304"
    " 0306-030C 0323-0324 0326-0328 1E0C-1E0F 1E20-1E21 1E24-1E25 1E2A-1E2B 1E36-1E3B 1E3E-1E3F 1E42-1E49"
    " 1E5A-1E63 1E6C-1E6F 1E80-1E85 1E8E-1E8F 1E92-1E93 1E97 1EA0-1EF9 2021 2032-2033 2044 20A1 20A4"
    " 20A6-20A7 20A9 20AB 20AE 20B1-20B2 20B4-20B5 20B8-20BA 20BD 20BF",
    "cyrillic": "0400-045F 0462-0463 0472-0475 0490-0491 04B0-04B1 2116",
    "greek": "0374-0375 037E 0384-038A 038C 038E-03A1 03A3-03CE 03D7 03D9 03DB 03DD 03E1",
}
"""The letters of each file. A browser loads those files whose letters are on the page (`unicode-range`)."""


def font_faces(folder: str, *, display: str) -> str:
    """Return the rules of a stylesheet for all files: `folder` is their address from there, `display` when they show."""
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-style: {style}; font-weight: {weights}; font-display: {display}; '
        f'src: url("{folder}/{name}-{letters}.woff2") format("woff2"); '
        f"unicode-range: {', '.join(f'U+{code}' for code in codes.split())}; }}\n"
        for name, (family, style, weights) in FACES.items()
        for letters, codes in RANGES.items()
    )


@cache
def _spans() -> list[tuple[int, int, str]]:
    """Return the first and the last code point of each range, with the name of its letters."""
    spans = []
    for letters, codes in RANGES.items():
        for code in codes.split():
            first, _dash, last = code.partition("-")
            spans.append((int(first, 16), int(last or first, 16), letters))
    return spans


@lru_cache(2000)
def letters_of(character: str) -> str:
    """Return the name in RANGES of the letters that a character belongs to, or an empty string."""
    code = ord(character)
    return next((letters for first, last, letters in _spans() if first <= code <= last), "")
