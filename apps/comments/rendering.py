"""Renders the Markdown of comments to safe HTML, once, when they are written.

Emphasis, code, quotes, lists, links and strikethrough; no headings, images or tables, and HTML is shown as it was
typed. A newline becomes `<br>`. Links get `rel="nofollow ugc noopener"`.
"""

from __future__ import annotations

import re

import nh3
from markdown_it import MarkdownIt

_TAGS = {"p", "br", "em", "strong", "s", "a", "code", "pre", "blockquote", "ul", "ol", "li"}
_DISABLED_RULES = ["heading", "lheading", "hr", "html_block", "reference", "html_inline", "image"]
_PARSER = (
    MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 12})
    .enable("strikethrough")
    .disable(_DISABLED_RULES)
)

_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINK = re.compile(r"<a\b")


def render(source: str) -> str:
    """Return the sanitised HTML of a comment's Markdown."""
    raw = _PARSER.render(_CONTROL_CHARACTERS.sub("\ufffd", source))
    return nh3.clean(
        raw,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )


def has_links(html: str) -> bool:
    """Return whether a comment's HTML has a link."""
    return bool(_LINK.search(html))
