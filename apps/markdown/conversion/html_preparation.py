"""Reduce HTML to what the converter to Markdown handles: addresses replaced, old elements renamed, embeds as links."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from bs4 import BeautifulSoup, NavigableString, Tag

from apps.markdown.rendering import markup

from . import html_embeds

BLOCKS = frozenset(
    """address article aside audio blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3
    h4 h5 h6 header hr iframe li main nav object ol p pre section summary table tbody td tfoot th thead tr ul
    video x-note-text""".split()
)
"""Block-level elements, which cannot be inside a paragraph."""

Resolve = Callable[[str], str | None]
"""Returns the replacement of an address, or None to leave it."""

_URL_ATTRIBUTES = ("href", "src", "poster", "cite", "data")
_HTML_ONLY = frozenset("abbr bdi bdo cite data dfn ins kbd mark q rp rt ruby samp small sub sup time u var".split())
_RENAMED = {"strike": "s", "tt": "code", "acronym": "abbr", "b": "strong", "i": "em", "xmp": "pre", "big": "span"}
_DROPPED = ["script", "style", "noscript", "template", "head", "meta", "link", "title"]
_MANY_SPACES = re.compile(r"[ \t]{2,}")
ADDRESS_ALONE = re.compile(r"https?://\S+")


def prepare(soup: BeautifulSoup, resolve: Resolve) -> None:
    """Reduce HTML in place to elements that the converter handles, with addresses replaced by `resolve`."""
    html_embeds.replace(soup)
    for element in soup(_DROPPED):
        element.decompose()
    for name, other in _RENAMED.items():
        for element in soup(name):
            element.name = other
    for pre in soup("pre"):
        for element in pre("br"):
            element.replace_with("\n")
    for element in soup(True):
        for name in _URL_ATTRIBUTES:
            if address := element.get(name):
                address = str(address).strip()
                element[name] = resolve(address) or address
        if "srcset" in element.attrs:
            del element["srcset"]  # Its renditions are on the old site.
    for text in soup(string=_MANY_SPACES):
        if type(text) is NavigableString and text.find_parent("pre") is None:
            text.replace_with(_MANY_SPACES.sub(" ", text))
    for text in soup(string=ADDRESS_ALONE):
        if _is_address_alone(text):
            text.replace_with(html_embeds.new_link(soup, text.strip()))
    _tell_lists_apart(soup)
    _mark_link_targets(soup)
    # Renamed, because markdownify converts some of these elements differently.
    for element in soup(list(_HTML_ONLY)):
        element.name = f"x-keep-{element.name}"


def _is_address_alone(text: NavigableString) -> bool:
    if type(text) is not NavigableString or not ADDRESS_ALONE.fullmatch(text.strip()):
        return False
    return text.find_parent(["a", "pre", "code"]) is None and not _has_inline_beside(text)


def _has_inline_beside(text: NavigableString) -> bool:
    beside = [text.previous_sibling, text.next_sibling]
    return any(isinstance(one, Tag) and one.name not in BLOCKS and one.name != "br" for one in beside)


def _tell_lists_apart(soup: BeautifulSoup) -> None:
    """Mark every second of lists that follow each other directly: with the same signs they would be one list."""
    for element in soup(["ul", "ol"]):
        before = element.find_previous_sibling(lambda one: isinstance(one, Tag))
        between = element.previous_sibling
        while between is not None and between is not before and not str(between).strip():
            between = between.previous_sibling
        if before is not None and between is before and before.name == element.name and not before.get("x-other"):
            element["x-other"] = "1"


def _mark_link_targets(soup: BeautifulSoup) -> None:
    """Insert a marker with the id of each element that a link within the text points to."""
    linked_names = {unquote(str(link["href"])[1:]) for link in soup("a", href=re.compile("^#."))}
    targets = {str(one["name"]): one for one in reversed(soup("a", attrs={"name": True}))}
    targets |= {str(one["id"]): one for one in reversed(soup(id=True))}
    for name in linked_names:
        if target := targets.get(name):
            marker = soup.new_tag("x-target", id=name)
            if target.name in ("a", "p", "span", "li", "div", "td", *markup.HEADINGS):
                target.insert(0, marker)
            else:
                target.insert_before(marker)
            target.attrs.pop("id", None)
