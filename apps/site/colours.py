"""The accent colour of the site: readable on the paper of both colour schemes, whatever colour was chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

HEX = re.compile("#[0-9a-f]{6}")
ENOUGH = 4.5
"""The contrast of text that WCAG asks for (1.4.3)."""

PRESETS = ("#8c1d18", "#9a3412", "#7a5200", "#2f6a2a", "#0f6466", "#1d4f7c", "#4c3a9c", "#8a2360", "#44403a")
"""Colours to choose from; the first is the stylesheet's own."""

LIGHT_PAPERS = ("#fbf9f4", "#f3efe5")
DARK_PAPERS = ("#171512", "#211e1a")
"""`--paper` and `--paper-raised` of broadsheet.css in both schemes; a test compares them."""

Rgb = tuple[float, float, float]


class Accent(NamedTuple):
    """The colours that are used for a chosen one."""

    light: str
    """On light paper."""
    dark: str
    """On dark paper."""


@lru_cache(64)
def accent(chosen: str) -> Accent:
    """Return what is used for a colour `#rrggbb`: itself or, where it could not be read, a darker or lighter one."""
    return Accent(_readable(chosen, "#000000", LIGHT_PAPERS), _readable(chosen, "#ffffff", DARK_PAPERS))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    darker, lighter = sorted((_luminance(_parse(one)), _luminance(_parse(other))))
    return (lighter + 0.05) / (darker + 0.05)


def contrasts(chosen: str) -> Accent:
    """Return the contrasts of a colour itself with light and with dark paper, as texts such as `4.6`."""
    return Accent(
        *(f"{min(contrast(chosen, paper) for paper in papers):.1f}" for papers in (LIGHT_PAPERS, DARK_PAPERS))
    )


def _readable(chosen: str, towards: str, papers: tuple[str, ...]) -> str:
    return next(
        colour for colour in _mixed(chosen, towards) if all(contrast(colour, paper) >= ENOUGH for paper in papers)
    )


def _mixed(chosen: str, towards: str) -> Iterator[str]:
    """Yield the colour, mixed with more and more of another one."""
    start, end = _parse(chosen), _parse(towards)
    for step in range(51):
        mixed = [a + (b - a) * step / 50 for a, b in zip(start, end, strict=True)]
        yield "#" + "".join(f"{round(255 * value):02x}" for value in mixed)


def _parse(colour: str) -> Rgb:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
