"""Convert what word processors and browsers put on the clipboard to Markdown.

They write how a text looks rather than what it is: bold words as a style of a `span`, items of a list as paragraphs with
a bullet. `to_markdown` turns the looks into elements, and `from_html` converts these.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple
from urllib.parse import parse_qs

from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.markdown import rendering
from apps.markdown.rendering.markup import HEADINGS

from . import clipboard_lists, clipboard_notes, from_html, html_embeds, web_addresses
from .html_preparation import BLOCKS

PICTURE = re.compile(r"/pasted-picture-\d+")
"""The address that the editor's script gives a picture whose bytes are on the clipboard: it uploads these itself."""

MAX_TAGS = 20_000
"""Tags of what is pasted at once: the work grows with the square of what stands side by side."""

_CONDITION = re.compile(r"<!\[\s*(?:if|endif)[^\]>]{0,80}\]>", re.IGNORECASE)
_FOREIGN_NAMESPACE = re.compile("^(?:v|w|m):|^xml$")
_OFFICE = re.compile("^(?:o|st1):")
_CONVERTED_SPACE = re.compile("Apple-converted-space")
_INTERCHANGE = re.compile("Apple-interchange-newline")
_TITLES = {"MsoTitle": "h1", "MsoSubtitle": "h2", "MsoQuote": "blockquote", "MsoIntenseQuote": "blockquote"}
_MONOSPACED = re.compile(r"font-family:[^;]{0,200}(?:courier|consolas|menlo|monaco|mono\b|monospace)", re.IGNORECASE)
_LOOKS = (
    ("strong", re.compile(r"(?<!-)font-weight:\s*(?:bold|bolder|[6-9]00)", re.IGNORECASE)),
    ("em", re.compile(r"(?<!-)font-style:\s*(?:italic|oblique)", re.IGNORECASE)),
    ("s", re.compile(r"text-decoration(?:-line)?:[^;]{0,100}line-through", re.IGNORECASE)),
    ("sup", re.compile(r"vertical-align:\s*super", re.IGNORECASE)),
    ("sub", re.compile(r"vertical-align:\s*sub\b", re.IGNORECASE)),
    ("code", _MONOSPACED),
)
_NO_LOOKS = {
    "b": re.compile(r"(?<!-)font-weight:\s*(?:normal|[1-4]00)", re.IGNORECASE),
    "i": re.compile(r"(?<!-)font-style:\s*normal", re.IGNORECASE),
}
_NO_LOOKS |= {"strong": _NO_LOOKS["b"], "em": _NO_LOOKS["i"]}
_HARD_SPACE = re.compile(r"(?<![«\d\xa0])\xa0(?![!?:;»%\xa0])")
_SPACES = re.compile(r"[ \t\r\n]+")
_KEPT_ATTRIBUTES = frozenset(
    "href src alt title width height start colspan rowspan cite datetime checked type id name".split()
)


class Pasted(NamedTuple):
    """The Markdown of a pasted text, and what did not come along as it was, each as a sentence."""

    markdown: str
    notes: list[str]


def to_markdown(html: str) -> Pasted:
    """Return the Markdown of HTML from the clipboard. Raises `rendering.TooComplex`."""
    if html.count("<") > MAX_TAGS:
        raise rendering.TooComplex(_("This is too long to paste at once. Paste it in parts."))
    notes: list[str] = []
    soup = from_html.parse_html(_CONDITION.sub("", _without_comments(html)))
    html_embeds.replace(soup, lambda message: notes.append(f"{message}."))
    _take_out(soup)
    clipboard_notes.convert(soup)
    clipboard_lists.convert(soup)
    _name_looks(soup)
    _tidy_blocks(soup)
    notes += _pictures(soup)
    _tidy_links(soup)
    _tidy_tables(soup)
    _lower_headings(soup)
    _drop_attributes(soup)
    markdown = clipboard_lists.with_boxes(from_html.to_markdown(soup))
    return Pasted(markdown, notes)


def _without_comments(html: str) -> str:
    """Leave out comments, also the conditional ones of Office. What an unclosed one holds stays."""
    first, *rest = html.split("<!--")
    return first + "".join(part.partition("-->")[2] if "-->" in part else part for part in rest)


def _take_out(soup: BeautifulSoup) -> None:
    for element in soup(["style", "title", "meta", "link", "script", _FOREIGN_NAMESPACE]):
        element.decompose()
    for element in soup(_OFFICE):
        element.unwrap()
    for comment in soup(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for space in soup("span", class_=_CONVERTED_SPACE):
        space.replace_with(" ")
    for line in soup("br", class_=_INTERCHANGE):
        line.decompose()
    for text in soup(string=re.compile(r"\s")):
        if text.find_parent("pre") is None:
            text.replace_with(NavigableString(_SPACES.sub(" ", _HARD_SPACE.sub(" ", text))))


def _name_looks(soup: BeautifulSoup) -> None:
    """Give bold, italic, struck and raised words and code their elements, and take away emphasis that shows none."""
    for element in soup(list(_NO_LOOKS)):
        if _NO_LOOKS[element.name].search(_style(element)):
            element.name = "span"
    for element in soup(["span", "font", "a"]):
        style = _style(element)
        if element.name == "font" and not style:
            style = f"font-family:{element.get('face', '')}"
        if not element.get_text().strip() or element.find(BLOCKS):
            continue
        for name, look in _LOOKS:
            if look.search(style) and not _is_within(element, name):
                _wrap_contents(soup, element, name)
    for name, tag in _TITLES.items():
        for element in soup("p", class_=name):
            element.name = tag
    for heading in soup(list(HEADINGS)):
        for element in heading(["strong", "b"]):
            element.unwrap()


def _style(element: Tag) -> str:
    return str(element.get("style") or "")


def _is_within(element: Tag, name: str) -> bool:
    names = {"strong": ["strong", "b", *HEADINGS], "em": ["em", "i"], "s": ["s", "strike", "del"]}
    return element.find_parent([*names.get(name, [name]), "pre", "code"]) is not None


def _wrap_contents(soup: BeautifulSoup, element: Tag, name: str) -> None:
    inner = soup.new_tag(name)
    inner.extend(list(element.contents))
    element.append(inner)


def _tidy_blocks(soup: BeautifulSoup) -> None:
    """Unwrap what only wraps blocks, and leave out empty paragraphs and line breaks between blocks."""
    for element in soup(["b", "strong", "i", "em", "span", "font"]):
        if element.find(BLOCKS):
            element.unwrap()
    for element in soup(["p", "div", *HEADINGS]):
        if not element.get_text().replace("\xa0", " ").strip() and not element(["img", "hr", "table", "x-note"]):
            element.decompose()
    for line in soup("br"):
        if _is_block(_neighbour(line, "previous_sibling")) or _is_block(_neighbour(line, "next_sibling")):
            if isinstance(line.previous_sibling, NavigableString) and not line.previous_sibling.strip():
                line.previous_sibling.extract()
            line.decompose()
    for item in soup(["li", "td", "th"]):
        blocks = [child for child in item.children if isinstance(child, Tag) and child.name in ("p", "div")]
        if len(blocks) == 1:
            blocks[0].unwrap()


def _neighbour(element: Tag, side: str) -> object:
    other = getattr(element, side)
    while isinstance(other, NavigableString) and not other.strip():
        other = getattr(other, side)
    return other


def _is_block(element: object) -> bool:
    return element is None or (isinstance(element, Tag) and element.name in BLOCKS)


def _pictures(soup: BeautifulSoup) -> list[str]:
    """Leave out pictures that no reader could load; return notes about these, and about those of other sites."""
    hosts: Counter[str] = Counter()
    lost = 0
    for image in soup("img"):
        address = str(image.get("src") or "").strip()
        if image.find_parent(attrs={"role": "checkbox"}):
            image.decompose()
        elif PICTURE.fullmatch(address):
            continue
        elif address.startswith(("http://", "https://", "//")):
            hosts[web_addresses.split(address).netloc] += 1
        else:
            lost += 1
            image.decompose()
    notes = [
        ngettext(
            "%(count)s picture stays at %(host)s: readers load it from there.",
            "%(count)s pictures stay at %(host)s: readers load them from there.",
            count,
        )
        % {"count": count, "host": host}
        for host, count in sorted(hosts.items())
    ]
    if lost:
        words = ngettext(
            "%s picture is not on the clipboard: insert it from its file.",
            "%s pictures are not on the clipboard: insert them from their files.",
            lost,
        )
        notes.append(words % lost)
    return notes


def _tidy_links(soup: BeautifulSoup) -> None:
    """Link to where Google's redirect leads; unwrap links to places in the program's own copy of the text."""
    places = {str(one.get("id") or one.get("name")) for one in soup(lambda tag: tag.get("id") or tag.get("name"))}
    for link in soup("a"):
        address = str(link.get("href") or "").strip()
        parts = web_addresses.split(address)
        if parts.netloc == "www.google.com" and parts.path == "/url" and (found := parse_qs(parts.query).get("q")):
            link["href"] = found[0]
        elif not address.startswith(("http://", "https://", "mailto:", "tel:", "/")) and address[1:] not in places:
            link.unwrap()


def _tidy_tables(soup: BeautifulSoup) -> None:
    """Take the first row for the header, as Markdown needs one, of tables that have none."""
    for table in soup("table"):
        row = table.find("tr")
        if row is None or table("th") or table.find_parent("table"):
            continue
        for cell in row("td", recursive=False):
            cell.name = "th"
    for cell in soup(["td", "th"]):
        for emphasis in cell(["strong", "b"]) if cell.name == "th" else ():
            emphasis.unwrap()


def _lower_headings(soup: BeautifulSoup) -> None:
    """Make headings one level lower if one is of the first level, which is the post's title."""
    if soup("h1"):
        for heading in soup(list(HEADINGS)):
            heading.name = f"h{min(6, int(heading.name[1]) + 1)}"


def _drop_attributes(soup: BeautifulSoup) -> None:
    for element in soup(True):
        is_code = element.name in ("pre", "code") or element.find_parent("pre") is not None
        kept = _KEPT_ATTRIBUTES | ({"class", "data-lang"} if is_code else set())
        element.attrs = {name: value for name, value in element.attrs.items() if name in kept}
    for element in soup(["span", "font"]):
        if not element.attrs.get("id") and not element.attrs.get("name"):
            element.unwrap()
    soup.smooth()
