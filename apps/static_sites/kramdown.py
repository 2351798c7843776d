"""Convert what kramdown (Jekyll's Markdown) has beyond CommonMark. https://kramdown.gettalong.org/syntax.html

All functions take and return Markdown whose code is masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.html import escape
from django.utils.translation import gettext as _

from apps.importing.problems import Warn
from apps.markdown.conversion import emphasis

from . import code_in_markdown

_ATTRIBUTES = r"\{:\s*+(?:(?:[.#][\w:-]++|[\w-]++=(?:\"[^\"\n]*\"|'[^'\n]*')|[\w-]++)\s*+)++\}"
_COMMENT = re.compile(r"\{::comment\}(?:(?!\{::comment\}).)*?\{:/(?:comment)?\}\n?", re.DOTALL)
_TOC = re.compile(r"^[*+-] .*\n\{:[^}\n]*\btoc\b[^}\n]*\}[ \t]*\n?", re.MULTILINE)
_BLOCK = re.compile(rf"^([ \t>]*+)({_ATTRIBUTES}|\{{:[\w-]+:[^}}\n]*\}})[ \t]*(?:\n|\Z)", re.MULTILINE)
_SPAN = re.compile(rf"(?<=\S){_ATTRIBUTES}")
_EXTENSION = re.compile(r"\{::[a-z]+[^{}\n]*\}|\{:/[a-z]*\}")
_HEADING = re.compile(r"^( {0,3}#{1,6}[ \t]+)([^\n]*?)[ \t]*\{:?[ \t]*([#.][^{}\n]*)\}[ \t]*#*[ \t]*$", re.MULTILINE)
_SETEXT = re.compile(
    r"^( {0,3})(\S[^\n{]*?)[ \t]*\{:?[ \t]*([#.][^{}\n]*)\}[ \t]*\n(?= {0,3}(?:=+|-+)[ \t]*$)", re.MULTILINE
)
_ID = re.compile(r"#([\w:.-]+)")
_END_OF_BLOCK = re.compile(r"^\^[ \t]*$\n?(?=(\n*(?:[*+-][ \t]|>|[0-9]+\.[ \t]| {4}))?)", re.MULTILINE)
"""The end of a list, a quote or code; if another one follows, something has to stand between them."""
_PARENTHESIS = re.compile(r"^( {0,3}[0-9]{1,9})\)(?=[ \t])", re.MULTILINE)
"""A number that begins an item of a list in CommonMark, and a sentence in kramdown."""
_BREAK = re.compile(r"(?<!\\)\\\\$(?=\n[^\n])", re.MULTILINE)
_STARS = re.compile(
    # What is in tags, in the address of a link and in a bare address is passed over.
    r"<[^<>\n]*>|\]\([^()\n]*\)|https?://\S+|\\.|(?<!\*)(?P<sign>\*\*?)(?![\s*])(?P<text>(?:\\.|[^*\n\\]|\n(?!\s*\n))+)(?<!\s)(?P=sign)(?!\*)"
)
_QUOTES = re.compile(r"(?<!<)<<(?!<)([^<>\n]+)>>(?!>)")
_ABBREVIATION = re.compile(r"^ {0,3}\*\[([^\]\n]+)\]:[ \t]*(.*)$\n?", re.MULTILINE)
_MARKDOWN = re.compile(
    r"^([ \t]*)<(\w+)\b([^<>]*?)\s+markdown\s*=\s*(?:\"(\w+)\"|'(\w+)'|(\w+))([^<>]*)>", re.MULTILINE | re.IGNORECASE
)
_MARKDOWN_ATTRIBUTE = re.compile(r"(<\w+\b[^<>]*?)\s+markdown\s*=\s*(?:\"\w+\"|'\w+'|\w+)(?=[^<>]*>)", re.IGNORECASE)
_SUMMARY = re.compile(r"</summary>[ \t]*\n(?=[^\n])")
"""The end of a summary with a text right below it, which kramdown reads as Markdown."""
_ANY_TAG = re.compile(r"<(/?)(\w+)\b[^<>]*>")
_INLINE_PARENTS = ("span", "a", "b", "i", "em", "strong", "small", "sub", "sup", "cite", "q", "abbr", "mark", "u")
_INLINE_VOID = ("br", "img", "input", "wbr")
_VOID = ("hr", "source", "track", "embed", "area", "col", "link", "meta", "base", "param")
_TEXT_BELOW = re.compile(r"[ \t]*\n[ \t]*[^\s<]")
_BLOCK_MATH = re.compile(r"^( {0,3})\$\$[ \t]*\n((?:(?!\n[ \t]*\n|\$\$)[^\x00])*?)\n[ \t]*\$\$[ \t]*$", re.MULTILINE)
_MATH = re.compile(r"(?<![\\$])\$\$(?!\$)([^$\n]+(?:\n[^$\n]+)*?)\$\$(?!\$)")
_TABLE_LINE = re.compile(r"^[ \t]*\|.*\|[ \t]*$")
_PIPE_IN_CODE = re.compile(r"(?<!`)(`+)(?!`)[^`\n]*\|[^`\n]*(?<!`)\1(?!`)")
_SEPARATOR = re.compile(r"^[ \t]*\|?[ \t]*[-:=+|]+[-:=+| \t]*$")
_IMAGE_SIZES = re.compile(rf"(!\[[^\[\]\n]*\]\([^()\n]*\))({_ATTRIBUTES})")
_SIZE = re.compile(r"\b(width|height)=[\"'](\d+)(?:px)?[\"']")

Mask = Callable[[str], str]
"""Masks a piece of code, so that later steps leave it as it is."""


def without_attributes(text: str) -> str:
    """Return the text without attribute lists and extensions. An id stays as the target of links."""
    text = _COMMENT.sub("", text)
    text = _TOC.sub("", text)
    text = _IMAGE_SIZES.sub(_with_sizes, text)
    text = _HEADING.sub(lambda found: f"{found[1]}{_target(found[3])}{found[2].rstrip()}", text)
    text = _SETEXT.sub(lambda found: f"{found[1]}{_target(found[3])}{found[2]}\n", text)
    text = _with_targets_of_headings(text)
    for pattern in (_BLOCK, _SPAN, _EXTENSION):
        text = pattern.sub("", text)
    return text


def with_escaped_pipes(text: str) -> str:
    """Return the text with `\\|` for a pipe in code in a table, which ends the cell unless kramdown reads it.

    This is the only function here whose text is not masked.
    """
    if not _PIPE_IN_CODE.search(text):
        return text
    code = code_in_markdown.block_lines(text)
    return "\n".join(
        _PIPE_IN_CODE.sub(lambda found: re.sub(r"(?<!\\)\|", r"\\|", found[0]), line)
        if _TABLE_LINE.match(line) and number not in code
        else line
        for number, line in enumerate(text.split("\n"))
    )


def convert(text: str, *, mask: Mask, line_of: Callable[[str], int], warn: Warn) -> str:
    """Return the text with what only kramdown has as CommonMark: formulas as code, abbreviations, breaks, tables."""
    text = math_as_code(text, mask=mask, line_of=line_of, warn=warn)
    text = _PARENTHESIS.sub(r"\1\\)", _with_ends_of_html(text))
    text = _SUMMARY.sub("</summary>\n\n", _with_markdown_in_html(text))
    text = _END_OF_BLOCK.sub(lambda found: "<!-- -->\n" if found[1] else "", text)
    text = _BREAK.sub(r"\\", text)
    text = _QUOTES.sub("«\\1»", text)
    text = _with_emphasis_beside_punctuation(text)
    return _with_abbreviations(_with_heads_of_tables(text))


def math_as_code(text: str, *, mask: Mask, line_of: Callable[[str], int], warn: Warn) -> str:
    """Return the text with its formulas as code in TeX, so that no sign in them is taken for Markdown; tell each."""
    if text.count("$$") < 2:
        return text

    def told(formula: str) -> str:
        warn(line_of(formula.strip().split("\n")[0]), _("a formula is shown as its TeX source, as code"))
        return formula

    def block(found: re.Match) -> str:
        return mask(f"{found[1]}```tex\n{told(found[2])}\n{found[1]}```")

    def inline(found: re.Match) -> str:
        return mask(f"`{' '.join(told(found[1]).replace('`', ' ').split())}`")

    return _in_paragraphs(_BLOCK_MATH.sub(block, text), lambda part: _MATH.sub(inline, part))


def _with_emphasis_beside_punctuation(text: str) -> str:
    """Write emphasis as HTML where CommonMark takes its stars for text, as in `**(a)**b`; kramdown knows no such rule."""
    if "*" not in text:
        return text

    def written(found: re.Match) -> str:
        sign, inner, whole = found["sign"], found["text"], found.string
        if not sign or emphasis.fits(
            sign, whole[: found.start()][-1:], inner[0], inner[-1], whole[found.end() :][:1], frozenset()
        ):
            return found[0]
        name = "strong" if len(sign) == 2 else "em"
        return f"<{name}>{inner}</{name}>"

    return _in_paragraphs(text, lambda part: _STARS.sub(written, part))


def _in_paragraphs(text: str, change: Callable[[str], str]) -> str:
    parts, position = [], 0
    for start, end in code_in_markdown.paragraphs(text):
        parts += [text[position:start], change(text[start:end])]
        position = end
    return "".join([*parts, text[position:]])


def _with_ends_of_html(text: str) -> str:
    """Separate HTML from a text right below it, which CommonMark would take for HTML too, up to the next empty line."""
    parts, position = [], 0
    for start, end in code_in_markdown.html_blocks(text):
        parts += [text[position:start], _ended(text[start:end])]
        position = end
    return "".join([*parts, text[position:]])


def _ended(block: str) -> str:
    """Return a block of HTML with an empty line below each outer element that has a text right below it."""
    first = _ANY_TAG.match(block.lstrip())
    if first and _is_inline(first) and "\n" in block:
        # A paragraph that begins with an element of text.
        line, _newline, rest = block.partition("\n")
        return f"{line} {rest.lstrip()}"
    parts, position, depth = [], 0, 0
    for tag in _ANY_TAG.finditer(block):
        if _is_inline(tag):
            continue
        is_void = tag[2].lower() in _VOID or tag[0].endswith("/>")
        depth = max(0, depth + (0 if is_void else -1 if tag[1] else 1))
        if depth == 0 and _TEXT_BELOW.match(block, tag.end()):
            parts += [block[position : tag.end()], "\n"]
            position = tag.end()
    return "".join([*parts, block[position:]])


def _is_inline(tag: re.Match) -> bool:
    return tag[2].lower() in (*_INLINE_PARENTS, *_INLINE_VOID)


def _target(attributes: str) -> str:
    found = _ID.search(attributes)
    return f'<span id="{escape(found[1])}"></span>' if found else ""


def _with_targets_of_headings(text: str) -> str:
    """Move the id of an attribute list below a heading or a paragraph into its text."""
    lines = text.split("\n")
    for number, line in enumerate(lines[1:], 1):
        found = _BLOCK.fullmatch(line)
        target = _target(found[2]) if found else ""
        before = lines[number - 1]
        if not target or not before.strip():
            continue
        is_setext = bool(re.fullmatch(r" {0,3}(?:=+|-+)[ \t]*", before)) and number > 1
        place = number - 2 if is_setext else number - 1
        opening = re.match(r"[ \t>]*(?:#{1,6}[ \t]+)?", lines[place]).end()
        if re.match(r"[^\W_]|[*_`\[!\"'(]|" + code_in_markdown.CODE, lines[place][opening:]):
            lines[place] = f"{lines[place][:opening]}{target}{lines[place][opening:]}"
    return "\n".join(lines)


def _with_sizes(found: re.Match) -> str:
    sizes = [f"{name}={value}" for name, value in _SIZE.findall(found[2])]
    return found[1] + ("{" + " ".join(sizes) + "}" if sizes else "")


def _with_markdown_in_html(text: str) -> str:
    """Put empty lines around what is in an element with `markdown="1"`, so that CommonMark reads it as Markdown."""
    if "markdown" not in text.lower():
        return text
    openings = {found.end(): found for found in _MARKDOWN.finditer(text)}
    names = {found[2].lower() for found in openings.values()}
    opened: dict[str, list[re.Match | None]] = {}
    edits: list[tuple[int, int, str]] = []
    for tag in _ANY_TAG.finditer(text):
        name = tag[2].lower()
        if name not in names or name in _INLINE_PARENTS:
            continue
        if tag[1]:
            if opening := opened.get(name) and opened[name].pop():
                ending = "" if name == "p" else f"</{tag[2]}>"
                edits += [_opening_edit(opening), (tag.start(), tag.end(), f"\n\n{ending}\n")]
        else:
            opening = openings.get(tag.end())
            is_markdown = opening and (opening[4] or opening[5] or opening[6]) != "0"
            opened.setdefault(name, []).append(opening if is_markdown else None)
    parts, position = [], 0
    for start, end, new in sorted(edits):
        parts += [text[position:start].rstrip("\n") if new.startswith("\n\n") else text[position:start], new]
        position = end + (text[end : end + 1] == "\n")
    return _MARKDOWN_ATTRIBUTE.sub(r"\1", "".join([*parts, text[position:]]))


def _opening_edit(opening: re.Match) -> tuple[int, int, str]:
    name = opening[2]
    tag = "" if name.lower() == "p" else f"<{name}{opening[3]}{opening[7]}>"
    return opening.start(), opening.end(), f"{opening[1]}{tag}\n\n"


def _with_heads_of_tables(text: str) -> str:
    """Give tables without a head an empty one, and take out the lines that separate their bodies and feet."""
    lines: list[str] = []
    rows: list[str] = []
    for line in [*text.split("\n"), ""]:
        if _TABLE_LINE.match(line) or (rows and _SEPARATOR.match(line) and "|" in line):
            rows.append(line)
            continue
        lines += _table(rows) if rows and (not lines or not lines[-1].strip()) else rows
        rows = []
        lines.append(line)
    return "\n".join(lines[:-1])


def _table(rows: list[str]) -> list[str]:
    if sum(row.count("|") for row in rows) < 3:
        return rows
    indent = rows[0][: len(rows[0]) - len(rows[0].lstrip())]
    has_head = len(rows) > 2 and bool(_SEPARATOR.match(rows[1])) and not _SEPARATOR.match(rows[0])
    body = [row for row in rows if not _SEPARATOR.match(row)]
    if not body:
        return rows
    if has_head:
        return [rows[0], re.sub(r"(?<=[-:])\+(?=[-:])", "|", rows[1]).replace("=", "-"), *body[1:]]
    cells = len(re.findall(r"(?<!\\)\|", body[0].strip())) - 1
    return [f"{indent}|{'  |' * cells}", f"{indent}|{' --- |' * cells}", *body]


def _with_abbreviations(text: str) -> str:
    """Take out the definitions of abbreviations, and mark each use with `<abbr>`."""
    meanings = {found[1].strip(): found[2].strip() for found in _ABBREVIATION.finditer(text)}
    if not meanings:
        return text
    text = _ABBREVIATION.sub("", text)
    words = "|".join(re.escape(word) for word in sorted(meanings, key=len, reverse=True))
    passed_over = r"<[^<>\n]*>|\]\([^()\n]*\)|^ {0,3}\[[^\]\n]+\]:.*$"
    pattern = re.compile(rf"({passed_over})|(?<!\w)({words})(?!\w)", re.MULTILINE)

    def mark(found: re.Match) -> str:
        if found[1]:
            return found[1]
        meaning = meanings[found[2]]
        title = f' title="{escape(meaning)}"' if meaning else ""
        return f"<abbr{title}>{found[2]}</abbr>"

    return pattern.sub(mark, text)
