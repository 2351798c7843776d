"""The HTML of the site's own images, with sources of several formats and sizes, and with dimensions."""

from __future__ import annotations

from django.utils.html import escape

from apps.media.names import Picture

COLUMN_WIDTH = 720
"""The maximal width of a text column in pixels, about; images are shown no wider."""
WIDTHS = {"wide": 1080, "full": 1600}
"""The classes of pictures that are wider than the text, and how wide they are shown at most, in pixels, about."""


def responsive(picture: Picture, attributes: dict[str, str], *, is_within: bool) -> str:
    """Return the HTML of an `img` with these attributes for one of the site's own images, in a `picture` with sources.

    If the `img` is inside a `picture` of the text (`is_within`), the sources are the author's, and none are added.
    """
    chosen = {name: value for name, value in attributes.items() if name not in ("src", "srcset", "sizes")}
    width, height = _size(picture, chosen)
    chosen |= {"src": picture.address, "width": str(width), "height": str(height)}
    image = _tag("img", chosen)
    if is_within:
        return image
    shown = min(width, WIDTHS.get(chosen.get("class", ""), COLUMN_WIDTH))
    sizes = f"(min-width: {shown}px) {shown}px, 100vw"
    sources = (_tag("source", {"type": kind, "srcset": srcset, "sizes": sizes}) for kind, srcset in picture.sources)
    return f"<picture>{''.join(sources)}{image}</picture>"


def _size(picture: Picture, given: dict[str, str]) -> tuple[int, int]:
    """Return width and height as given. A missing side follows from the other; without both, they are the picture's."""
    width, height = int(given.get("width") or 0), int(given.get("height") or 0)
    if width and not height:
        height = max(1, round(picture.height * width / picture.width))
    elif height and not width:
        width = max(1, round(picture.width * height / picture.height))
    return (width, height) if width else (picture.width, picture.height)


def _tag(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in attributes.items()) + ">"
