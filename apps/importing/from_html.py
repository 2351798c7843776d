"""HTML to the Markdown that says the same.

What Markdown has signs for becomes these; what it has none for (merged cells, `<sub>`, videos) stays as HTML within it, as
far as the renderer lets it through. At the end the Markdown is rendered and compared: where a word, a picture or a link
would be lost, the whole text stays HTML instead.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from urllib.parse import quote, unquote

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, NavigableString, Tag
from bs4.exceptions import ParserRejectedMarkup
from django.utils.html import escape
from django.utils.translation import gettext as _
from markdownify import MarkdownConverter

from apps.posts import rendering
from apps.posts.rendering import markup
from apps.posts.rendering.markdown import tame

from .problems import BadFile

# A text may be nothing but an address.
warnings.filterwarnings("ignore", category=MarkupResemblesLocatorWarning)

BLOCKS = frozenset(
    """address article aside audio blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3
    h4 h5 h6 header hr iframe li main nav object ol p pre section summary table tbody td tfoot th thead tr ul
    video""".split()
)
"""Elements that no paragraph holds."""

DEEPEST = 200
"""Levels of elements. A text that the renderer takes has fewer."""

Resolve = Callable[[str], str | None]
"""Returns what to write instead of an address, or None to leave it."""

_ADDRESSES = ("href", "src", "poster", "cite", "data")
_KEPT = frozenset("abbr bdi bdo cite data dfn ins kbd mark q rp rt ruby samp small sub sup time u var".split())
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


def soup_of(html: str) -> BeautifulSoup:
    """Parse HTML, however broken it is. Raises BadFile for what is nested too deeply to be meant."""
    soup = _parsed(html)
    depths = {id(soup): 0}
    for element in soup(True):
        depths[id(element)] = depth = depths[id(element.parent)] + 1
        if depth > DEEPEST:
            raise BadFile(0, _("The HTML is nested too deeply; take it apart."))
    return soup


def _parsed(html: str) -> BeautifulSoup:
    # The parser looks for the end of what has none in all of the rest, each time; and some of it, it refuses.
    is_hopeless = html.count("<![") > 20 or any(part.count("<") > 100 for part in html.split(">"))
    end = html.rfind("-->") + 3 if "-->" in html else 0
    try:
        return BeautifulSoup(
            tame(html) if is_hopeless else html[:end] + html[end:].replace("<!--", "&lt;!--"), "html.parser"
        )
    except ParserRejectedMarkup:
        return BeautifulSoup(tame(html), "html.parser")


def to_markdown(soup: BeautifulSoup, resolve: Resolve = lambda address: None) -> str:
    """Return the Markdown of HTML (which is changed by it), with its addresses as `resolve` has them."""
    prepare(soup, resolve)
    text = tidy(Converter().convert_soup(soup))
    return text if _says_all(text, str(soup).replace("x-keep-", "")) else _as_block(soup)


def tidy(text: str) -> str:
    """Leave one empty line where several divide blocks; those of code are marked."""
    return re.sub(f" *{_EMPTY_LINE}", "", re.sub(r"\n{3,}", "\n\n", text.strip()))


def to_text(html: str) -> str:
    """Return the words of HTML, on one line."""
    divided = any(tag in html for tag in ("<p", "<br", "<div", "<li"))
    return " ".join(_parsed(html).get_text(" " if divided else "").split())


# Before the conversion: addresses, and elements that have other names or no meaning here


def prepare(soup: BeautifulSoup, resolve: Resolve) -> None:
    """Bring HTML to what the conversion knows, with its addresses as `resolve` has them."""
    for element in soup(_DROPPED):
        element.decompose()
    for name, other in _RENAMED.items():
        for element in soup(name):
            element.name = other
    for pre in soup("pre"):
        for element in pre("br"):
            element.replace_with("\n")
    for element in soup(["iframe", "embed", "object"]):
        _link_instead(soup, element)
    for element in soup(True):
        for name in _ADDRESSES:
            if address := element.get(name):
                address = str(address).strip()
                element[name] = resolve(address) or address
        if "srcset" in element.attrs:
            del element["srcset"]  # The sizes of one picture elsewhere.
    for text in soup(string=_MANY_SPACES):
        if type(text) is NavigableString and text.find_parent("pre") is None:
            text.replace_with(_MANY_SPACES.sub(" ", text))
    for text in soup(string=_ADDRESS_ALONE):
        if _is_address_alone(text):
            text.replace_with(_new_link(soup, text.strip()))
    _keep_targets(soup)
    # Markdown's own converter has other ideas of some of these.
    for element in soup(list(_KEPT)):
        element.name = f"x-keep-{element.name}"


def _is_address_alone(text: NavigableString) -> bool:
    if type(text) is not NavigableString or not _ADDRESS_ALONE.fullmatch(text.strip()):
        return False
    return text.find_parent(["a", "pre", "code"]) is None and not _has_inline_beside(text)


def _has_inline_beside(text: NavigableString) -> bool:
    beside = [text.previous_sibling, text.next_sibling]
    return any(isinstance(one, Tag) and one.name not in BLOCKS and one.name != "br" for one in beside)


def _link_instead(soup: BeautifulSoup, element: Tag) -> None:
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


def _keep_targets(soup: BeautifulSoup) -> None:
    """Have what links within the text lead to keep its name."""
    wanted = {unquote(str(link["href"])[1:]) for link in soup("a", href=re.compile("^#."))}
    named = {str(one["name"]): one for one in reversed(soup("a", attrs={"name": True}))}
    named |= {str(one["id"]): one for one in reversed(soup(id=True))}
    for name in wanted:
        if target := named.get(name):
            mark = soup.new_tag("x-target", id=name)
            if target.name in ("a", "p", "span", "li", "div", "td", *markup.HEADINGS):
                target.insert(0, mark)
            else:
                target.insert_before(mark)
            target.attrs.pop("id", None)


# The conversion

_SIGNS = re.compile(r"([\\*`\[\]])|(?<!\w)(_)|(_)(?!\w)|(<(?=[A-Za-z/!?]))|(&(?=#?\w+;))|(~(?=~))")
_AT_START = re.compile(r"^([ \t]*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=]{2,}\s*$|:(?=\s)|~(?=~~)|!(?=!!))", re.MULTILINE)
_NUMBER_AT_START = re.compile(r"^([ \t]*\d{1,9})([.)])(?=\s|$)", re.MULTILINE)


class Converter(MarkdownConverter):
    """Markdown as this blog renders it."""

    def __init__(self) -> None:
        super().__init__(
            heading_style="atx", bullets="-", newline_style="backslash", code_language_callback=_language_of
        )

    def get_conv_fn(self, tag_name: str):
        """Return what converts an element of a name."""
        return self.convert_kept if tag_name.startswith("x-keep-") else super().get_conv_fn(tag_name)

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Return text in which nothing is a sign by accident."""
        text = _SIGNS.sub(r"\\\g<0>", text)
        text = _NUMBER_AT_START.sub(r"\1\\\2", _AT_START.sub(r"\1\\\2", text))
        return text.replace("|", "\\|") if "_inline" in parent_tags else text

    def convert_kept(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return an element that Markdown has no sign for as HTML."""
        name = el.name.removeprefix("x-keep-")
        allowed = markup.ATTRIBUTES[name] - {"class", "id"}
        attributes = "".join(f' {key}="{escape(value)}"' for key, value in el.attrs.items() if key in allowed)
        return f"<{name}{attributes}>{text}</{name}>" if text.strip() else text

    def convert_x_target(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return what a link within the text leads to."""
        return f'<span id="{escape(el["id"])}"></span>'

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a link, its address as Markdown needs it."""
        address = str(el.get("href") or "")
        if "_noformat" in parent_tags or not text.strip() or not address:
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        words = " ".join(text.replace("\\\n", " ").split())
        if el.get_text() == address and _ADDRESS_ALONE.fullmatch(address) and "<" not in address and ">" not in address:
            return f"{before}<{address}>{after}"
        return f"{before}[{words}]({_target(address)}{_title(str(el.get('title') or ''))}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str], caption: str = "") -> str:
        """Return a picture, with its size where it has one. Its title, a hint for a mouse, would become a caption."""
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
        """Return a list. One that does not begin with 1 begins nothing without an empty line before it."""
        begins = el.name == "ol" and str(el.get("start", "1")) != "1"
        return ("\n" if begins else "") + super().convert_list(el, text, parent_tags)

    convert_ul = convert_list
    convert_ol = convert_list

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a line break; within a line of code there is none."""
        return " " if "_noformat" in parent_tags else super().convert_br(el, text, parent_tags)

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return code in a fence that is longer than any in it."""
        code = el.get_text().strip("\n")
        code = re.sub("^$", _EMPTY_LINE, code, flags=re.MULTILINE)
        fence = "`" * (max((len(run) for run in re.findall(r"`{3,}", code)), default=2) + 1)
        return f"\n\n{fence}{_language_of(el) or ''}\n{code}\n{fence}\n\n" if code.strip() else ""

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a table; one that Markdown cannot write stays HTML."""
        return (
            super().convert_table(el, text, parent_tags)
            if _is_simple(el) and "_inline" not in parent_tags
            else self._html(el)
        )

    def convert_figure(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a picture with its caption as title, which is shown beneath it."""
        caption, images = el.find("figcaption"), el("img")
        if caption is None or not caption.get_text().strip():
            return f"\n\n{text.strip()}\n\n"
        alone = len(images) == 1 and not el(["table", "blockquote", "pre", "video", "audio", "figure"])
        if alone and caption.find(True) is None:
            image, link = images[0], images[0].find_parent("a")
            words = self.convert_img(image, "", parent_tags, " ".join(caption.get_text().split()))
            return f"\n\n{self.convert_a(link, words, parent_tags) if link else words}\n\n"
        return self._html(el) if images and not el("figure") else f"\n\n{text.strip()}\n\n"

    def _html(self, el: Tag, *args: object) -> str:
        return f"\n\n{_clean(el)}\n\n"

    def convert_details(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return what can be unfolded as HTML."""
        return self._html(el)

    def convert_video(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a film or a sound as HTML."""
        return f"\n\n<div>{_clean(el)}</div>\n\n"

    convert_audio = convert_video

    def convert_dl(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a list of definitions; one that holds more than words stays HTML."""
        simple = not el([*(BLOCKS - {"dt", "dd"}), "br"]) and el.find_parent(["li", "dd", "blockquote"]) is None
        return super().convert_div(el, text, parent_tags) if simple else self._html(el)


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
    """Tell whether a table has one row of headings, and as many cells in all others."""
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


def _clean(el: Tag) -> str:
    """Return an element as the renderer lets it through, without an empty line, where Markdown would begin again."""
    for pre in el("pre"):
        for text in pre(string=True):
            text.replace_with(NavigableString(text.replace("\n", _BREAK)))
    html = markup.SANITISER.clean(re.sub(r"<(/?)x-keep-", r"<\1", str(el)))
    return "\n".join(line.strip() for line in html.split("\n") if line.strip()).replace(_BREAK, "&#10;")


_BREAK = "\ue00a"


def _as_block(soup: BeautifulSoup) -> str:
    return f"<div>\n{_clean(soup)}\n</div>"


def _says_all(text: str, html: str) -> bool:
    """Tell whether Markdown says what the HTML does: its words, its pictures, and where its links lead."""
    try:
        made, given = rendering.render(text).html, markup.finish(html, {})[0]
    except rendering.TooComplex:
        return True  # The services say so, of either.
    made_soup, given_soup = soup_of(made), soup_of(given)
    for anchor in made_soup("a", class_="anchor") + given_soup("a", class_="anchor"):
        anchor.decompose()
    return (
        _letters(made_soup) == _letters(given_soup)
        and _places(given_soup, "img", "src") <= _places(made_soup, "img", "src")
        and _places(given_soup, "a", "href") <= _places(made_soup, "a", "href")
    )


def _letters(soup: BeautifulSoup) -> str:
    return "".join(char for char in soup.get_text() if char.isalnum())


def _places(soup: BeautifulSoup, tag: str, attribute: str) -> set[str]:
    found = soup(tag, attrs={attribute: True})
    return {unquote(one[attribute]) for one in found if tag == "img" or one.get_text().strip() or one("img")}
