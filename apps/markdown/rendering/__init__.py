"""Renders Markdown to safe HTML when a post is saved.

Markdown is CommonMark with tables, strikethrough, task lists, footnotes, definition lists, admonitions
(`!!! note` and `> [!NOTE]`), highlighted code, pictures with a size (`![alt](address){width=600 height=400}`) and
figures: a picture that is a paragraph of its own has its title as a caption. Bare addresses are links; a line that is only
the address of something on a site of `embeds.EMBEDS` is a card for it. Raw HTML is allowed.

`markup` balances and completes the parser's HTML (anchors, table of contents, `rel`, lazy images, sizes and formats of
the site's own images, tables that scroll). nh3 sanitises it as the last step; nothing changes the HTML afterwards.

`typesetting` sets quotation marks, dashes and spaces as the language of the text has them.

Headings begin at h2, because the page's h1 is the title. If a text has an h1, all its headings move down one level.
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

VERSION = "7"
"""The version of the output. Increase it when the same Markdown gives other HTML; `manage.py rerender` then renders the
posts again. The upgrade of a library needs a new version only if a test of the output fails."""

# Characters that HTML and XML (feeds) do not allow: control characters, lone surrogates, noncharacters.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

plain_text = text.plain_text


@dataclass(frozen=True)
class Rendered:
    """The result of rendering a body."""

    html: str
    """The sanitised HTML of the text."""
    toc_html: str
    """The table of contents, a nested list of links; empty for fewer than `markup.TOC_MINIMUM` sections."""
    excerpt: str
    """The beginning of the prose as plain text, at most 281 characters."""
    word_count: int
    """The number of words. Two Chinese or Japanese characters count as one."""
    lead_image: str
    """The address of the first image, or an empty string."""


def render(source: str, pictures: Mapping[str, Picture] = MappingProxyType({}), language: str = "") -> Rendered:
    """Render Markdown. `pictures` are the site's own images in it, by digest.

    With a `language`, quotation marks, dashes and spaces are set as it has them (`apps.markdown.typography`); otherwise as typed.

    Raises TooComplex for a text that exceeds `limits`, and no other exception.
    """
    try:
        raw = markdown.to_html(_NOT_TEXT.sub("\ufffd", source), language)
        html, toc_html = markup.finish(raw, pictures)
    except RecursionError:
        raise TooComplex(limits.too_nested()) from None
    words = text.read(html)
    return Rendered(html, toc_html, words.excerpt(), words.count(), words.image)
