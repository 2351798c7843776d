"""The HTML of the site's own images, with sources of several formats and sizes, and with dimensions."""

from __future__ import annotations

from django.utils.html import escape

from apps.media.names import Picture

COLUMN_WIDTH = 720
"""The width of a text column in pixels on most screens, about."""
SIZES = {
    "": "(min-width: 48rem) min(924px, 518px + 10.6vw), calc(100vw - 2rem)",
    "wide": "(min-width: 60rem) min(1260px, 706px + 14.4vw), (min-width: 48rem) 640px, calc(100vw - 2rem)",
    "full": "calc(100vw - 2rem)",
    "tile": "(min-width: 60rem) min(420px, 230px + 4.7vw), 45vw",
}
"""The classes of pictures, and how wide the stylesheet shows each: its text is 33rem wide, and a rem grows with the window."""


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
    kind = chosen.get("class", "")
    # A picture of the text is never shown larger than it is; the others fill their place.
    is_small = not kind and width < COLUMN_WIDTH
    sizes = f"(min-width: {width + 32}px) {width}px, calc(100vw - 2rem)" if is_small else SIZES[kind]
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
