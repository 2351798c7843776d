"""Compare two pieces of HTML by what a reader sees: words and their emphasis, links, pictures, lists, tables, code.

Left out, because readers do not see it: wrappers (`div`, `span`, `section`), classes and ids, spaces between blocks, the
order of nested emphasis, a `p` within an item of a list or a cell, sections of a table, the language of code, and whether
an address is a link or a card for what it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from urllib.parse import unquote

from bs4 import BeautifulSoup, NavigableString, Tag

Token = tuple
"""A word, a break between blocks, the beginning or the end of an element, or an element without text."""

BREAK = ("break",)

_SYNONYMS = {"b": "strong", "i": "em", "strike": "s", "del": "s", "tt": "code"}
_FORMATS = frozenset("""strong em s code sub sup u ins mark small kbd samp var q cite abbr dfn time""".split())
_NESTED = frozenset("""ul ol li blockquote h1 h2 h3 h4 h5 h6 table tr td th dl dt dd details summary""".split())
_BLOCKS = frozenset(
    """p div section article aside header footer main nav figure figcaption address center caption thead tbody tfoot
    form fieldset hr pre""".split()
)
_ALONE = {"img": "src", "video": "src", "audio": "src", "source": "src", "hr": "", "br": ""}
_SPACES = re.compile(r"(\s+)")


def structure(soup: BeautifulSoup) -> list[Token]:
    """Return the structure of parsed HTML as a list that can be compared."""
    return list(_without_empty(_merge_words(_read(soup, frozenset()))))


def differences(given: BeautifulSoup, made: BeautifulSoup) -> list[str]:
    """Return the differences of two pieces of HTML, each as one line; empty if readers see the same."""
    one, two = structure(given), structure(made)
    if one == two:
        return []
    found = SequenceMatcher(None, one, two, autojunk=False).get_opcodes() if len(one) + len(two) < 4000 else ()
    return [
        f"{_shown(one[start:end])} -> {_shown(two[begin:stop])}"
        for kind, start, end, begin, stop in found
        if kind != "equal"
    ] or ["…"]


def _shown(tokens: list[Token]) -> str:
    return " ".join(str(token) for token in tokens) or "nothing"


def _read(element: Tag, formats: frozenset[str]) -> Iterator[Token]:
    for child in element.children:
        if isinstance(child, Tag):
            yield from _read_element(child, formats)
        elif type(child) is NavigableString:
            yield from _words(child, formats)


def _read_element(element: Tag, formats: frozenset[str]) -> Iterator[Token]:
    name = _SYNONYMS.get(element.name, element.name)
    if "anchor" in element.get("class", []):
        return
    if "embed" in element.get("class", []) and (link := element.find("a")):
        yield from (BREAK, ("word", str(link["href"]), formats), BREAK)
    elif name == "pre":
        text = element.get_text().strip("\n")
        yield ("code", text, _formatted_in_code(element))
    elif name in _ALONE:
        detail = unquote(str(element.get(_ALONE[name]) or "")) if _ALONE[name] else ""
        yield (name, detail, _alt(element, name))
        yield from _read(element, formats)
    elif name in _NESTED:
        detail = str(element.get("start", "1")) if name == "ol" else ""
        yield ("begin", name, detail)
        yield from _read(element, formats)
        yield ("end", name)
    elif name in _BLOCKS:
        yield BREAK
        yield from _read(element, formats)
        yield BREAK
    else:
        yield from _read(element, formats | _format_of(element, name))


def _format_of(element: Tag, name: str) -> frozenset[str]:
    if name == "a" and element.get("href"):
        address = unquote(str(element["href"]))
        return frozenset() if unquote(element.get_text()) == address else frozenset([f"a {address}"])
    return frozenset([name]) if name in _FORMATS else frozenset()


def _formatted_in_code(element: Tag) -> tuple[str, ...]:
    names = [_SYNONYMS.get(one.name, one.name) for one in element(True)]
    return tuple(name for name in names if name in _FORMATS - {"code"} or name in ("a", "img"))


def _alt(element: Tag, name: str) -> str:
    return " ".join(str(element.get("alt") or "").split()) if name == "img" else ""


def _words(text: str, formats: frozenset[str]) -> Iterator[Token]:
    for part in _SPACES.split(text):
        if part:
            yield ("space",) if part.isspace() else ("word", part, formats)


def _merge_words(tokens: Iterator[Token]) -> Iterator[Token]:
    """Join words without a space between them that look alike; mark those that are joined to a word that does not."""
    last: Token | None = None
    for token in tokens:
        if token[0] == "word" and last is not None:
            if last[2] == token[2]:
                last = ("word", last[1] + token[1], token[2], *last[3:])
            else:
                yield last
                last = (*token, "joined")
            continue
        if last is not None:
            yield last
            last = None
        if token[0] == "word":
            last = token
        elif token[0] != "space":
            yield token
    if last is not None:
        yield last


def _without_empty(tokens: Iterator[Token]) -> Iterator[Token]:
    """Leave out repeated breaks, breaks and line breaks at the edges of blocks, and elements without content."""
    kept: list[Token] = []
    for token in tokens:
        if token[0] in _BREAKING:
            while kept and (kept[-1][0] == "br" or (kept[-1] == BREAK and token != BREAK)):
                kept.pop()
        begins_block = not kept or kept[-1][0] in _BREAKING
        if begins_block and (token == BREAK or token[0] == "br"):
            continue
        if token[0] == "end" and kept and kept[-1][:2] == ("begin", token[1]) and token[1] not in ("td", "th"):
            kept.pop()
        else:
            kept.append(token)
    while kept and (kept[-1] == BREAK or kept[-1][0] == "br"):
        kept.pop()
    return iter(kept)


_BREAKING = ("break", "begin", "end", "hr", "code")
