"""The image that other sites show beside a link to a post without a picture: its title, on the site's paper.

It is drawn when it is asked for, by the role that serves the pages, which may write nothing; the page cache keeps it like
a page. The bundled typefaces have no letters for Arabic, Hebrew, Chinese, Japanese and Korean, among others: a title that
needs them is left out, and the image shows the name of the site alone.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache, lru_cache

from django.http import HttpResponse

from apps.markdown import typography
from apps.posts.models import Post
from apps.site import colours
from apps.site.models import Site

from .typefaces import FOLDER, letters_of

WIDTH, HEIGHT = 1200, 630
"""The size in pixels that the large sites ask for."""
_MARGIN = 80
_PAPER, _INK = colours.LIGHT_PAPERS[0], "#1c1915"
_SIZES = (124, 108, 92, 80, 70, 60, 52, 46, 40)
_SPACING = 1.14
_TITLE_HEIGHT = 360
_WEIGHT = 650
_COLOURS = 32
"""Letters have few shades: a palette makes the file a third as large."""


def response(post: Post, site: Site) -> HttpResponse:
    """Return the image of a post, with the quotation marks of its language, on the site's colours."""
    title = post.title
    if post.typography:
        title = typography.typeset_text(title, post.language or site.language)
    accent = colours.accent(site.accent or colours.PRESETS[0]).light
    return HttpResponse(draw(title, site.name, accent), content_type="image/png")


@lru_cache(64)
def draw(title: str, site_name: str, accent: str = colours.PRESETS[0]) -> bytes:
    """Return a PNG with a title, or only with the name of the site if there are no letters for the title."""
    from PIL import Image, ImageDraw  # Few processes draw one.

    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((0, HEIGHT - 18, WIDTH, HEIGHT), fill=accent)
    shown_name = site_name if _is_covered(site_name) else ""
    if title and _is_covered(title):
        drawing.rectangle((_MARGIN, 132, WIDTH - _MARGIN, 136), fill=_INK)
        drawing.rectangle((_MARGIN, 140, WIDTH - _MARGIN, 141), fill=_INK)
        _write(drawing, [shown_name[:40]], 44, 68)
        size, lines = _fitted(title)
        _write(drawing, lines, size, 190)
    else:
        size, lines = _fitted(shown_name) if shown_name else (_SIZES[0], [])
        _write(drawing, lines, size, (HEIGHT - len(lines) * size * _SPACING) // 2)
    data = io.BytesIO()
    image.quantize(_COLOURS).save(data, "PNG", optimize=True)
    return data.getvalue()


def _write(drawing, lines: Sequence[str], size: int, top: float) -> None:
    for number, line in enumerate(lines):
        position, baseline = float(_MARGIN), top + size * (0.95 + number * _SPACING)
        for letters, run in _runs(line):
            drawing.text((position, baseline), run, fill=_INK, font=_font(letters, size), anchor="ls")
            position += _font(letters, size).getlength(run)


def _fitted(text: str) -> tuple[int, list[str]]:
    """Return the largest size at which a text fits, and its lines. What is too long at the smallest is cut."""
    for size in _SIZES:
        lines = _wrapped(text, size)
        if len(lines) * size * _SPACING <= _TITLE_HEIGHT:
            return size, lines
    *kept, last = lines[: int(_TITLE_HEIGHT / (size * _SPACING))]
    while _length(f"{last}…", size) > WIDTH - 2 * _MARGIN:
        last = last[:-1]
    return size, [*kept, f"{last.rstrip(' ,;:.')}…"]


def _wrapped(text: str, size: int) -> list[str]:
    """Return the lines of a text, of about equal length: no more of them than the width needs."""
    room = WIDTH - 2 * _MARGIN
    lines = _filled(text, size, room)
    # The narrowest column that needs as many lines leaves no word alone on the last one.
    for narrower in range(room - 40, room // 2, -40):
        candidate = _filled(text, size, narrower)
        if len(candidate) > len(lines):
            break
        lines = candidate
    return lines


def _filled(text: str, size: int, room: float) -> list[str]:
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _length(longer, size) <= room:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:  # A word that is wider than the image is divided.
            if _length(lines[-1] + letter, size) > WIDTH - 2 * _MARGIN:
                lines.append("")
            lines[-1] += letter
    return lines


def _length(text: str, size: int) -> float:
    return sum(_font(letters, size).getlength(run) for letters, run in _runs(text))


def _is_covered(text: str) -> bool:
    return all(character.isspace() or letters_of(character) for character in text)


def _runs(text: str) -> list[tuple[str, str]]:
    """Return a text in parts that one file has all letters of, each with the name of the letters."""
    runs: list[tuple[str, str]] = []
    for character in text:
        letters = letters_of(character) or "latin"
        if runs and runs[-1][0] == letters:
            runs[-1] = (letters, runs[-1][1] + character)
        else:
            runs.append((letters, character))
    return runs


@cache
def _font(letters: str, size: int):
    from PIL import ImageFont

    font = ImageFont.truetype(FOLDER / f"headline-{letters}.woff2", size)
    font.set_variation_by_axes([_WEIGHT])
    return font
