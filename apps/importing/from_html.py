"""Convert HTML to equivalent Markdown.

Elements without Markdown syntax (merged cells, `<sub>`, videos) stay HTML within the Markdown, as far as the renderer's
sanitiser allows. The result is rendered and compared with the source: if a word, an image or a link would be lost, the
whole text stays HTML instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from urllib.parse import quote, unquote

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.exceptions import ParserRejectedMarkup
from django.utils.html import escape
from django.utils.translation import gettext as _
from markdownify import MarkdownConverter

from apps.posts import rendering
from apps.posts.rendering import markup
from apps.posts.rendering.markdown import tame

from .problems import BadFile

BLOCKS = frozenset(
    """address article aside audio blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3
    h4 h5 h6 header hr iframe li main nav object ol p pre section summary table tbody td tfoot th thead tr ul
    video""".split()
)
"""Block-level elements, which cannot be inside a paragraph."""

MAX_DEPTH = 200
"""Nesting levels of elements. The renderer accepts fewer."""

Resolve = Callable[[str], str | None]
"""Returns the replacement of an address, or None to leave it."""

_URL_ATTRIBUTES = ("href", "src", "poster", "cite", "data")
_HTML_ONLY = frozenset("abbr bdi bdo cite data dfn ins kbd mark q rp rt ruby samp small sub sup time u var".split())
_RENAMED = {"strike": "s", "tt": "code", "acronym": "abbr", "b": "strong", "i": "em", "xmp": "pre", "big": "span"}
_DROPPED = ["script", "style", "noscript", "template", "head", "meta", "link", "title"]
_CODE_LANGUAGE = re.compile(r"(?:language-|lang-|brush:\s*)([\w+#.-]+)")
_EMBEDDED = {
    re.compile(
        r"(?:https?:)?//(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]+).*"
    ): "https://www.youtube.com/watch?v=",
    re.compile(r"(?:https?:)?//player\.vimeo\.com/video/(\d+).*"): "https://vimeo.com/",
}
_EMPTY_LINE = "\ue00b"
_MANY_SPACES = re.compile(r"[ \t]{2,}")
_ADDRESS_ALONE = re.compile(r"https?://\S+")


def parse_html(html: str) -> BeautifulSoup:
    """Parse HTML, even malformed. Raises BadFile if elements are nested more than MAX_DEPTH levels deep."""
    soup = _parse(html)
    depths = {id(soup): 0}
    for element in soup(True):
        depths[id(element)] = depth = depths[id(element.parent)] + 1
        if depth > MAX_DEPTH:
            raise BadFile(0, _("The HTML is nested too deeply; take it apart."))
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
    text = tidy(Converter().convert_soup(soup))
    return text if _is_lossless(text, str(soup).replace("x-keep-", "")) else _as_html_block(soup)


def tidy(text: str) -> str:
    """Collapse several empty lines between blocks into one; marked empty lines (of code) are kept."""
    return re.sub(f" *{_EMPTY_LINE}", "", re.sub(r"\n{3,}", "\n\n", text.strip()))


def to_text(html: str) -> str:
    """Return the text of HTML on one line."""
    has_breaks = any(tag in html for tag in ("<p", "<br", "<div", "<li"))
    return " ".join(_parse(html).get_text(" " if has_breaks else "").split())


# Preparation: replace addresses, rename obsolete elements, remove meaningless ones


def prepare(soup: BeautifulSoup, resolve: Resolve) -> None:
    """Reduce HTML in place to elements that the converter handles, with addresses replaced by `resolve`."""
    for element in soup(_DROPPED):
        element.decompose()
    for name, other in _RENAMED.items():
        for element in soup(name):
            element.name = other
    for pre in soup("pre"):
        for element in pre("br"):
            element.replace_with("\n")
    for element in soup(["iframe", "embed", "object"]):
        _replace_with_link(soup, element)
    for element in soup(True):
        for name in _URL_ATTRIBUTES:
            if address := element.get(name):
                address = str(address).strip()
                element[name] = resolve(address) or address
        if "srcset" in element.attrs:
            del element["srcset"]  # Its renditions are on the old site.
    for text in soup(string=_MANY_SPACES):
        if type(text) is NavigableString and text.find_parent("pre") is None:
            text.replace_with(_MANY_SPACES.sub(" ", text))
    for text in soup(string=_ADDRESS_ALONE):
        if _is_address_alone(text):
            text.replace_with(_new_link(soup, text.strip()))
    _mark_link_targets(soup)
    # Renamed, because markdownify converts some of these elements differently.
    for element in soup(list(_HTML_ONLY)):
        element.name = f"x-keep-{element.name}"


def _is_address_alone(text: NavigableString) -> bool:
    if type(text) is not NavigableString or not _ADDRESS_ALONE.fullmatch(text.strip()):
        return False
    return text.find_parent(["a", "pre", "code"]) is None and not _has_inline_beside(text)


def _has_inline_beside(text: NavigableString) -> bool:
    beside = [text.previous_sibling, text.next_sibling]
    return any(isinstance(one, Tag) and one.name not in BLOCKS and one.name != "br" for one in beside)


def _replace_with_link(soup: BeautifulSoup, element: Tag) -> None:
    address = str(element.get("src") or element.get("data") or "").strip()
    for pattern, place in _EMBEDDED.items():
        if found := pattern.fullmatch(address):
            address = place + found[1]
    address = f"https:{address}" if address.startswith("//") else address
    if address.startswith(("http://", "https://")):
        paragraph = soup.new_tag("p")
        paragraph.append(_new_link(soup, address))
        element.replace_with(paragraph)
    else:
        element.unwrap()


def _new_link(soup: BeautifulSoup, address: str) -> Tag:
    link = soup.new_tag("a", href=address)
    link.string = address
    return link


def _mark_link_targets(soup: BeautifulSoup) -> None:
    """Insert a marker with the id of each element that a link within the text points to."""
    linked_names = {unquote(str(link["href"])[1:]) for link in soup("a", href=re.compile("^#."))}
    targets = {str(one["name"]): one for one in reversed(soup("a", attrs={"name": True}))}
    targets |= {str(one["id"]): one for one in reversed(soup(id=True))}
    for name in linked_names:
        if target := targets.get(name):
            marker = soup.new_tag("x-target", id=name)
            if target.name in ("a", "p", "span", "li", "div", "td", *markup.HEADINGS):
                target.insert(0, marker)
            else:
                target.insert_before(marker)
            target.attrs.pop("id", None)


# The conversion

_MARKUP_CHARACTERS = re.compile(r"([\\*`\[\]])|(?<!\w)(_)|(_)(?!\w)|(<(?=[A-Za-z/!?]))|(&(?=#?\w+;))|(~(?=~))")
_BLOCK_MARKERS = re.compile(
    r"^([ \t]*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=]{2,}\s*$|:(?=\s)|~(?=~~)|!(?=!!))", re.MULTILINE
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

    def convert_html_only(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return an inline element without Markdown syntax as HTML."""
        name = el.name.removeprefix("x-keep-")
        allowed = markup.ATTRIBUTES[name] - {"class", "id"}
        attributes = "".join(f' {key}="{escape(value)}"' for key, value in el.attrs.items() if key in allowed)
        return f"<{name}{attributes}>{text}</{name}>" if text.strip() else text

    def convert_x_target(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return the target of a link within the text as an empty span with its id."""
        return f'<span id="{escape(el["id"])}"></span>'

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a link with an escaped address."""
        address = str(el.get("href") or "")
        if "_noformat" in parent_tags or not text.strip() or not address:
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        words = " ".join(text.replace("\\\n", " ").split())
        if el.get_text() == address and _ADDRESS_ALONE.fullmatch(address) and "<" not in address and ">" not in address:
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
        return ("\n" if begins else "") + super().convert_list(el, text, parent_tags)

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
    for pre in el("pre"):
        for text in pre(string=True):
            text.replace_with(NavigableString(text.replace("\n", _LINE_BREAK)))
    html = markup.SANITISER.clean(re.sub(r"<(/?)x-keep-", r"<\1", str(el)))
    return "\n".join(line.strip() for line in html.split("\n") if line.strip()).replace(_LINE_BREAK, "&#10;")


_LINE_BREAK = "\ue00a"


def _as_html_block(soup: BeautifulSoup) -> str:
    return f"<div>\n{_sanitise(soup)}\n</div>"


def _is_lossless(text: str, html: str) -> bool:
    """Return whether the rendered Markdown has the words, the images and the link targets of the HTML."""
    try:
        made, given = rendering.render(text).html, markup.finish(html, {})[0]
    except rendering.TooComplex:
        return True  # The services report this error, whichever of the two is saved.
    made_soup, given_soup = parse_html(made), parse_html(given)
    for anchor in made_soup("a", class_="anchor") + given_soup("a", class_="anchor"):
        anchor.decompose()
    return (
        _alphanumerics(made_soup) == _alphanumerics(given_soup)
        and _addresses(given_soup, "img", "src") <= _addresses(made_soup, "img", "src")
        and _addresses(given_soup, "a", "href") <= _addresses(made_soup, "a", "href")
    )


def _alphanumerics(soup: BeautifulSoup) -> str:
    return "".join(char for char in soup.get_text() if char.isalnum())


def _addresses(soup: BeautifulSoup, tag: str, attribute: str) -> set[str]:
    found = soup(tag, attrs={attribute: True})
    return {unquote(one[attribute]) for one in found if tag == "img" or one.get_text().strip() or one("img")}
