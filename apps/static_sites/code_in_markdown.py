"""Find the code in Markdown, so that nothing else is done to it: fences, indented code, spans, `<pre>` and `<code>`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cache

from markdown_it import MarkdownIt

CODE = "\ue002"
"""Delimits the number of a piece of code that is masked."""

Range = tuple[int, int]
"""The positions of the first character and after the last one."""

_BACKTICKS = re.compile(r"(?<![\\`])`+")
_HTML = re.compile(r"<(/?)(pre|code|textarea)\b[^<>]*>|(<!--)|(-->)", re.IGNORECASE)


def mask(text: str) -> tuple[str, list[str]]:
    """Return the text with all code replaced by numbered marks, and the pieces of code by number."""
    pieces: list[str] = []

    def replace(code: str) -> str:
        pieces.append(code)
        return f"{CODE}{len(pieces) - 1}{CODE}"

    masked = _replaced(text, block_ranges(text), replace)
    masked = _replaced(masked, html_ranges(masked), replace)
    return mask_spans(masked, replace), pieces


def unmask(text: str, pieces: list[str]) -> str:
    """Return the text with the marks replaced by their pieces."""
    pattern = re.compile(f"{CODE}(\\d+){CODE}")
    while pattern.search(text):
        text = pattern.sub(lambda found: pieces[int(found[1])], text)
    return text


def mask_spans(text: str, replace: Callable[[str], str]) -> str:
    """Return the text with code spans replaced."""
    return _replaced(text, span_ranges(text), replace)


def ranges(text: str) -> list[Range]:
    """Return where the code of a text is, in order."""
    blocks = block_ranges(text)
    rest = _replaced(text, blocks, _empty_lines)
    elements = html_ranges(rest)
    spans = span_ranges(_replaced(rest, elements, _empty_lines))
    return sorted([*blocks, *elements, *spans])


def _empty_lines(code: str) -> str:
    """Return as many characters, in which there is no markup and no paragraph."""
    return "\n" * len(code)


@cache
def block_parser() -> MarkdownIt:
    """Return a parser of blocks only: parsing inline content takes most of the time and is not needed."""
    return MarkdownIt("commonmark").enable("table").disable("inline")


def block_ranges(text: str) -> list[Range]:
    """Return where fenced and indented code is, in whole lines without the last line feed."""
    starts = [0, *(found.end() for found in re.finditer("\n", text)), len(text) + 1]
    found, line = [], 0
    for token in block_parser().parse(text):
        if token.type in ("fence", "code_block") and token.map and token.map[0] >= line:
            line = token.map[1]
            found.append((starts[token.map[0]], starts[min(line, len(starts) - 1)] - 1))
    return found


def block_lines(text: str) -> set[int]:
    """Return the numbers of the lines of fenced and indented code, counted from 0."""
    maps = [token.map for token in block_parser().parse(text) if token.type in ("fence", "code_block") and token.map]
    return {line for first, end in maps for line in range(first, end)}


def html_ranges(text: str) -> list[Range]:
    """Return where `<pre>`, `<code>` and `<textarea>` elements and comments are."""
    marks = list(_HTML.finditer(text))
    ends: dict[str, list[int]] = {}
    for mark in marks:
        if mark[1] or mark[4]:
            ends.setdefault((mark[2] or "").lower(), []).append(mark.end())
    paragraph_ends = [found.start() for found in re.finditer("\n\n", text)]
    found, position = [], 0
    for mark in marks:
        if mark.start() < position or mark[1] or mark[4]:
            continue
        closings = ends.get((mark[2] or "").lower(), [])
        following = bisect_left(closings, mark.end() + 1)
        if following == len(closings):
            continue
        # Inline code ends with its paragraph.
        is_inline = bool(mark[2]) and mark[2].lower() == "code"
        paragraph = bisect_left(paragraph_ends, mark.end())
        if not (is_inline and paragraph < len(paragraph_ends) and paragraph_ends[paragraph] < closings[following]):
            position = closings[following]
            found.append((mark.start(), position))
    return found


def span_ranges(text: str) -> list[Range]:
    """Return where code spans are. A span ends at an equal run of backticks in its paragraph."""
    runs = list(_BACKTICKS.finditer(text))
    closings: dict[int, int] = {}
    closes: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        length = len(runs[index][0])
        if length in closings:
            closes[index] = closings[length]
        closings[length] = index
    found, position = [], 0
    for index, run in enumerate(runs):
        if run.start() < position or index not in closes:
            continue
        end = runs[closes[index]]
        if "\n\n" not in text[run.end() : end.start()]:
            found.append((run.start(), end.end()))
            position = end.end()
    return found


def html_blocks(text: str) -> list[Range]:
    """Return where blocks of raw HTML are, in whole lines, in which Markdown is not read."""
    return list(_lines_of(text, "html_block"))


def paragraphs(text: str) -> list[Range]:
    """Return where the text of paragraphs, headings and tables is, in whole lines: neither raw HTML nor code."""
    return list(_lines_of(text, "inline"))


def _lines_of(text: str, kind: str) -> Iterator[Range]:
    starts = [0, *(found.end() for found in re.finditer("\n", text)), len(text) + 1]
    line = 0
    for token in block_parser().parse(text):
        if token.type == kind and token.map and token.map[1] > line:
            yield starts[max(token.map[0], line)], starts[min(token.map[1], len(starts) - 1)] - 1
            line = token.map[1]


def _replaced(text: str, found: list[Range], replace: Callable[[str], str]) -> str:
    parts, position = [], 0
    for start, end in found:
        parts += [text[position:start], replace(text[start:end])]
        position = end
    return "".join([*parts, text[position:]])
