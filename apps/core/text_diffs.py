"""Side-by-side diffs of two texts with marked differences, for histories and conflicts."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

CONTEXT_LINES = 2
MAX_LINES = 2000
"""The number of differing lines of a side up to which lines are aligned; more are shown as one replaced block."""
MAX_ROWS = 400
"""The number of rows that a page shows of one comparison."""
MAX_CHARACTERS = 2000
"""The length up to which a line's differing words are marked."""
MAX_PAIRS = 100_000
"""How many pairs of equal words two lines may have for that. The time to align them grows with that number."""
ALL_PAIRS = 1_000_000
"""The same for all lines of one comparison; in later lines no words are marked."""


class Row(NamedTuple):
    """One line of a comparison; a side that has no such line is None."""

    kind: str
    """`same`, `changed`, `removed`, `added`, or `gap` for omitted lines."""
    old: SafeString | None = None
    new: SafeString | None = None
    old_number: int | None = None
    new_number: int | None = None


class Difference(NamedTuple):
    """The comparison of one field."""

    label: str
    rows: list[Row]
    cut: bool = False
    """Whether there are more rows than are shown."""
    name: str = ""
    """The name of the form field, if the page has a form."""


def is_changed(old: str, new: str) -> bool:
    """Return whether two texts differ in more than their line ends, which browsers change."""
    return old.splitlines() != new.splitlines()


def difference(label: str, old: str, new: str, *, max_rows: int = MAX_ROWS) -> Difference:
    """Compare two texts line by line. The work is bounded for texts of any length."""
    rows = list(islice(_rows(old.splitlines(), new.splitlines()), max_rows + 1))
    return Difference(label, rows[:max_rows], len(rows) > max_rows)


def _rows(old: list[str], new: list[str]) -> Iterator[Row]:
    first = _common_start(old, new)
    last = _common_start(old[first:][::-1], new[first:][::-1])
    old_middle, new_middle = old[first : len(old) - last], new[first : len(new) - last]
    # Common beginnings and ends are cut first, because the rest of a long edited text is usually small.
    blocks = [("equal", 0, first, 0, first), *_blocks(old_middle, new_middle, first)]
    blocks.append(("equal", len(old) - last, len(old), len(new) - last, len(new)))
    marker = _Marker()
    for position, (tag, i1, i2, j1, j2) in enumerate(blocks):
        if tag == "equal":
            yield from _context(old, i1, i2, j1, before=position > 0, after=position < len(blocks) - 1)
        else:
            yield from _changed(old, new, i1, i2, j1, j2, marker)


def _blocks(old: list[str], new: list[str], offset: int) -> list[tuple[str, int, int, int, int]]:
    if not old and not new:
        return []
    if max(len(old), len(new)) > MAX_LINES:
        return [("replace", offset, offset + len(old), offset, offset + len(new))]
    codes = difflib.SequenceMatcher(None, old, new).get_opcodes()
    return [(tag, i1 + offset, i2 + offset, j1 + offset, j2 + offset) for tag, i1, i2, j1, j2 in codes]


def _common_start(old: list[str], new: list[str]) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(old), len(new)))


def _context(lines: list[str], i1: int, i2: int, j1: int, *, before: bool, after: bool) -> Iterator[Row]:
    """Yield the unchanged lines around changes: lines after the previous change, a gap, lines before the next."""
    head = min(CONTEXT_LINES, i2 - i1) if before else 0
    tail = min(CONTEXT_LINES, i2 - i1 - head) if after else 0
    shift = j1 - i1
    for index in range(i1, i1 + head):
        yield _same(lines[index], index, index + shift)
    if i2 - i1 - head - tail > 0:
        yield Row("gap")
    for index in range(i2 - tail, i2):
        yield _same(lines[index], index, index + shift)


def _same(line: str, old_index: int, new_index: int) -> Row:
    text = conditional_escape(line)
    return Row("same", text, text, old_index + 1, new_index + 1)


def _changed(old: list[str], new: list[str], i1: int, i2: int, j1: int, j2: int, marker: _Marker) -> Iterator[Row]:
    for i, j in zip(range(i1, i2), range(j1, j2), strict=False):
        left, right = marker.marked(old[i], new[j])
        yield Row("changed", left, right, i + 1, j + 1)
    paired = min(i2 - i1, j2 - j1)
    for i in range(i1 + paired, i2):
        yield Row("removed", format_html("<del>{}</del>", old[i]), None, i + 1, None)
    for j in range(j1 + paired, j2):
        yield Row("added", None, format_html("<ins>{}</ins>", new[j]), None, j + 1)


class _Marker:
    """Marks the differing words of the lines of one comparison, as long as that takes little time."""

    def __init__(self) -> None:
        self.pairs_left = ALL_PAIRS

    def marked(self, old: str, new: str) -> tuple[SafeString, SafeString]:
        """Return two escaped lines, with the differing words in `<del>` and `<ins>`."""
        if max(len(old), len(new)) > MAX_CHARACTERS:
            return _whole(old, new)
        left, right = re.findall(r"\w+|\s+|.", old), re.findall(r"\w+|\s+|.", new)
        counts = Counter(right)
        pairs = sum(counts[word] for word in left)
        if pairs > min(MAX_PAIRS, self.pairs_left):
            return _whole(old, new)
        self.pairs_left -= pairs
        return _aligned(left, right)


def _whole(old: str, new: str) -> tuple[SafeString, SafeString]:
    return format_html("<del>{}</del>", old), format_html("<ins>{}</ins>", new)


def _aligned(left: list[str], right: list[str]) -> tuple[SafeString, SafeString]:
    old_parts, new_parts = [], []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        old_parts.append(_part("del" if tag != "equal" else "", "".join(left[i1:i2])))
        new_parts.append(_part("ins" if tag != "equal" else "", "".join(right[j1:j2])))
    return mark_safe("".join(old_parts)), mark_safe("".join(new_parts))  # nosec B703  # parts that `_part` escapes


def _part(element: str, text: str) -> SafeString:
    if not text or not element:
        return conditional_escape(text)
    return format_html("<{}>{}</{}>", mark_safe(element), text, mark_safe(element))  # nosec B703  # del or ins
