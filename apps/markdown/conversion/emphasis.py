"""Write emphasis and code in Markdown where its rules allow it, and as HTML where they do not.

Whether `**` begins or ends bold text depends on the characters beside it (CommonMark 0.31.2, 6.2): in `**Note:**text` it
does not. These characters are known only when the whole text is converted. So the converter marks each element, and
`resolve` chooses the signs at the end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

# Noncharacters of Unicode, which no text contains.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK = re.compile(f"{_OPEN}([a-z]+){_OPEN}|{_CLOSE}")
MARKS = re.compile(
    f"[{_OPEN}{_CLOSE}]|&#(?:0*{ord(_OPEN)}(?![0-9])|0*{ord(_CLOSE)}(?![0-9])|x0*fdd[01](?![0-9a-f]));?", re.IGNORECASE
)
"""These characters and the references to them in HTML, which are taken out of the source before it is converted."""

_SIGNS = {"strong": ("**", "__"), "em": ("*", "_"), "s": ("~~",), "del": ("~~",), "code": ("`",)}
NAMES = frozenset(_SIGNS)
"""The elements that have signs in Markdown."""


def mark(name: str, text: str) -> str:
    """Return `text` marked as an element that is one of NAMES. Spaces at its edges stay outside, empty lines divide it."""
    if name == "code":
        return _marked(name, text)
    # An element of a line cannot hold paragraphs: each gets its own.
    return "".join(part if index % 2 else _marked(name, part) for index, part in enumerate(_BLANK_LINE.split(text)))


_BLANK_LINE = re.compile(r"(\n[ \t]*\n\s*)")


# Spaces, and line breaks as the converter writes them: a backslash that is not itself escaped, and a newline.
_EDGES = re.compile(r"\A(?:\\\n|\s)*|(?:(?<!\\)\\\n|\s)*\Z")


def _marked(name: str, text: str) -> str:
    inner = _EDGES.sub("", text)
    if not inner:
        return text
    before, _inner, after = text.partition(inner)
    return f"{before}{_OPEN}{name}{_OPEN}{inner}{_CLOSE}{after}"


@dataclass
class _Node:
    name: str
    parts: list[str | _Node] = field(default_factory=list)


def _first_of(parts: Iterable[str | _Node]) -> str:
    """Return the first character of parts; a sign or a tag of an element counts as punctuation."""
    for part in parts:
        if isinstance(part, _Node):
            return "<"
        if part:
            return part[0]
    return ""


def _last_of(parts: list[str | _Node]) -> str:
    return _first_of(part if isinstance(part, _Node) else part[-1:] for part in reversed(parts))


def resolve(text: str, *, is_html_allowed: bool = True) -> str:
    """Return `text` with signs of Markdown in place of the marks; where none fits, with tags, or nothing if not allowed."""
    if _OPEN not in text:
        return text
    return "".join(_Resolver(is_html_allowed).written(_parse(text).parts, "", "", frozenset()))


def _parse(text: str) -> _Node:
    root = _Node("")
    stack, position = [root], 0
    for found in _MARK.finditer(text):
        stack[-1].parts.append(text[position : found.start()])
        position = found.end()
        if found[1]:
            node = _Node(found[1])
            stack[-1].parts.append(node)
            stack.append(node)
        elif len(stack) > 1:
            stack.pop()
    root.parts.append(text[position:]) if len(stack) == 1 else stack[-1].parts.append(text[position:])
    return root


@dataclass(frozen=True)
class _Resolver:
    is_html_allowed: bool

    def written(self, parts: list[str | _Node], before: str, after: str, outer: frozenset[str]) -> Iterator[str]:
        """Yield the text of parts between the characters `before` and `after`; `outer` are the signs around them."""
        last = before
        for index, part in enumerate(parts):
            following = _first_of(islice(parts, index + 1, None)) or after
            text = part if isinstance(part, str) else self._with_signs(part, last, following, outer)
            last = text[-1:] or last
            yield text

    def _with_signs(self, node: _Node, before: str, after: str, outer: frozenset[str]) -> str:
        if node.name == "code":
            return self._code("".join(part for part in node.parts if isinstance(part, str)), before, after)
        first, last = _first_of(node.parts), _last_of(node.parts)
        for sign in _SIGNS[node.name]:
            if fits(sign, before, first, last, after, outer):
                return sign + "".join(self.written(node.parts, sign[0], sign[0], outer | {sign[0]})) + sign
        return self._as_html(node.name, "".join(self.written(node.parts, ">", "<", outer)))

    def _code(self, text: str, before: str, after: str) -> str:
        if "`" in (before, after):
            return self._as_html("code", _MARKUP.sub(_as_reference, text))
        longest = max((len(run) for run in re.findall("`+", text)), default=0)
        space = " " if text.startswith("`") or text.endswith("`") else ""
        return f"{'`' * (longest + 1)}{space}{text}{space}{'`' * (longest + 1)}"

    def _as_html(self, name: str, text: str) -> str:
        return f"<{name}>{text}</{name}>" if self.is_html_allowed else text


def fits(sign: str, before: str, first: str, last: str, after: str, outer: frozenset[str]) -> bool:
    """Return whether a parser reads `sign` before `first` as an opening one, and after `last` as a closing one."""
    char = sign[0]
    if char in (before, first, last, after) or _is_space(first) or _is_space(last):
        return False
    if _is_punctuation(first) and not (_is_space(before) or _is_punctuation(before)):
        return False
    if _is_punctuation(last) and not (_is_space(after) or _is_punctuation(after)):
        return False
    # Within a word, `_` is no sign. Nor is a sign within others of its kind sure to find its own counterpart there.
    if char == "_" or char in outer:
        return not (_is_word(before) or _is_word(after))
    return True


_MARKUP = re.compile(r"[&<>\\*_`~\[\]!|:]")


def _as_reference(found: re.Match) -> str:
    return f"&#{ord(found[0])};"


def _is_space(char: str) -> bool:
    return not char or char.isspace()


def _is_punctuation(char: str) -> bool:
    return bool(char) and unicodedata.category(char)[0] in "PS"


def _is_word(char: str) -> bool:
    return not _is_space(char) and not _is_punctuation(char)
