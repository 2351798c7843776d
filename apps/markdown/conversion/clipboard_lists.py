"""Lists on the clipboard: Word's paragraphs with bullets, lists beside items instead of in them, and boxes to tick."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, NavigableString, Tag

_LEVEL = re.compile(r"mso-list:\s*(l\d+)\s+level(\d+)", re.IGNORECASE)
_IGNORED = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
_NUMBERED = re.compile(r"\(?(?:\d+|[a-z]{1,4})[.)]", re.IGNORECASE)
# Noncharacters of Unicode, which no text contains.
_EMPTY_BOX, _TICKED_BOX = "\ufdd2", "\ufdd3"
MAX_LEVEL = 9
"""Levels of lists that Word has."""


def convert(soup: BeautifulSoup) -> None:
    """Make lists of what are none, and put lists into the items that they belong to."""
    _convert_word_lists(soup)
    _move_into_items(soup)
    _mark_boxes(soup)


def with_boxes(markdown: str) -> str:
    """Return the Markdown with the boxes that `convert` has marked."""
    text = re.sub(rf"([{_EMPTY_BOX}{_TICKED_BOX}])\s*", r"\1 ", markdown)
    return text.replace(_EMPTY_BOX, "[ ]").replace(_TICKED_BOX, "[x]")


def _convert_word_lists(soup: BeautifulSoup) -> None:
    for paragraph in soup("p", style=_LEVEL):
        if paragraph.parent is None or paragraph.find_parent("li"):
            continue
        run, following = [], paragraph
        while isinstance(following, Tag) and following.name == "p" and _level(following):
            run.append(following)
            following = _next(following)
        _replace_run(soup, run)


def _level(paragraph: Tag) -> int:
    found = _LEVEL.search(str(paragraph.get("style") or ""))
    return min(int(found[2]), MAX_LEVEL) if found else 0


def _next(element: Tag) -> object:
    following = element.next_sibling
    while isinstance(following, NavigableString) and not following.strip():
        following = following.next_sibling
    return following


def _replace_run(soup: BeautifulSoup, run: list[Tag]) -> None:
    """Replace successive paragraphs of lists by nested lists."""
    place = soup.new_tag("div")
    run[0].insert_before(place)
    lists: list[tuple[int, Tag]] = []
    for paragraph in run:
        level, name = _level(paragraph), _kind(paragraph)
        while lists and (lists[-1][0] > level or (lists[-1][0] == level and lists[-1][1].name != name)):
            lists.pop()
        if not lists or lists[-1][0] < level:
            parent = lists[-1][1].contents[-1] if lists else place
            lists.append((level, soup.new_tag(name)))
            parent.append(lists[-1][1])
        item = soup.new_tag("li")
        item.extend(list(paragraph.contents))
        lists[-1][1].append(item)
        paragraph.decompose()
    place.unwrap()


def _kind(paragraph: Tag) -> str:
    """Return the name of the list's element, and take its bullet or number out of the text."""
    mark = paragraph.find(style=_IGNORED)
    if mark is None:
        return "ul"
    text = mark.get_text().strip()
    mark.decompose()
    # Word's bullet of the second level is the letter o.
    return "ol" if _NUMBERED.fullmatch(text) else "ul"


def _move_into_items(soup: BeautifulSoup) -> None:
    for element in soup(["ul", "ol"]):
        if element.parent is None or element.parent.name not in ("ul", "ol"):
            continue
        item = element.find_previous_sibling("li")
        if item is None:
            item = soup.new_tag("li")
            element.insert_before(item)
        item.append(element.extract())


def _mark_boxes(soup: BeautifulSoup) -> None:
    for item in soup("li", attrs={"role": "checkbox"}):
        item.insert(0, _TICKED_BOX if item.get("aria-checked") == "true" else _EMPTY_BOX)
        for image in item("img"):
            image.decompose()
    for box in soup("input", type="checkbox"):
        if box.find_parent("li"):
            box.replace_with(_TICKED_BOX if box.has_attr("checked") else _EMPTY_BOX)
    for item in soup("li"):
        text = item.find(string=lambda words: bool(words.strip()))
        if text and (found := re.match(r"\s*\[([ xX])\]\s+", text)):
            box = _EMPTY_BOX if found[1] == " " else _TICKED_BOX
            text.replace_with(NavigableString(box + text[found.end() :]))
