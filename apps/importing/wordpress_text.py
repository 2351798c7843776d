"""Convert what WordPress expands when it renders a post: shortcodes, and empty lines between paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from django.utils.translation import gettext as _

from apps.markdown.conversion import from_html, html_preparation

from . import wordpress_blocks
from .report import ExportedPost, Subject
from .wordpress_shortcodes import KNOWN, Shortcodes

if TYPE_CHECKING:
    from .wordpress import Attachment

_CONTAINERS = ["div", "blockquote", "section", "article", "aside", "center"]
_UNTOUCHED = ("pre", "textarea", "code")
_LINE_ELEMENTS = ["p", "address", "li", "dd", "td", "th"]
_ANY_SHORTCODE = re.compile(r"(?<!\[)\[(?P<end>/?)(?P<name>[a-z][a-z0-9_-]{2,40})(?P<given>[\s=/][^\[\]]*)?\](?!\])")
_ARGUMENT = re.compile(r"\w=|(?:https?:)?//|[\"“”″]|\A\s*[\w-]*\d[\w-]*\s*\Z")


def soup(
    post: ExportedPost,
    attachments: dict[str, Attachment],
    *,
    uploads: Sequence[Attachment] = (),
    reusable: Mapping[str, str] = MappingProxyType({}),
    footnotes: str = "",
) -> BeautifulSoup:
    """Return a post's body as parsed HTML. Unknown shortcodes stay in the text, with a warning.

    `uploads` are the files that were uploaded to the post, `reusable` the texts of reusable blocks by id, `footnotes`
    is the custom field of that name.
    """
    html = wordpress_blocks.insert_reused(post.html.replace("\r\n", "\n"), post, reusable)
    parsed = from_html.parse_html(Shortcodes(post, attachments, list(uploads)).replace(html))
    _warn_of_unknown(parsed, post)
    # The block editor writes paragraphs; texts of older editors have only lines.
    if wordpress_blocks.EDITOR not in post.html:
        paragraphs(parsed)
    wordpress_blocks.replace_dynamic(parsed, post)
    wordpress_blocks.insert_footnotes(parsed, post, footnotes)
    for comment in parsed(string=lambda one: isinstance(one, Comment)):
        if comment.strip() == "nextpage":
            comment.replace_with(parsed.new_tag("hr"))
        else:
            comment.extract()
    return parsed


def _warn_of_unknown(parsed: BeautifulSoup, post: ExportedPost) -> None:
    """Warn of unknown shortcodes, and unescape `[[name]]` to `[name]`."""
    names: set[str] = set()
    for text in parsed(string=re.compile(r"\[")):
        if text.find_parent(["pre", "code"]) is None:
            names |= {one["name"] for one in _ANY_SHORTCODE.finditer(text) if _is_shortcode(one, text)}
            text.replace_with(type(text)(re.sub(r"\[(\[[^\[\]]+\])\]", r"\1", text)))
    for name in sorted(names):
        message = _("the shortcode %s is not known; it is left in the text as it is")
        post.warn(message % name, Subject.CONTENT)


def _is_shortcode(found: re.Match, text: str) -> bool:
    """Return whether brackets are a shortcode and no plain words: by their arguments, or since they stand alone."""
    if found["end"] or found["name"] in KNOWN:
        return True
    given = found["given"] or ""
    if given.strip(" /"):
        return _ARGUMENT.search(given) is not None
    line = text[text.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
    return "_" in found["name"] or "-" in found["name"] or line.strip() == found[0]


def paragraphs(parsed: BeautifulSoup) -> BeautifulSoup:
    """Convert empty lines to paragraphs and single newlines to line breaks, as WordPress does. Modifies `parsed`."""
    for container in [*parsed(_CONTAINERS), parsed]:
        if container.find_parent(list(_UNTOUCHED)) is None:
            _wrap_paragraphs(parsed, container)
    for text in parsed(string=re.compile("\n")):
        if type(text) is NavigableString and _has_lines(text):
            _break_lines(parsed, text)
    return parsed


def _has_lines(text: NavigableString) -> bool:
    holder = text.find_parent([*_UNTOUCHED, *_LINE_ELEMENTS])
    return holder is not None and holder.name in _LINE_ELEMENTS


def _wrap_paragraphs(parsed: BeautifulSoup, container: Tag) -> None:
    runs: list[list] = [[]]
    for child in list(container.contents):
        if _is_block(child):
            runs += [[child], []]
        elif type(child) is NavigableString:
            first, *others = re.split(r"\n\s*\n", child)
            runs[-1].append(NavigableString(first))
            runs += [[NavigableString(other)] for other in others]
        else:
            runs[-1].append(child)
    is_one = container is not parsed and sum(_has_content(run) for run in runs) <= 1
    container.clear()
    for run in runs:
        if is_one or not _has_content(run) or _is_block(run[0]):
            container.extend(run)
            continue
        paragraph = parsed.new_tag("p")
        paragraph.extend(run)
        container.append(paragraph)


def _is_block(child: object) -> bool:
    return isinstance(child, Tag) and (child.name in html_preparation.BLOCKS or child.name in ("pre", "textarea"))


def _has_content(run: list) -> bool:
    return any(isinstance(one, Tag) or (type(one) is NavigableString and one.strip()) for one in run)


def _break_lines(parsed: BeautifulSoup, text: NavigableString) -> None:
    """Convert the newlines of a text to line breaks, except those next to blocks and other breaks."""
    lines = str(text).split("\n")
    if not lines[0].strip() and not _is_inline(text.previous_sibling):
        lines = lines[1:]
    if lines and not lines[-1].strip() and not _is_inline(text.next_sibling):
        lines = lines[:-1]
    parts: list = [NavigableString(lines[0])] if lines else []
    for line in lines[1:]:
        parts += [parsed.new_tag("br"), NavigableString(line)]
    text.replace_with(*parts)


def _is_inline(one: object) -> bool:
    return isinstance(one, Tag) and one.name != "br" and not _is_block(one)
