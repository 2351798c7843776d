"""Extracts plain text, an excerpt, the number of words and the first image from sanitised HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

EXCERPT_LENGTH = 280
IMAGE_ADDRESS_LENGTH = 500
VOID = frozenset("area br col embed hr img input link meta param source track wbr".split())

# Inline tags: all others end a word.
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em i ins kbd mark q s samp small span strong sub sup time u var wbr".split()
)
_NOT_TEXT = frozenset(["footnote-ref", "footnote-backref", "anchor"])
_NOT_PROSE_TAGS = frozenset("pre table h1 h2 h3 h4 h5 h6 figcaption summary".split())
_NOT_PROSE_CLASSES = frozenset(["footnotes", "admonition-title", "embed"])

# Han and kana, which are written without spaces.
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Words:
    """The text of an HTML fragment: all of it, and its prose (without headings, tables, code, footnotes and embeds)."""

    everything: str
    prose: str
    image: str
    """The address of the first image, or an empty string."""

    def excerpt(self) -> str:
        """Return the beginning of the prose, cut after a word, with an ellipsis."""
        if len(self.prose) <= EXCERPT_LENGTH:
            return self.prose
        start = self.prose[: EXCERPT_LENGTH + 1]
        # Text without spaces is cut at the limit.
        excerpt = start.rpartition(" ")[0] if " " in start[EXCERPT_LENGTH // 2 :] else start[:EXCERPT_LENGTH]
        return excerpt.rstrip(" ,;:.–—-(") + "…"

    def count(self) -> int:
        """Return the number of words; two Chinese or Japanese characters count as one."""
        spaced, ideographs = _IDEOGRAPH.subn(" ", self.everything)
        return sum(any(map(str.isalnum, word)) for word in spaced.split()) + (ideographs + 1) // 2


def read(html: str) -> Words:
    """Return the text of sanitised HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    prose = " ".join("".join(reader.prose).split())
    return Words(" ".join("".join(reader.everything).split()), prose, reader.image)


def _usable_address(address: str) -> str:
    """Return an image's address if it is an absolute URL or a path of this site, or an empty string."""
    is_path = address.startswith("/") and not address.startswith("//")
    fits = len(address) <= IMAGE_ADDRESS_LENGTH
    return address if fits and (is_path or address.startswith(("https://", "http://"))) else ""


def plain_text(html: str) -> str:
    """Return the text of sanitised HTML with single spaces, for search."""
    return read(html).everything


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.everything: list[str] = []
        self.prose: list[str] = []
        self.image = ""
        self._hidden: list[str] = []
        self._not_prose: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self.handle_data(" ")
        if tag == "img" and not self.image:
            self.image = _usable_address(dict(attrs).get("src") or "")
        if tag in VOID:
            return
        classes = (dict(attrs).get("class") or "").split()
        if self._hidden or _NOT_TEXT.intersection(classes):
            self._hidden.append(tag)
        if self._not_prose or tag in _NOT_PROSE_TAGS or _NOT_PROSE_CLASSES.intersection(classes):
            self._not_prose.append(tag)

    def handle_endtag(self, tag: str) -> None:
        for stack in (self._hidden, self._not_prose):
            if stack and stack[-1] == tag:
                stack.pop()
        if tag not in _INLINE:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.everything.append(data)
            if not self._not_prose:
                self.prose.append(data)
