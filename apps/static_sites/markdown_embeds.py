"""Replace embedded content of other sites in Markdown by links, and tell which HTML this blog does not show."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from html import unescape

from django.utils.translation import gettext as _

from apps.importing.problems import Warn
from apps.markdown.conversion.embeds import player_address

from . import code_in_markdown

_EMBEDDING = ("iframe", "embed", "object", "script", "frame")
_DROPPED = ("script", "style")
_NOT_SHOWN = ("form", "button", "select", "svg", "canvas", "math", "applet", "map", "dialog", "link")
_ELEMENT = re.compile(rf"<({'|'.join([*_EMBEDDING, 'style', *_NOT_SHOWN])})\b([^<>]*)>", re.IGNORECASE)
_END = re.compile(rf"</({'|'.join([*_EMBEDDING, 'style'])})\s*>", re.IGNORECASE)
_INNER_ADDRESS = re.compile(r"<(?:embed|param|iframe)\b[^<>]*>", re.IGNORECASE)


def picture(source: str, *, alt: str = "", caption: str = "", link: str = "") -> str:
    """Return the Markdown of a picture, with its caption in italics below it."""
    image = f"![{alt or caption}]({f'<{source}>' if ' ' in source else source})"
    image = f"[{image}]({link})" if link else image
    if not caption:
        return image
    # Emphasis cannot be nested in itself.
    return f"{image}\n\n{caption if re.search(r'[*_]', caption) else f'*{caption}*'}"


def replace_html(text: str, line_of: Callable[[str], int], warn: Warn) -> str:
    """Return the Markdown (its code masked) with frames and scripts of known services as links, and tell the rest.

    `line_of` returns the line of the file where a piece of the text is.
    """
    ends: dict[str, list[re.Match]] = {}
    for end in _END.finditer(text):
        ends.setdefault(end[1].lower(), []).append(end)
    shown = code_in_markdown.html_blocks(text) if _ELEMENT.search(text) else []
    parts, position = [], 0
    for found in _ELEMENT.finditer(text):
        if found.start() < position:
            continue
        name = found[1].lower()
        end = found.end()
        closings = ends.get(name, [])
        following = bisect_left(closings, end, key=re.Match.start)
        inner = ""
        if following < len(closings):
            inner, end = text[end : closings[following].start()], closings[following].end()
        line = line_of(found[0])
        if name in _NOT_SHOWN:
            warn(line, _("<%s> is not shown here; only its text stays") % name)
            continue
        address = _address(name, found[2], inner)
        if address is None:
            warn(line, _left_out(name, found[2]))
        parts += [text[position : found.start()], _link(text, address, found.start(), end, shown) if address else ""]
        position = end
    return "".join([*parts, text[position:]])


def _address(name: str, attributes: str, inner: str) -> str | None:
    """Return the address that an element becomes a link to, or None."""
    inside = [found[0] for found in _INNER_ADDRESS.finditer(inner)] if name == "object" else []
    candidates = [attribute(tag, key) for tag in (attributes, *inside) for key in ("src", "data", "data-src", "value")]
    address = next((one for one in candidates if re.match(r"https?:|/|\.|\w[\w./-]*$", one)), "")
    known = player_address(address)
    if known or name in _DROPPED or not address:
        return known
    return f"https:{address}" if address.startswith("//") else address


def _left_out(name: str, attributes: str) -> str:
    source = attribute(attributes, "src")
    return (
        _("<%(name)s> is left out: %(source)s") % {"name": name, "source": source}
        if source
        else _("<%s> is left out") % name
    )


def _link(text: str, address: str, start: int, end: int, blocks: list[code_in_markdown.Range]) -> str:
    place = bisect_right(blocks, start, key=lambda block: block[0]) - 1
    first, last = blocks[place] if place >= 0 else (0, 0)
    # Within other HTML, Markdown is not read.
    if start < last and (text.find("<", first, start) >= 0 or text.find("<", end, last) >= 0):
        return f'<a href="{address}">{address}</a>'
    return f"<{address}>" if address.startswith("http") else f"[{address}]({address})"


def attribute(tag: str, name: str) -> str:
    """Return the value of an attribute in the text of a tag, or an empty text."""
    found = re.search(rf"(?<![\w-]){name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", tag, re.IGNORECASE)
    return unescape(next(value for value in found.groups() if value is not None)).strip() if found else ""
