"""What WordPress makes of a post's text when it shows it: shortcodes, and paragraphs of empty lines."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from html import escape, unescape
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from django.utils.translation import gettext as _

from . import from_html
from .report import Draft

if TYPE_CHECKING:
    from .wordpress import Attachment

_CONTAINERS = ["div", "blockquote", "section", "article", "aside", "center"]
_UNTOUCHED = ("pre", "textarea", "code")
_WITH_LINES = ["p", "address", "li", "dd", "td", "th"]
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))|\"([^\"]*)\"|(\S+)")
_CODE = ("code", "sourcecode", "source", "php", "css", "html", "python", "javascript", "bash", "sql", "xml")
_MEANT = ("caption", "wp_caption", "gallery", "playlist", "audio", "video", "embed")
_TAG = re.compile(
    rf"(?<!\[)\[(?P<end>/?)(?P<name>{'|'.join([*_MEANT, *_CODE])})(?P<given>\s[^\[\]]*)?\](?!\])", re.IGNORECASE
)
_ANY = re.compile(r"(?<!\[)\[/?([a-z][a-z0-9_-]{2,40})(?=[\s\]])(?:\s+[\w-]+=[^\[\]]*|\s*)\](?!\])")
_BLOCKS_OF_EDITOR = "<!-- wp:"

Attributes = dict[str, str]


def soup(draft: Draft, attachments: dict[str, Attachment]) -> BeautifulSoup:
    """Return a post's text as HTML. What is not understood is kept as it is, and told."""
    text = _Shortcodes(draft, attachments).replaced(draft.html.replace("\r\n", "\n"))
    parsed = from_html.soup_of(text)
    _tell_unknown(parsed, draft)
    # What the block editor wrote has its paragraphs; what was typed before it has only lines.
    if _BLOCKS_OF_EDITOR not in draft.html:
        paragraphs(parsed)
    for comment in parsed(string=lambda one: isinstance(one, Comment)):
        if comment.strip() == "nextpage":
            comment.replace_with(parsed.new_tag("hr"))
        else:
            comment.extract()
    return parsed


def _tell_unknown(parsed: BeautifulSoup, draft: Draft) -> None:
    """Tell which shortcodes stay as they are, and show those that a text only speaks of, as `[[name]]`."""
    names: set[str] = set()
    for text in parsed(string=re.compile(r"\[")):
        if text.find_parent(["pre", "code"]) is None:
            # A shortcode, and no word in brackets, has attributes or an end.
            names |= {one[1] for one in _ANY.finditer(text) if "=" in one[0] or one[0].startswith("[/")}
            text.replace_with(type(text)(re.sub(r"\[(\[[^\[\]]+\])\]", r"\1", text)))
    for name in sorted(names):
        draft.warnings.append(_("the shortcode %s is not known; it is left in the text as it is") % name)


def paragraphs(parsed: BeautifulSoup) -> BeautifulSoup:
    """Make paragraphs of what empty lines divide, and line breaks of single ones, as WordPress does."""
    for container in [*parsed(_CONTAINERS), parsed]:
        if container.find_parent(list(_UNTOUCHED)) is None:
            _divide(parsed, container)
    for text in parsed(string=re.compile("\n")):
        if type(text) is NavigableString and _has_lines(text):
            _break_lines(parsed, text)
    return parsed


def _has_lines(text: NavigableString) -> bool:
    holder = text.find_parent([*_UNTOUCHED, *_WITH_LINES])
    return holder is not None and holder.name in _WITH_LINES


def _divide(parsed: BeautifulSoup, container: Tag) -> None:
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
    is_one = container is not parsed and sum(_says_something(run) for run in runs) <= 1
    container.clear()
    for run in runs:
        if is_one or not _says_something(run) or _is_block(run[0]):
            container.extend(run)
            continue
        paragraph = parsed.new_tag("p")
        paragraph.extend(run)
        container.append(paragraph)


def _is_block(child: object) -> bool:
    return isinstance(child, Tag) and (child.name in from_html.BLOCKS or child.name in ("pre", "textarea"))


def _says_something(run: list) -> bool:
    return any(isinstance(one, Tag) or (type(one) is NavigableString and one.strip()) for one in run)


def _break_lines(parsed: BeautifulSoup, text: NavigableString) -> None:
    """Make line breaks of the new lines of a text, but for those beside blocks and other breaks."""
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
    """Takes the shortcodes out of one post."""

    def __init__(self, draft: Draft, attachments: dict[str, Attachment]) -> None:
        self.draft, self.attachments = draft, attachments

    def replaced(self, text: str) -> str:
        """Return the text with HTML instead of the shortcodes that are known."""
        tags = list(_TAG.finditer(text))
        starts, ends = _by_name(one for one in tags if not one["end"]), _by_name(one for one in tags if one["end"])
        parts, position = [], 0
        for opening in tags:
            if opening.start() < position or opening["end"]:
                continue
            name, inner, after = opening["name"].lower(), "", opening.end()
            closing, following = _next(ends.get(name, []), after), _next(starts.get(name, []), after)
            if closing and (name in _CODE or not following or following.start() > closing.start()):
                inner, after = text[after : closing.start()], closing.end()
            if name in _CODE and not inner:
                continue
            parts += [text[position : opening.start()], self._meaning(name, _attributes(opening["given"] or ""), inner)]
            position = after
        return "".join([*parts, text[position:]])

    def _meaning(self, name: str, given: Attributes, inner: str) -> str:
        return self._code(name, given, inner) if name in _CODE else getattr(self, f"_{name}")(given, inner)

    def _code(self, name: str, given: Attributes, inner: str) -> str:
        language = (
            given.get("language") or given.get("lang") or ("" if name in ("code", "sourcecode", "source") else name)
        )
        return f'<pre class="language-{escape(language)}">{escape(unescape(inner), quote=False)}</pre>'

    def _caption(self, given: Attributes, inner: str) -> str:
        parsed = from_html.soup_of(inner)
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
        mine = [one for one in self.attachments.values() if one.post == given.get("id", self.draft.name)]
        return [one for one in mine if one.address]

    def _audio(self, given: Attributes, inner: str) -> str:
        return self._playing("audio", given, inner, ("mp3", "ogg", "m4a", "wav", "flac", "wma"))

    def _video(self, given: Attributes, inner: str) -> str:
        return self._playing("video", given, inner, ("mp4", "webm", "ogv", "m4v", "mov", "wmv", "flv"))

    def _playing(self, tag: str, given: Attributes, inner: str, kinds: tuple[str, ...]) -> str:
        address = given.get("src") or next((given[kind] for kind in kinds if given.get(kind)), "")
        address = address or from_html.soup_of(given.get("0") or inner).get_text().strip()
        poster = f' poster="{escape(given["poster"])}"' if given.get("poster") else ""
        return f'\n\n<{tag} controls src="{escape(address)}"{poster}></{tag}>\n\n' if address else ""

    def _embed(self, given: Attributes, inner: str) -> str:
        address = from_html.soup_of(inner).get_text().strip() or given.get("src", "")
        return f'\n\n<p><a href="{escape(address)}">{escape(address)}</a></p>\n\n' if address else ""


def _by_name(tags: Iterable[re.Match]) -> dict[str, list[re.Match]]:
    found: dict[str, list[re.Match]] = {}
    for tag in tags:
        found.setdefault(tag["name"].lower(), []).append(tag)
    return found


def _next(tags: list[re.Match], position: int) -> re.Match | None:
    place = bisect_left(tags, position, key=re.Match.start)
    return tags[place] if place < len(tags) else None


def _attributes(text: str) -> Attributes:
    """Return attributes by their names, and those without a name by their position from "0"."""
    given: Attributes = {}
    # The visual editor writes typographic quotes as entities.
    for name, double, single, bare, alone, word in _ATTRIBUTE.findall(
        unescape(text).replace("”", '"').replace("″", '"')
    ):
        given[name.lower() or str(sum(key.isdigit() for key in given))] = double or single or bare or alone or word
    return given
