"""Convert the shortcodes of WordPress, of WordPress.com and of common plugins to HTML."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from apps.markdown.conversion import embeds, from_html, web_addresses

from .report import ExportedPost

if TYPE_CHECKING:
    from .wordpress import Attachment

_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))|\"([^\"]*)\"|(\S+)")
_CODE = ("code", "sourcecode", "source", "php", "css", "html", "python", "javascript", "bash", "sql", "xml")
_MEDIA = ("caption", "wp_caption", "gallery", "playlist", "audio", "video", "embed")
_NOTES = ("footnote", "ref", "efn_note", "mfn", "fn")
_PAGES = {
    **{
        name: embeds.SERVICES[name]
        for name in ("youtube", "vimeo", "gist", "dailymotion", "spotify", "instagram", "tweet", "codepen")
    },
    "embedyt": embeds.SERVICES["youtube"],
    "wpvideo": "https://videopress.com/v/",
    "videopress": "https://videopress.com/v/",
    "ted": "https://www.ted.com/talks/",
    "soundcloud": "https://soundcloud.com/",
    "facebook": "https://www.facebook.com/",
}
"""Shortcodes that show something of another site, and the beginning of its address before an id."""

KNOWN = frozenset([*_MEDIA, *_CODE, *_NOTES, *_PAGES])
_SHORTCODE = re.compile(
    rf"(?<!\[)\[(?P<end>/?)(?P<name>{'|'.join(sorted(KNOWN, key=len, reverse=True))})(?P<given>[\s=][^\[\]]*)?\](?!\])",
    re.IGNORECASE,
)
_CODE_ELEMENT = re.compile(r"<(pre|code|textarea)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)

Attributes = dict[str, str]


class Shortcodes:
    """Converts the shortcodes of one post."""

    def __init__(self, post: ExportedPost, attachments: dict[str, Attachment], uploads: list[Attachment]) -> None:
        """`uploads` are the files that were uploaded to the post."""
        self.post, self.attachments, self.uploads = post, attachments, uploads
        self._note_texts: list[str] = []

    def replace(self, text: str) -> str:
        """Return the text with known shortcodes converted to HTML, except in code."""
        # Code without an end reaches to the end of the text; searching for it once is enough.
        code = [found.span() for found in _CODE_ELEMENT.finditer(text)] if "</" in text else []
        ends_of_code = [end for _start, end in code]

        def is_in_code(position: int) -> bool:
            place = bisect_left(ends_of_code, position + 1)
            return place < len(code) and code[place][0] <= position

        tags = [one for one in _SHORTCODE.finditer(text) if not is_in_code(one.start())]
        starts = _group_by_name(one for one in tags if not one["end"])
        ends = _group_by_name(one for one in tags if one["end"])
        parts, position = [], 0
        for opening in tags:
            if opening.start() < position or opening["end"]:
                continue
            name, inner, after = opening["name"].lower(), "", opening.end()
            closing, following = _first_after(ends.get(name, []), after), _first_after(starts.get(name, []), after)
            if closing and (name in _CODE or not following or following.start() > closing.start()):
                inner, after = text[after : closing.start()], closing.end()
            if name in (*_CODE, *_NOTES) and not inner:
                continue
            converted = self._convert(name, _attributes(opening["given"] or ""), inner)
            if converted is None:
                continue
            parts += [text[position : opening.start()], converted]
            position = after
        return "".join([*parts, text[position:], *self._notes()])

    def _notes(self) -> Iterable[str]:
        for number, text in enumerate(self._note_texts, 1):
            yield f'\n\n<x-note-text id="s{number}">{text}</x-note-text>'

    def _convert(self, name: str, given: Attributes, inner: str) -> str | None:
        """Return the HTML of a shortcode; None if it cannot be converted."""
        if name in _CODE:
            return self._code(name, given, inner)
        if name in _NOTES:
            self._note_texts.append(inner)
            return f'<x-note id="s{len(self._note_texts)}"></x-note>'
        if name in _PAGES:
            return self._page(name, given, inner)
        return _CONVERTERS[name](self, given, inner)

    def _code(self, name: str, given: Attributes, inner: str) -> str:
        language = (
            given.get("language") or given.get("lang") or ("" if name in ("code", "sourcecode", "source") else name)
        )
        return f'<pre class="language-{escape(language)}">{escape(unescape(inner), quote=False)}</pre>'

    def _page(self, name: str, given: Attributes, inner: str) -> str | None:
        words = from_html.parse_html(inner).get_text().strip()
        target = next((given[key] for key in ("url", "href", "src", "id", "0") if given.get(key)), words)
        if target.startswith("//"):
            target = f"https:{target}"
        if target.startswith(("http://", "https://")):
            address = _without_sizes(embeds.page_of(target))
        elif re.fullmatch(r"[\w-]+(?:/[\w-]+)*", target):
            address = _PAGES[name] + target
        else:
            return None
        return _link(address)

    def _caption(self, given: Attributes, inner: str) -> str:
        parsed = from_html.parse_html(inner)
        image = parsed.find("img")
        if image is None:
            return inner
        shown = image.find_parent("a") or image
        caption = given.get("caption") or "".join(str(one) for one in shown.next_siblings).strip()
        return f"\n\n<figure>{shown}<figcaption>{caption}</figcaption></figure>\n\n"

    def _gallery(self, given: Attributes, inner: str) -> str | None:
        pictures = "".join(
            f'<figure><img src="{escape(one.address)}" alt="{escape(one.alt)}">'
            f"<figcaption>{escape(one.caption)}</figcaption></figure>"
            for one in self._files(given)
        )
        return f"\n\n{pictures}\n\n" if pictures else None

    def _playlist(self, given: Attributes, inner: str) -> str | None:
        tag = "video" if given.get("type") == "video" else "audio"
        players = "".join(f'\n\n<{tag} controls src="{escape(one.address)}"></{tag}>' for one in self._files(given))
        return f"{players}\n\n" if players else None

    def _files(self, given: Attributes) -> Iterable[Attachment]:
        numbers = given.get("ids") or given.get("include") or ""
        if numbers:
            return [self.attachments[one] for one in re.findall(r"\d+", numbers) if one in self.attachments]
        if given.get("id", self.post.old_id) != self.post.old_id:
            uploads = [one for one in self.attachments.values() if one.post_id == given["id"]]
        else:
            uploads = self.uploads
        return [one for one in uploads if one.address]

    def _audio(self, given: Attributes, inner: str) -> str | None:
        return self._media_element("audio", given, inner, ("mp3", "ogg", "m4a", "wav", "flac", "wma"))

    def _video(self, given: Attributes, inner: str) -> str | None:
        return self._media_element("video", given, inner, ("mp4", "webm", "ogv", "m4v", "mov", "wmv", "flv"))

    def _media_element(self, tag: str, given: Attributes, inner: str, kinds: tuple[str, ...]) -> str | None:
        address = given.get("src") or next((given[kind] for kind in kinds if given.get(kind)), "")
        address = address or from_html.parse_html(given.get("0") or inner).get_text().strip()
        poster = f' poster="{escape(given["poster"])}"' if given.get("poster") else ""
        return f'\n\n<{tag} controls src="{escape(address)}"{poster}></{tag}>\n\n' if address else None

    def _embed(self, given: Attributes, inner: str) -> str | None:
        address = from_html.parse_html(inner).get_text().strip() or given.get("src") or given.get("0", "")
        return _link(embeds.page_of(address)) if address else None


_CONVERTERS: dict[str, Callable[[Shortcodes, Attributes, str], str | None]] = {
    "caption": Shortcodes._caption,
    "wp_caption": Shortcodes._caption,
    "gallery": Shortcodes._gallery,
    "playlist": Shortcodes._playlist,
    "audio": Shortcodes._audio,
    "video": Shortcodes._video,
    "embed": Shortcodes._embed,
}


def _link(address: str) -> str:
    return f'\n\n<p><a href="{escape(address)}">{escape(address)}</a></p>\n\n'


def _without_sizes(address: str) -> str:
    """Return the address of a video without the width and the height, which WordPress.com writes into it."""
    parts = web_addresses.split(address)
    video = parse_qs(parts.query).get("v", [""])[0]
    return f"https://www.youtube.com/watch?v={video}" if video and "youtube.com" in parts.netloc else address


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
    # The visual editor writes typographic quotes as entities; WordPress.com knows `[youtube=address]`.
    text = unescape(text).replace("”", '"').replace("″", '"').removeprefix("=")
    if re.match(r"\s*(?:https?:)?//\S", text):
        address, _space, text = text.strip().partition(" ")
        given["0"] = address
    for name, double, single, bare, alone, word in _ATTRIBUTE.findall(text):
        if word != "/":
            given[name.lower() or str(sum(key.isdigit() for key in given))] = double or single or bare or alone or word
    return given
