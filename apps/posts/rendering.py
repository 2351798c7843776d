"""Markdown to safe HTML, once, at write."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt

VERSION = "1"


class TooComplex(ValueError):
    """The text would take more work to render than a post may."""


@dataclass(frozen=True)
class Rendered:
    """What is made of a body."""

    html: str
    toc_html: str
    excerpt: str
    word_count: int


def render(markdown: str) -> Rendered:
    """Render Markdown. Raises TooComplex."""
    made = nh3.clean(MarkdownIt("commonmark").render(markdown))
    text = plain_text(made)
    return Rendered(made, "", text[:280], len(text.split()))


def plain_text(markup: str) -> str:
    """Return the words of HTML, single-spaced."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())
