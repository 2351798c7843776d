"""Convert HTML to equivalent Markdown.

Elements without Markdown syntax (merged cells, `<sub>`, videos) stay HTML within the Markdown, as far as the renderer's
sanitiser allows. The result is rendered and compared with the source by what readers see: a block that would look
otherwise stays HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from html import unescape
from io import StringIO
from urllib.parse import quote

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.exceptions import ParserRejectedMarkup
from django.utils.html import escape
from django.utils.translation import gettext as _
from markdownify import MarkdownConverter

from apps.markdown import rendering
from apps.markdown.rendering import limits, markup
from apps.markdown.rendering.markdown import tame

from . import emphasis
from .html_preparation import ADDRESS_ALONE, BLOCKS, Resolve, prepare
from .html_structure import structure

MAX_DEPTH = 200
"""Nesting levels of elements. The renderer accepts fewer."""

MAX_TAGS = limits.MAX_TAGS
"""Tags of a text. The renderer accepts no more."""

_CODE_LANGUAGE = re.compile(r"(?:language-|lang-|brush:\s*)([\w+#.-]+)")
_EMPTY_LINE = "\ue00b"


def parse_html(html: str) -> BeautifulSoup:
    """Parse HTML, even malformed. Raises TooComplex for more than MAX_TAGS tags or MAX_DEPTH levels of elements."""
    # An element takes a kilobyte of memory.
    if html.count("<") > MAX_TAGS:
        message = _("The HTML has more than %s tags; split it into several posts.")
        raise rendering.TooComplex(message % f"{MAX_TAGS:,}")
    # What the converter marks emphasis with is no text.
    soup = _parse(emphasis.MARKS.sub("", html))
    depths = {id(soup): 0}
    for element in soup(True):
        depths[id(element)] = depth = depths[id(element.parent)] + 1
        if depth > MAX_DEPTH:
            raise rendering.TooComplex(_("The HTML is nested too deeply; take it apart."))
    return soup


def _parse(html: str) -> BeautifulSoup:
    # For each unclosed construct the parser searches the whole rest of the text (quadratic time), and it rejects some.
    is_malformed = html.count("<![") > 20 or any(part.count("<") > 100 for part in html.split(">"))
    end = html.rfind("-->") + 3 if "-->" in html else 0
    try:
        return _soup(tame(html) if is_malformed else html[:end] + html[end:].replace("<!--", "&lt;!--"))
    except ParserRejectedMarkup:
        return _soup(tame(html))


def _soup(html: str) -> BeautifulSoup:
    # As a file: BeautifulSoup warns of a string that is only a URL, which is a valid text here.
    return BeautifulSoup(StringIO(html), "html.parser")


def to_markdown(soup: BeautifulSoup, resolve: Resolve = lambda address: None) -> str:
    """Return the Markdown of `soup`, with its addresses replaced by `resolve`. Modifies `soup`."""
    prepare(soup, resolve)
    text = _convert(soup)
    if _is_equivalent(text, soup):
        return text
    # What the Markdown would show otherwise than the source stays HTML, and the rest becomes Markdown.
    text = tidy("\n\n".join(_convert_blocks(soup)))
    return text if _is_equivalent(text, soup) else _as_html_block(soup)


def _convert(part: Tag) -> str:
    return tidy(Converter().convert_soup(part))


def _convert_blocks(element: Tag) -> Iterator[str]:
    """Yield the text of each block within an element, as Markdown or as HTML."""
    while len(element.contents) == 1 and getattr(element.contents[0], "name", "") in _WRAPPERS:
        element = element.contents[0]
    for block in _blocks(element):
        text = _convert(block)
        yield text if _is_equivalent(text, block) else _as_html_block(block)


def _blocks(element: Tag) -> Iterator[Tag]:
    """Yield a copy of each block of an element; the text between two blocks is one block."""
    run: list = []
    for child in [*element.contents, None]:
        is_block = isinstance(child, Tag) and child.name in BLOCKS
        if child is not None and not is_block:
            run.append(copy(child))
            continue
        for nodes in (run, [] if child is None else [copy(child)]):
            if any(isinstance(node, Tag) or node.strip() for node in nodes):
                block = BeautifulSoup("", "html.parser")
                block.extend(nodes)
                yield block
        run = []


_WRAPPERS = frozenset(["div", "section", "article", "main", "center"])


def tidy(text: str, *, is_html_allowed: bool = True) -> str:
    """Write emphasis, and collapse several empty lines between blocks into one; marked empty lines (of code) are kept."""
    text = emphasis.resolve(text.strip(), is_html_allowed=is_html_allowed)
    return re.sub(f" *{_EMPTY_LINE}", "", re.sub(r"\n{3,}", "\n\n", text))


def to_text(html: str) -> str:
    """Return the text of HTML on one line."""
    if "<" not in html:
        return " ".join(unescape(html).split())
    has_breaks = any(tag in html for tag in ("<p", "<br", "<div", "<li"))
    return " ".join(_parse(html).get_text(" " if has_breaks else "").split())


# The conversion

_MARKUP_CHARACTERS = re.compile(r"([\\*`\[\]])|(?<!\w)(_)|(_)(?!\w)|(<(?=[A-Za-z/!?]))|(&(?=#?\w+;))|(~(?=~))")
_BLOCK_MARKERS = re.compile(
    r"^([ \t]*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=]{2,}\s*$|[:~](?=\s|$)|~(?=~~)|!(?=!!))", re.MULTILINE
)
_LIST_NUMBERS = re.compile(r"^([ \t]*\d{1,9})([.)])(?=\s|$)", re.MULTILINE)


class Converter(MarkdownConverter):
    """Converts to the Markdown dialect of this blog."""

    def __init__(self) -> None:
        super().__init__(
            heading_style="atx", bullets="-", newline_style="backslash", code_language_callback=_language_of
        )

    def get_conv_fn(self, tag_name: str):
        """Return the method that converts elements with this name."""
        return self.convert_html_only if tag_name.startswith("x-keep-") else super().get_conv_fn(tag_name)

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Return the text with characters escaped that would be read as markup."""
        text = _MARKUP_CHARACTERS.sub(r"\\\g<0>", text)
        text = _LIST_NUMBERS.sub(r"\1\\\2", _BLOCK_MARKERS.sub(r"\1\\\2", text))
        return text.replace("|", "\\|") if "_inline" in parent_tags else text

    def convert_strong(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return emphasised text, or code within a line, marked for `emphasis.resolve`."""
        return text if "_noformat" in parent_tags else emphasis.mark(el.name, text)

    convert_em = convert_strong
    convert_s = convert_strong
    convert_del = convert_strong
    convert_code = convert_strong

    def convert_html_only(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return an inline element without Markdown syntax as HTML."""
        name = el.name.removeprefix("x-keep-")
        allowed = markup.ATTRIBUTES[name] - {"class", "id"}
        attributes = "".join(f' {key}="{escape(value)}"' for key, value in el.attrs.items() if key in allowed)
        return f"<{name}{attributes}>{text}</{name}>" if text.strip() else text

    def convert_x_target(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return the target of a link within the text as an empty span with its id."""
        return f'<span id="{escape(el["id"])}"></span>'

    def convert_x_note(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return the mark of a footnote."""
        return f"[^{el['id']}]"

    def convert_x_note_text(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return the text of a footnote."""
        lines = re.sub(r"\n(?=.)", "\n    ", text.strip())
        return f"\n\n[^{el['id']}]: {lines}\n\n"

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a link with an escaped address."""
        address = str(el.get("href") or "")
        if "_noformat" in parent_tags or not text.strip() or not address:
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        words = " ".join(text.replace("\\\n", " ").split())
        if el.get_text() == address and ADDRESS_ALONE.fullmatch(address) and "<" not in address and ">" not in address:
            return f"{before}<{address}>{after}"
        return f"{before}[{words}]({_target(address)}{_title(str(el.get('title') or ''))}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str], caption: str = "") -> str:
        """Return an image with its size, if given. The title is dropped: it would be rendered as a caption."""
        if not (address := str(el.get("src") or "")):
            return ""
        if "_noformat" in parent_tags:
            return str(el.get("alt") or "")
        alt = re.sub(r"([\\\[\]`*_])", r"\\\1", " ".join(str(el.get("alt") or "").split()))
        sizes = [f"{side}={el[side]}" for side in ("width", "height") if str(el.get(side, "")).isdecimal()]
        return f"![{alt}]({_target(address)}{_title(caption)})" + (
            "{" + " ".join(sizes) + "}" if len(sizes) == 2 else ""
        )

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a list. A list that does not start with 1 needs an empty line before it."""
        begins = el.name == "ol" and str(el.get("start", "1")) != "1"
        made = ("\n" if begins else "") + super().convert_list(el, text, parent_tags)
        if not el.get("x-other"):
            return made
        return re.sub(r"^(\d+)\. ", r"\1) ", re.sub("^- ", "* ", made, flags=re.MULTILINE), flags=re.MULTILINE)

    convert_ul = convert_list
    convert_ol = convert_list

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a line break, or a space within inline code."""
        return " " if "_noformat" in parent_tags else super().convert_br(el, text, parent_tags)

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a code block with a fence that is longer than any fence in the code."""
        code = el.get_text().strip("\n")
        code = re.sub("^$", _EMPTY_LINE, code, flags=re.MULTILINE)
        fence = "`" * (max((len(run) for run in re.findall(r"`{3,}", code)), default=2) + 1)
        return f"\n\n{fence}{_language_of(el) or ''}\n{code}\n{fence}\n\n" if code.strip() else ""

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a table; it stays HTML if it is too complex for Markdown."""
        return (
            super().convert_table(el, text, parent_tags)
            if _is_simple(el) and "_inline" not in parent_tags
            else self._as_html(el)
        )

    def convert_figure(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return an image with its caption as title, which the blog renders as a caption."""
        caption, images = el.find("figcaption"), el("img")
        if caption is None or not caption.get_text().strip():
            return f"\n\n{text.strip()}\n\n"
        alone = len(images) == 1 and not el(["table", "blockquote", "pre", "video", "audio", "figure"])
        if alone and caption.find(True) is None:
            image, link = images[0], images[0].find_parent("a")
            words = self.convert_img(image, "", parent_tags, " ".join(caption.get_text().split()))
            return f"\n\n{self.convert_a(link, words, parent_tags) if link else words}\n\n"
        return self._as_html(el) if images and not el("figure") else f"\n\n{text.strip()}\n\n"

    def _as_html(self, el: Tag, *args: object) -> str:
        return f"\n\n{_sanitise(el)}\n\n"

    def convert_details(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a details element as HTML."""
        return self._as_html(el)

    def convert_video(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a video or audio element as HTML."""
        return f"\n\n<div>{_sanitise(el)}</div>\n\n"

    convert_audio = convert_video

    def convert_dl(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a definition list; it stays HTML if it contains blocks or line breaks."""
        simple = not el([*(BLOCKS - {"dt", "dd"}), "br"]) and el.find_parent(["li", "dd", "blockquote"]) is None
        return super().convert_div(el, text, parent_tags) if simple else self._as_html(el)


def _language_of(el: Tag) -> str | None:
    for one in [el, *el("code")]:
        words = " ".join([*one.get("class", []), *([str(one["data-lang"])] if one.get("data-lang") else [])])
        if found := _CODE_LANGUAGE.search(words):
            return found[1]
    return None


def _target(address: str) -> str:
    return quote(address, safe="/:?#@!$&'*+,;=%~[]-._|^{}")


def _title(words: str) -> str:
    title = re.sub(r"([\\\"])", r"\\\1", " ".join(words.split()))
    return f' "{title}"' if title else ""


def _is_simple(table: Tag) -> bool:
    """Return whether the table has one header row and the same number of unmerged cells in every row."""
    rows = table("tr")
    if not rows or table(["caption", "table", "br", *(BLOCKS - {"thead", "tbody", "tr", "td", "th"})]):
        return False
    widths = {len(row(["td", "th"])) for row in rows}
    merged = table(attrs={"colspan": re.compile("[2-9]|..")}) or table(attrs={"rowspan": re.compile("[2-9]|..")})
    heads = [bool(row("th")) and not row("td") for row in rows]
    return (
        len(widths) == 1 and not merged and heads[0] and not any(heads[1:]) and not any(row("th") for row in rows[1:])
    )


# What stays HTML


def _sanitise(el: Tag) -> str:
    """Return sanitised HTML of an element without empty lines, which would end the HTML block in Markdown."""
    el = copy(el)
    for pre in el("pre"):
        for text in pre(string=True):
            text.replace_with(NavigableString(text.replace("\n", _LINE_BREAK)))
    for note in el(["x-note", "x-note-text"]):
        # Markdown's footnotes are none within HTML.
        number = BeautifulSoup(f"<sup>{note['id']}</sup>", "html.parser")
        note.replace_with(number) if note.name == "x-note" else note.insert(0, number)
    html = markup.SANITISER.clean(_as_html(el))
    return "\n".join(line.strip() for line in html.split("\n") if line.strip()).replace(_LINE_BREAK, "&#10;")


_LINE_BREAK = "\ue00a"


def _as_html(el: Tag) -> str:
    """Return an element as HTML, without the elements of our own."""
    return re.sub(r"<(/?)x-note-text", r"<\1div", str(el).replace("x-keep-", ""))


_NOTE_SIGN = re.compile(r"(?<!\\)\[\^\w+\](?:: )?")


def _as_html_block(soup: BeautifulSoup) -> str:
    return f"<div>\n{_sanitise(soup)}\n</div>"


def _is_equivalent(text: str, source: Tag) -> bool:
    """Return whether readers see the same of the rendered Markdown as of the HTML."""
    try:
        made, given = _rendered(text, source)
    except rendering.TooComplex:
        return True  # The services report this error, whichever of the two is saved.
    return structure(made) == structure(given)


def _rendered(text: str, source: Tag) -> tuple[BeautifulSoup, BeautifulSoup]:
    """Return the HTML that readers get for the Markdown, and for the source, both parsed, without signs of footnotes."""
    # Footnotes are compared where they stand: the renderer puts them at the end.
    made, given = rendering.render(_NOTE_SIGN.sub("", text)).html, markup.finish(_as_html(source), {})[0]
    soups = parse_html(made), parse_html(given)
    for soup in soups:
        for anchor in soup("a", class_="anchor"):
            anchor.decompose()
    return soups
