"""The last steps of the conversion to plain Markdown: map links, and remove kramdown's extensions."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markdown_it import MarkdownIt

from .problems import Warn

# Private-use characters, which are removed from every file first. The mark of an unresolved reference (a template's
# variable, the target of a link) contains its line and its source: UNRESOLVED line, SEPARATOR, source, END.
UNRESOLVED, _SEPARATOR, _END = "\ue000", "\ue003", "\ue001"
_CODE = "\ue002"
ESCAPED = "\ue004"
"""Delimits the number of an escaped shortcode (`shortcodes`)."""
_MARKS = re.compile(f"[{UNRESOLVED}{_SEPARATOR}{_END}{_CODE}{ESCAPED}]")
_MARK = rf"{UNRESOLVED}(\d+){_SEPARATOR}([^{_END}]*){_END}"

Resolve = Callable[[str], str | None]
"""Returns the replacement of a link's target, or None to leave it."""

_BACKTICKS = re.compile(r"(?<![\\`])`+")
_INLINE_TARGET = re.compile(r"(\]\(\s*+)(<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)")
_DEFINITION = re.compile(r"^( {0,3}\[(?!\^)(?:[^\]\\\n]|\\.)+\]:[ \t]*\n?[ \t]*)(<[^<>\n]*>|\S+)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"(<(?:a|img|source|video|audio)\b[^<>]*?\b(?:href|src)\s*+=\s*+)([\"'])([^\"'<>]*)\2", re.I)

# [text](MARK… "title"); the text may hold one level of brackets, as in [![image](src)](target).
_UNRESOLVED_LINK = re.compile(rf"!?\[((?:[^\[\]]++|\[[^\[\]]*+\])*+)\]\(\s*+<?{_MARK}[^)\n]*\)")
_UNRESOLVED_DEFINITION = re.compile(rf"^ {{0,3}}\[([^\]\n]+)\]:[ \t]*<?{_MARK}.*\n?", re.MULTILINE)
_UNRESOLVED_ATTRIBUTE = re.compile(rf"\s(?:href|src)\s*+=\s*+[\"']{_MARK}[^\"'<>]*[\"']", re.I)
_UNRESOLVED = re.compile(_MARK)

# https://kramdown.gettalong.org/syntax.html#attribute-list-definitions
_ATTRIBUTES = r"\{:\s*+(?:(?:[.#][\w:-]++|[\w-]++=(?:\"[^\"\n]*\"|'[^'\n]*')|[\w-]++)\s*+)++\}"
_KRAMDOWN_COMMENT = re.compile(r"\{::comment\}(?:(?!\{::comment\}).)*?\{:/(?:comment)?\}\n?", re.DOTALL)
_KRAMDOWN_TOC = re.compile(r"^[*+-] .*\n\{:[^}\n]*\btoc\b[^}\n]*\}[ \t]*\n?", re.MULTILINE)
_KRAMDOWN_BLOCK = re.compile(rf"^[ \t>]*+(?:{_ATTRIBUTES}|\{{:[\w-]+:[^}}\n]*\}})[ \t]*(?:\n|\Z)", re.MULTILINE)
_KRAMDOWN_SPAN = re.compile(rf"(?<=\S){_ATTRIBUTES}")
_KRAMDOWN_EXTENSION = re.compile(r"\{::[a-z]+[^{}\n]*\}|\{:/[a-z]*\}")
_HEADING_ID = re.compile(r"^( {0,3}#{1,6} .*)\{[#.][^{}\n]*\}[ \t]*$", re.MULTILINE)


def strip_marks(text: str) -> str:
    """Return the text without the private-use characters that this module uses as marks."""
    return _MARKS.sub("", text)


def unresolved(source: str, line: int) -> str:
    """Return the mark of an unresolved reference, with its source and its line of the file."""
    return f"{UNRESOLVED}{line}{_SEPARATOR}{strip_marks(source)}{_END}"


def finish(text: str, *, resolve: Resolve, warn: Warn, kramdown: bool = True) -> str:
    """Return the Markdown with its links mapped by `resolve`; code is left exactly as it is.

    A link with an `unresolved` target is reduced to its text. Elsewhere, unresolved references are left out, but in
    code their source is shown. With `kramdown`, attribute lists (`{: .class}`) are removed too.
    """
    masked, pieces = _mask_code(text)
    if kramdown:
        masked = _without_kramdown(masked)
    masked = _without_unresolved(masked, warn) if UNRESOLVED in masked else masked
    masked = _map_links(masked, resolve)
    return strip_marks(_unmask(masked, [_UNRESOLVED.sub(r"\2", piece) for piece in pieces]))


def first_heading(text: str) -> tuple[str, int, tuple[int, int]] | None:
    """Return the first top-level heading as plain text, level and lines (from, to, exclusive); None without one."""
    tokens = _block_parser().parse(text)
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0:
            (inline,) = MarkdownIt("commonmark").parseInline(tokens[index + 1].content)
            words = "".join(child.content if child.content else " " for child in inline.children or [])
            return " ".join(words.split()), int(token.tag[1]), (token.map[0], token.map[1])
    return None


def without_title(text: str, title: str) -> str:
    """Return the text without a leading heading that repeats the title, which the page shows already."""
    heading = first_heading(text)
    if heading is None or heading[1] != 1 or heading[0].casefold() != " ".join(title.split()).casefold():
        return text
    lines = text.split("\n")
    if "".join(lines[: heading[2][0]]).strip():
        return text
    return "\n".join(lines[heading[2][1] :]).strip("\n")


def has_outside_code(text: str, pattern: re.Pattern[str]) -> bool:
    """Return whether a pattern occurs in the text outside of code."""
    return bool(pattern.search(text)) and bool(pattern.search(_mask_code(text)[0]))


@cache
def _block_parser() -> MarkdownIt:
    """Return a parser of blocks only: parsing inline content takes most of the time and is not needed."""
    return MarkdownIt("commonmark").enable("table").disable("inline")


def _mask_code(text: str) -> tuple[str, list[str]]:
    """Return the text with code blocks and spans replaced by numbered marks, and the masked code by number."""
    pieces: list[str] = []

    def mask(code: str) -> str:
        pieces.append(code)
        return f"{_CODE}{len(pieces) - 1}{_CODE}"

    lines = text.split("\n")
    kept, position = [], 0
    for token in _block_parser().parse(text):
        if token.type in ("fence", "code_block") and token.map and token.map[0] >= position:
            kept += lines[position : token.map[0]]
            kept.append(mask("\n".join(lines[token.map[0] : token.map[1]])))
            position = token.map[1]
    return _mask_spans("\n".join(kept + lines[position:]), mask), pieces


def _mask_spans(text: str, mask: Callable[[str], str]) -> str:
    """Return the text with code spans replaced by `mask`. A span ends at an equal run of backticks in its paragraph."""
    runs = list(_BACKTICKS.finditer(text))
    closings: dict[int, int] = {}
    closes: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        length = len(runs[index][0])
        if length in closings:
            closes[index] = closings[length]
        closings[length] = index
    parts, position = [], 0
    for index, run in enumerate(runs):
        if run.start() < position or index not in closes:
            continue
        end = runs[closes[index]]
        if "\n\n" not in text[run.end() : end.start()]:
            parts += [text[position : run.start()], mask(text[run.start() : end.end()])]
            position = end.end()
    return "".join([*parts, text[position:]])


def _unmask(text: str, pieces: list[str]) -> str:
    pattern = re.compile(f"{_CODE}(\\d+){_CODE}")
    while pattern.search(text):
        text = pattern.sub(lambda found: pieces[int(found[1])], text)
    return text


def _without_kramdown(text: str) -> str:
    for pattern in (_KRAMDOWN_COMMENT, _KRAMDOWN_TOC, _KRAMDOWN_BLOCK, _KRAMDOWN_SPAN, _KRAMDOWN_EXTENSION):
        text = pattern.sub("", text)
    return _HEADING_ID.sub(lambda found: found[1].rstrip(), text)


def _without_unresolved(text: str, warn: Warn) -> str:
    labels: set[str] = set()
    unlinked: dict[str, list[int]] = {}

    def note(line: str, source: str) -> None:
        unlinked.setdefault(source, []).append(int(line))

    def without_link(found: re.Match) -> str:
        note(found[2], found[3])
        return found[1]

    def without_definition(found: re.Match) -> str:
        note(found[2], found[3])
        labels.add(" ".join(found[1].split()).casefold())
        return ""

    def without_attribute(found: re.Match) -> str:
        note(found[1], found[2])
        return ""

    def remove(found: re.Match) -> str:
        warn(int(found[1]), _("%s is not known; left out") % found[2])
        return ""

    text = _UNRESOLVED_LINK.sub(without_link, text)
    text = _UNRESOLVED_DEFINITION.sub(without_definition, text)
    text = _without_references(text, labels) if labels else text
    text = _UNRESOLVED_ATTRIBUTE.sub(without_attribute, text)
    text = _UNRESOLVED.sub(remove, text)
    for source, lines in unlinked.items():
        warn(min(lines), _unlinked(source, len(lines)))
    return text


def _unlinked(source: str, count: int) -> str:
    message = ngettext(
        "%(source)s, the target of a link, is not known; the link's text is kept",
        "%(source)s, the target of %(count)s links, is not known; the links' texts are kept",
        count,
    ) % {"source": source, "count": count}
    return message + (_(" (--config FILE can tell it)") if source.startswith("{{ site.") else "")


def _without_references(text: str, labels: set[str]) -> str:
    """Return the text with `[text][label]`, `[label][]` and `[label]` of these labels replaced by their text."""

    def words(found: re.Match) -> str:
        label = found[2] or found[1]
        return found[1] if " ".join(label.split()).casefold() in labels else found[0]

    return re.sub(r"\[((?:[^\[\]\\]|\\.)+)\](?:\s?\[([^\[\]]*)\])?(?![\(:])", words, text)


def _map_links(text: str, resolve: Resolve) -> str:
    def new_target(target: str) -> str | None:
        bare = target[1:-1] if target.startswith("<") else target
        return resolve(bare) if bare and not bare.startswith("#") else None

    def replace(found: re.Match) -> str:
        return f"{found[1]}{new_target(found[2]) or found[2]}"

    def replace_attribute(found: re.Match) -> str:
        return f"{found[1]}{found[2]}{new_target(found[3]) or found[3]}{found[2]}"

    text = _INLINE_TARGET.sub(replace, text)
    text = _DEFINITION.sub(replace, text)
    return _ATTRIBUTE.sub(replace_attribute, text)
