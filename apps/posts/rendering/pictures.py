"""The site's own images in a text: in the format and the size that a browser needs, and in their place from the start."""

from __future__ import annotations

from django.utils.html import escape

from apps.media.names import Picture

COLUMN = 720
"""Pixels that a text is wide at most, roundly: a picture is shown no wider."""


def responsive(picture: Picture, attributes: dict[str, str], *, is_within: bool) -> str:
    """Return the HTML of an `img` with these attributes that shows an image of ours.

    Where the text has a `picture` of its own around it (`is_within`), what is in that stays its author's choice.
    """
    chosen = {name: value for name, value in attributes.items() if name not in ("src", "srcset", "sizes")}
    width, height = _size(picture, chosen)
    chosen |= {"src": picture.address, "width": str(width), "height": str(height)}
    image = _tag("img", chosen)
    if is_within:
        return image
    shown = min(width, COLUMN)
    sizes = f"(min-width: {shown}px) {shown}px, 100vw"
    sources = (_tag("source", {"type": kind, "srcset": srcset, "sizes": sizes}) for kind, srcset in picture.sources)
    return f"<picture>{''.join(sources)}{image}</picture>"


def _size(picture: Picture, given: dict[str, str]) -> tuple[int, int]:
    """Return width and height as given; a side that is not follows from the other, or is the picture's own."""
    width, height = int(given.get("width") or 0), int(given.get("height") or 0)
    if width and not height:
        height = max(1, round(picture.height * width / picture.width))
    elif height and not width:
        width = max(1, round(picture.width * height / picture.height))
    return (width, height) if width else (picture.width, picture.height)


def _tag(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in attributes.items()) + ">"
