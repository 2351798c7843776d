"""Convert what WordPress expands when it renders a post: shortcodes, and empty lines between paragraphs."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from html import escape, unescape
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from django.utils.translation import gettext as _

from . import from_html
from .report import ExportedPost

if TYPE_CHECKING:
    from .wordpress import Attachment

_CONTAINERS = ["div", "blockquote", "section", "article", "aside", "center"]
_UNTOUCHED = ("pre", "textarea", "code")
_LINE_ELEMENTS = ["p", "address", "li", "dd", "td", "th"]
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))|\"([^\"]*)\"|(\S+)")
_CODE_SHORTCODES = ("code", "sourcecode", "source", "php", "css", "html", "python", "javascript", "bash", "sql", "xml")
_MEDIA_SHORTCODES = ("caption", "wp_caption", "gallery", "playlist", "audio", "video", "embed")
_KNOWN_SHORTCODE = re.compile(
    rf"(?<!\[)\[(?P<end>/?)(?P<name>{'|'.join([*_MEDIA_SHORTCODES, *_CODE_SHORTCODES])})(?P<given>\s[^\[\]]*)?\](?!\])",
    re.IGNORECASE,
)
_ANY_SHORTCODE = re.compile(r"(?<!\[)\[/?([a-z][a-z0-9_-]{2,40})(?=[\s\]])(?:\s+[\w-]+=[^\[\]]*|\s*)\](?!\])")
_BLOCKS_OF_EDITOR = "<!-- wp:"

Attributes = dict[str, str]


def soup(post: ExportedPost, attachments: dict[str, Attachment]) -> BeautifulSoup:
    """Return a post's body as parsed HTML. Unknown shortcodes stay in the text, with a warning."""
    text = _Shortcodes(post, attachments).replace(post.html.replace("\r\n", "\n"))
    parsed = from_html.parse_html(text)
    _warn_of_unknown(parsed, post)
    # The block editor writes paragraphs; texts of older editors have only lines.
    if _BLOCKS_OF_EDITOR not in post.html:
        paragraphs(parsed)
    for comment in parsed(string=lambda one: isinstance(one, Comment)):
        if comment.strip() == "nextpage":
            comment.replace_with(parsed.new_tag("hr"))
        else:
            comment.extract()
    return parsed


def _warn_of_unknown(parsed: BeautifulSoup, post: ExportedPost) -> None:
    """Warn of unknown shortcodes, and unescape `[[name]]` to `[name]`."""
    names: set[str] = set()
    for text in parsed(string=re.compile(r"\[")):
        if text.find_parent(["pre", "code"]) is None:
            # Only names with attributes or a closing tag count: others may be plain words in brackets.
            names |= {one[1] for one in _ANY_SHORTCODE.finditer(text) if "=" in one[0] or one[0].startswith("[/")}
            text.replace_with(type(text)(re.sub(r"\[(\[[^\[\]]+\])\]", r"\1", text)))
    for name in sorted(names):
        post.warnings.append(_("the shortcode %s is not known; it is left in the text as it is") % name)


def paragraphs(parsed: BeautifulSoup) -> BeautifulSoup:
    """Convert empty lines to paragraphs and single newlines to line breaks, as WordPress does. Modifies `parsed`."""
    for container in [*parsed(_CONTAINERS), parsed]:
        if container.find_parent(list(_UNTOUCHED)) is None:
            _wrap_paragraphs(parsed, container)
    for text in parsed(string=re.compile("\n")):
        if type(text) is NavigableString and _has_lines(text):
            _break_lines(parsed, text)
    return parsed


def _has_lines(text: NavigableString) -> bool:
    holder = text.find_parent([*_UNTOUCHED, *_LINE_ELEMENTS])
    return holder is not None and holder.name in _LINE_ELEMENTS


def _wrap_paragraphs(parsed: BeautifulSoup, container: Tag) -> None:
    runs: list[list] = [[]]
    for child in list(container.contents):
        if _is_block(child):
            runs += [[child], []]
        elif type(child) is NavigableString:
            first, *others = re.split(r"\n\s*\n", child)
            runs[-1].append(NavigableString(first))
            runs += [[NavigableString(other)] for other in others]
        else:
            runs[-1].append(child)
    is_one = container is not parsed and sum(_has_content(run) for run in runs) <= 1
    container.clear()
    for run in runs:
        if is_one or not _has_content(run) or _is_block(run[0]):
            container.extend(run)
            continue
        paragraph = parsed.new_tag("p")
        paragraph.extend(run)
        container.append(paragraph)


def _is_block(child: object) -> bool:
    return isinstance(child, Tag) and (child.name in from_html.BLOCKS or child.name in ("pre", "textarea"))


def _has_content(run: list) -> bool:
    return any(isinstance(one, Tag) or (type(one) is NavigableString and one.strip()) for one in run)


def _break_lines(parsed: BeautifulSoup, text: NavigableString) -> None:
    """Convert the newlines of a text to line breaks, except those next to blocks and other breaks."""
    lines = str(text).split("\n")
    if not lines[0].strip() and not _is_inline(text.previous_sibling):
        lines = lines[1:]
    if lines and not lines[-1].strip() and not _is_inline(text.next_sibling):
        lines = lines[:-1]
    parts: list = [NavigableString(lines[0])] if lines else []
    for line in lines[1:]:
        parts += [parsed.new_tag("br"), NavigableString(line)]
    text.replace_with(*parts)


def _is_inline(one: object) -> bool:
    return isinstance(one, Tag) and one.name != "br" and not _is_block(one)


class _Shortcodes:
    """Converts the shortcodes of one post."""

    def __init__(self, post: ExportedPost, attachments: dict[str, Attachment]) -> None:
        self.post, self.attachments = post, attachments

    def replace(self, text: str) -> str:
        """Return the text with known shortcodes converted to HTML."""
        tags = list(_KNOWN_SHORTCODE.finditer(text))
        starts, ends = (
            _group_by_name(one for one in tags if not one["end"]),
            _group_by_name(one for one in tags if one["end"]),
        )
        parts, position = [], 0
        for opening in tags:
            if opening.start() < position or opening["end"]:
                continue
            name, inner, after = opening["name"].lower(), "", opening.end()
            closing, following = _first_after(ends.get(name, []), after), _first_after(starts.get(name, []), after)
            if closing and (name in _CODE_SHORTCODES or not following or following.start() > closing.start()):
                inner, after = text[after : closing.start()], closing.end()
            if name in _CODE_SHORTCODES and not inner:
                continue
            parts += [text[position : opening.start()], self._convert(name, _attributes(opening["given"] or ""), inner)]
            position = after
        return "".join([*parts, text[position:]])

    def _convert(self, name: str, given: Attributes, inner: str) -> str:
        return self._code(name, given, inner) if name in _CODE_SHORTCODES else getattr(self, f"_{name}")(given, inner)

    def _code(self, name: str, given: Attributes, inner: str) -> str:
        language = (
            given.get("language") or given.get("lang") or ("" if name in ("code", "sourcecode", "source") else name)
        )
        return f'<pre class="language-{escape(language)}">{escape(unescape(inner), quote=False)}</pre>'

    def _caption(self, given: Attributes, inner: str) -> str:
        parsed = from_html.parse_html(inner)
        image = parsed.find("img")
        if image is None:
            return inner
        shown = image.find_parent("a") or image
        caption = given.get("caption") or "".join(str(one) for one in shown.next_siblings).strip()
        return f"\n\n<figure>{shown}<figcaption>{caption}</figcaption></figure>\n\n"

    _wp_caption = _caption

    def _gallery(self, given: Attributes, inner: str) -> str:
        pictures = "".join(
            f'<figure><img src="{escape(one.address)}" alt="{escape(one.alt)}">'
            f"<figcaption>{escape(one.caption)}</figcaption></figure>"
            for one in self._files(given)
        )
        return f"\n\n{pictures}\n\n" if pictures else ""

    def _playlist(self, given: Attributes, inner: str) -> str:
        tag = "video" if given.get("type") == "video" else "audio"
        return (
            "".join(f'\n\n<{tag} controls src="{escape(one.address)}"></{tag}>' for one in self._files(given)) + "\n\n"
        )

    def _files(self, given: Attributes) -> Iterable[Attachment]:
        numbers = given.get("ids") or given.get("include") or ""
        if numbers:
            return [self.attachments[one] for one in re.findall(r"\d+", numbers) if one in self.attachments]
        uploads = [one for one in self.attachments.values() if one.post_id == given.get("id", self.post.old_id)]
        return [one for one in uploads if one.address]

    def _audio(self, given: Attributes, inner: str) -> str:
        return self._media_element("audio", given, inner, ("mp3", "ogg", "m4a", "wav", "flac", "wma"))

    def _video(self, given: Attributes, inner: str) -> str:
        return self._media_element("video", given, inner, ("mp4", "webm", "ogv", "m4v", "mov", "wmv", "flv"))

    def _media_element(self, tag: str, given: Attributes, inner: str, kinds: tuple[str, ...]) -> str:
        address = given.get("src") or next((given[kind] for kind in kinds if given.get(kind)), "")
        address = address or from_html.parse_html(given.get("0") or inner).get_text().strip()
        poster = f' poster="{escape(given["poster"])}"' if given.get("poster") else ""
        return f'\n\n<{tag} controls src="{escape(address)}"{poster}></{tag}>\n\n' if address else ""

    def _embed(self, given: Attributes, inner: str) -> str:
        address = from_html.parse_html(inner).get_text().strip() or given.get("src", "")
        return f'\n\n<p><a href="{escape(address)}">{escape(address)}</a></p>\n\n' if address else ""


def _group_by_name(tags: Iterable[re.Match]) -> dict[str, list[re.Match]]:
    found: dict[str, list[re.Match]] = {}
    for tag in tags:
        found.setdefault(tag["name"].lower(), []).append(tag)
    return found


def _first_after(tags: list[re.Match], position: int) -> re.Match | None:
    place = bisect_left(tags, position, key=re.Match.start)
    return tags[place] if place < len(tags) else None


def _attributes(text: str) -> Attributes:
    """Return attributes by name, or by position (from "0") if they have no name."""
    given: Attributes = {}
    # The visual editor writes typographic quotes as entities.
    for name, double, single, bare, alone, word in _ATTRIBUTE.findall(
        unescape(text).replace("”", '"').replace("″", '"')
    ):
        given[name.lower() or str(sum(key.isdigit() for key in given))] = double or single or bare or alone or word
    return given
