"""Footnotes on the clipboard: those of Word, LibreOffice and Google Docs become ours."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag

_REFERENCE = re.compile(r"^#(?:_(?:ftn|edn)|sdfootnote|sdendnote|ftnt)(\d+)(?:sym)?$")
_NOTE = re.compile(r"^#(?:_(?:ftn|edn)ref|sdfootnote|sdendnote|ftnt_ref)(\d+)(?:anc)?$")


def convert(soup: BeautifulSoup) -> None:
    """Replace the marks of footnotes that have a text, and mark these texts, for the converter."""
    texts = _texts(soup)
    for link in soup("a", href=_REFERENCE):
        number = _REFERENCE.match(str(link["href"]))[1]
        if number in texts:
            raised = link.find_parent("sup")
            (raised or link).replace_with(soup.new_tag("x-note", id=number))
    for number, block in texts.items():
        block.name = "x-note-text"
        block.attrs = {"id": number}
        _take_out_rule(block)


def _texts(soup: BeautifulSoup) -> dict[str, Tag]:
    """Return the texts of footnotes by their numbers, without the links back to their marks."""
    texts: dict[str, Tag] = {}
    seen: set[int] = set()
    for link in soup("a", href=_NOTE):
        number = _NOTE.match(str(link["href"]))[1]
        block = link.find_parent("div") or link.find_parent("p")
        if block is None or number in texts or id(block) in seen:
            continue
        seen.add(id(block))
        if block.find("a", href=_REFERENCE):
            continue
        texts[number] = block
        (link.find_parent("sup") or link).decompose()
    return texts


def _take_out_rule(block: Tag) -> None:
    """Leave out the line that the program draws above its footnotes."""
    rule = block.find_previous_sibling()
    if rule is not None and rule.name == "hr":
        rule.decompose()
