"""Markdown to safe HTML, once, at write.

Markdown is CommonMark with tables, strikethrough, task lists, footnotes, definition lists, admonitions
(`!!! note` and `> [!NOTE]`), highlighted code, pictures with a size (`![alt](address){width=600 height=400}`) and, where
a picture is a paragraph of its own, with its title as a caption. Raw HTML is allowed. What comes out of the parser is balanced and
completed (`markup`: anchors, table of contents, `rel`, lazy images, sizes and formats of the site's own images, tables that scroll), and then sanitised by nh3, as
the last step: nothing touches the HTML after it.

The body's headings begin at h2, for the title is the page's h1: a text that has an h1 moves all its headings down
by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from apps.media.names import Picture

from . import limits, markdown, markup, text
from .limits import TooComplex

__all__ = ["VERSION", "Rendered", "TooComplex", "plain_text", "render"]

VERSION = "4"
"""Raised by hand when the same Markdown would give other HTML (`manage.py rerender` then makes it anew). The upgrade
of a library is such a change only where a test of the output says so."""

# What neither HTML nor XML (the feeds) may hold: control characters, lone surrogates, noncharacters.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

plain_text = text.plain_text


@dataclass(frozen=True)
class Rendered:
    """What is made of a body."""

    html: str
    """The text, sanitised."""
    toc_html: str
    """A nested list of links to its sections, or nothing where they are too few to need one."""
    excerpt: str
    """The beginning of its prose, at most 281 characters of plain text."""
    word_count: int
    """Its words; two Chinese or Japanese characters count as one."""
    lead_image: str
    """The address of its first image, or nothing."""


def render(source: str, pictures: Mapping[str, Picture] = MappingProxyType({})) -> Rendered:
    """Render Markdown. `pictures` are what is known of the site's own images, by their digests.

    Raises TooComplex for what would take more work than a post may, and nothing else.
    """
    try:
        raw = markdown.to_html(_NOT_TEXT.sub("\ufffd", source))
        html, toc_html = markup.finish(raw, pictures)
    except RecursionError:
        raise TooComplex(limits.too_nested()) from None
    words = text.read(html)
    return Rendered(html, toc_html, words.excerpt(), words.count(), words.image)
