"""The last steps of the conversion to plain Markdown: map links, and remove kramdown's extensions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markdown_it import MarkdownIt

from apps.importing.problems import Warn

from . import code_in_markdown
from .code_in_markdown import CODE, block_parser
from .kramdown import without_attributes

# Private-use characters, which are removed from every file first. The mark of an unresolved reference (a template's
# variable, the target of a link) contains its line and its source: UNRESOLVED line, SEPARATOR, source, END.
UNRESOLVED, _SEPARATOR, _END = "\ue000", "\ue003", "\ue001"
ESCAPED = "\ue004"
"""Delimits the number of an escaped shortcode (`shortcodes`)."""
_MARKS = re.compile(f"[\ue005{UNRESOLVED}{_SEPARATOR}{_END}{CODE}{ESCAPED}]")
_MARK = rf"{UNRESOLVED}(\d+){_SEPARATOR}([^{_END}]*){_END}"

Resolve = Callable[[str], str | None]
"""Returns the replacement of a link's target, or None to leave it."""
Step = Callable[[str, Callable[[str], str]], str]
"""Changes a text whose code is masked; called with a function that masks more code."""

_INLINE_TARGET = re.compile(r"(\]\(\s*+)(<[^<>\n]*>|[^\s()<>]*+(?:\([^\s()]*\)[^\s()]*+)*+)(?=\s*+[)\"'(])")
_DEFINITION = re.compile(r"^( {0,3}\[(?!\^)(?:[^\]\\\n]|\\.)+\]:[ \t]*\n?[ \t]*)(<[^<>\n]*>|\S+)", re.MULTILINE)
_TARGET_WITH_BLANKS = re.compile(r"(?<=\]\()[^\s()<>\"'][^()<>\"'\n]* [^()<>\"'\n]*(?=\))")
_TAG = re.compile(r"<(?:a|img|source|video|audio|track|embed|iframe)\b[^<>]*>", re.I)
_ATTRIBUTE = re.compile(
    r"(\s(?:href|src|poster)\s*+=\s*+)(?:([\"'])([^\"'<>]*)\2|([^\s\"'<>=`]++))|(\ssrcset\s*+=\s*+)([\"'])([^\"'<>]*)\6",
    re.I,
)
_LAZY = re.compile(r"^(<img\b(?![^<>]*\ssrc\s*=)[^<>]*?\s)data-src(?=\s*=)", re.I)

# [text](MARK… "title"); the text may hold one level of brackets, as in [![image](src)](target).
_UNRESOLVED_LINK = re.compile(rf"!?\[((?:[^\[\]]++|\[[^\[\]]*+\])*+)\]\(\s*+<?{_MARK}[^)\n]*\)")
_UNRESOLVED_DEFINITION = re.compile(rf"^ {{0,3}}\[([^\]\n]+)\]:[ \t]*<?{_MARK}.*\n?", re.MULTILINE)
_UNRESOLVED_ATTRIBUTE = re.compile(rf"\s(?:href|src)\s*+=\s*+[\"']{_MARK}[^\"'<>]*[\"']", re.I)
_UNRESOLVED = re.compile(_MARK)
_UNKNOWN_TAG = re.compile(r"\{%-?\s*(?!(?:link|post_url)\b)(\w+)")


def strip_marks(text: str) -> str:
    """Return the text without the private-use characters that this module uses as marks."""
    return _MARKS.sub("", text)


def unresolved(source: str, line: int) -> str:
    """Return the mark of an unresolved reference, with its source and its line of the file."""
    return f"{UNRESOLVED}{line}{_SEPARATOR}{strip_marks(source)}{_END}"


def finish(text: str, *, resolve: Resolve, warn: Warn, kramdown: bool = True, steps: Sequence[Step] = ()) -> str:
    """Return the Markdown with its links mapped by `resolve`; code is left exactly as it is.

    A link with an `unresolved` target is reduced to its text. Elsewhere, unresolved references are left out, but in
    code their source is shown. With `kramdown`, attribute lists (`{: .class}`) are removed too. `steps` are done first,
    to the text whose code is masked.
    """
    masked, pieces = code_in_markdown.mask(text)

    def mask(code: str) -> str:
        pieces.append(code)
        return f"{CODE}{len(pieces) - 1}{CODE}"

    for step in steps:
        masked = step(masked, mask)
    if kramdown:
        masked = without_attributes(masked)
    masked = without_unresolved(masked, warn)
    masked = _map_links(masked, resolve)
    return strip_marks(code_in_markdown.unmask(masked, [_UNRESOLVED.sub(r"\2", piece) for piece in pieces]))


def first_heading(text: str) -> tuple[str, int, tuple[int, int]] | None:
    """Return the first top-level heading as plain text, level and lines (from, to, exclusive); None without one."""
    tokens = block_parser().parse(text)
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
    return bool(pattern.search(text)) and bool(pattern.search(code_in_markdown.mask(text)[0]))


def without_unresolved(text: str, warn: Warn) -> str:
    """Return the Markdown or HTML without unresolved references; a link to one is reduced to its text."""
    if UNRESOLVED not in text:
        return text
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
        tag = _UNKNOWN_TAG.match(found[2])
        message = _("the tag %s is not known; left out") if tag else _("%s is not known; left out")
        warn(int(found[1]), message % (tag[1] if tag else found[2]))
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

    def replace_blanks(found: re.Match) -> str:
        return new_target(found[0]) or found[0]

    def replace_attribute(found: re.Match) -> str:
        if found[5]:
            candidates = [one.strip().partition(" ") for one in found[7].split(",")]
            mapped = ", ".join(f"{new_target(address) or address}{blank}{size}" for address, blank, size in candidates)
            return f"{found[5]}{found[6]}{mapped}{found[6]}"
        address = found[3] if found[2] else found[4]
        new = new_target(address)
        return (
            f'{found[1]}"{new}"'
            if new and not found[2]
            else f"{found[1]}{found[2] or ''}{new or address}{found[2] or ''}"
        )

    def replace_tag(found: re.Match) -> str:
        return _ATTRIBUTE.sub(replace_attribute, _LAZY.sub(r"\1src", found[0]))

    text = _TARGET_WITH_BLANKS.sub(replace_blanks, text)
    text = _INLINE_TARGET.sub(replace, text)
    text = _DEFINITION.sub(replace, text)
    return _TAG.sub(replace_tag, text)
