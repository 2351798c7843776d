"""The checks of a post before it is published. They only warn. All are pure functions of the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.markdown import embeds
from apps.markdown.rendering.pictures import COLUMN_WIDTH
from apps.media.names import digest_of

from .links import BrokenLink

TITLE_LENGTH = 70
"""How many characters of a title search engines show, about."""
MAX_SCALE = 3
"""How many times wider than the text column an image may be; high-density screens need two or three times."""
MAX_LISTED = 3
"""How many places one warning lists."""
VAGUE_LINK_TEXTS = frozenset(
    """here click click-here this this-page link more read-more more-info read-on hier klicken klicken-sie-hier klick-hier
    dieser-link mehr weiterlesen mehr-lesen weiter""".split()
)
"""Link texts that do not describe their target, in the languages of the interface; words are joined by hyphens."""

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_H1 = re.compile(r"^ {0,3}#[ \t]+\S|^ {0,3}\S.*\n {0,3}=+[ \t]*$|<h1[\s>]", re.MULTILINE | re.IGNORECASE)


_IMAGE = re.compile(
    r"""!\[(?:\\.|[^\]\\])*\]\(<?(?P<address>[^\s()<>#]+)(?:\#(?P<name>[\w-]+))?>?(?:\s+"(?:\\.|[^"\\])*")?\)(?P<attributes>\{[^{}\n]*\})?"""
)
"""An image in Markdown: its address, the readable name at its end, and its attributes."""
_HTML_LINE = re.compile(r"^ {0,3}<.*", re.MULTILINE)
_LEFT_OUT = re.compile(
    r"<(iframe|embed|object|frame|script|style|form|button|select|textarea|svg|canvas|math|applet|map|dialog)\b([^<>]*)",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"""\s(?:src|data)\s*=\s*["']?([^\s"'>]+)""", re.IGNORECASE)


class ChecklistWarning(NamedTuple):
    """One warning, with a code for programs and a text for people."""

    code: str
    text: str


def check(
    *,
    title: str,
    summary: str,
    body: str,
    html: str,
    seo_title: str = "",
    broken: Iterable[BrokenLink] = (),
) -> list[ChecklistWarning]:
    """Return the warnings for a post. `body` is its Markdown, `html` the same text rendered.

    `broken` are its broken links to pages of the site, from `links.broken`.
    """
    contents = _ContentParser()
    contents.feed(html)
    contents.close()
    return [
        *_check_title(title, seo_title),
        *_check_summary(summary),
        *check_html(body),
        *_check_alt_texts(contents.images, body),
        *_check_links(broken),
        *_check_image_sizes(contents.images),
        *_check_headings(contents.headings, body),
        *_check_link_texts(contents.links),
    ]


def _check_title(title: str, seo_title: str) -> list[ChecklistWarning]:
    shown = seo_title or title
    if not title.strip():
        return [ChecklistWarning("title", _("The post has no title."))]
    if len(shown) <= TITLE_LENGTH:
        return []
    params = {"length": len(shown), "most": TITLE_LENGTH}
    return [
        ChecklistWarning(
            "title",
            _(
                "The title has %(length)s characters; search engines show about %(most)s. A shorter title for search "
                "engines helps."
            )
            % params,
        )
    ]


def _check_summary(summary: str) -> list[ChecklistWarning]:
    if summary.strip():
        return []
    return [
        ChecklistWarning("summary", _("There is no summary: lists and previews of links show how the text begins."))
    ]


def check_html(body: str) -> list[ChecklistWarning]:
    """Return a warning that names the HTML in lines of a Markdown text which readers will not get."""
    tags = [tag for line in _HTML_LINE.findall(_FENCE.sub("", body)) for tag in _LEFT_OUT.finditer(line)]
    text = ngettext(
        "%(count)s piece of HTML cannot be kept and is left out: %(places)s",
        "%(count)s pieces of HTML cannot be kept and are left out: %(places)s",
        len(names := [name for tag in tags if (name := _left_out(tag))]),
    )
    return _warning("html", text, names)


def _left_out(tag: re.Match) -> str:
    """Return the name of an element, with where its content comes from; nothing for a frame that becomes a card."""
    found = _SOURCE.search(tag[2])
    source = unescape(found[1]) if found else ""
    if tag[1].lower() == "iframe" and embeds.find(source):
        return ""
    return f"<{tag[1].lower()}> {source}".strip()


def _check_alt_texts(images: list[dict[str, str]], body: str) -> list[ChecklistWarning]:
    """Warn of images without a description, and name those that the text says are decorative."""
    addresses = [image.get("src", "") for image in images if not image.get("alt", "").strip()]
    names, decorative = _names_and_decorative(body)
    said = [address for address in addresses if _key(address) in decorative]
    without = [address for address in addresses if _key(address) not in decorative]
    text = ngettext(
        "%(count)s picture has no alternative text, for those who do not see it: %(places)s",
        "%(count)s pictures have no alternative text, for those who do not see them: %(places)s",
        len(without),
    )
    decoration = ngettext(
        "%(count)s picture is said to be decorative, so that those who do not see it are not told of it: %(places)s",
        "%(count)s pictures are said to be decorative, so that those who do not see them are not told of them: %(places)s",
        len(said),
    )
    places = [[names.get(_key(address), address) for address in group] for group in (without, said)]
    return [*_warning("alt", text, places[0]), *_warning("decorative", decoration, places[1])]


def _names_and_decorative(body: str) -> tuple[dict[str, str], set[str]]:
    """Return the readable names in the addresses of a text's images, and which are decorative, by `_key`."""
    names, decorative = {}, set()
    for found in _IMAGE.finditer(_FENCE.sub("", body)):
        key = _key(found["address"])
        if found["name"]:
            names[key] = found["name"]
        if re.search(r"(?<![\w.-])\.decorative(?![\w-])", found["attributes"] or ""):
            decorative.add(key)
    return names, decorative


def _key(address: str) -> str:
    """Return what identifies an image: the digest of one of ours, whose addresses differ, else the address."""
    return digest_of(address) or address


def _check_links(broken: Iterable[BrokenLink]) -> list[ChecklistWarning]:
    moved = [f"{link.href} ({link.reason})" for link in broken if link.problem == "moved"]
    lost = [f"{link.href} ({link.reason})" for link in broken if link.problem != "moved"]
    text = ngettext(
        "%(count)s link to this site leads nowhere: %(places)s",
        "%(count)s links to this site lead nowhere: %(places)s",
        len(lost),
    )
    redirected = ngettext(
        "%(count)s link to this site leads on by a redirect only: %(places)s",
        "%(count)s links to this site lead on by a redirect only: %(places)s",
        len(moved),
    )
    return [*_warning("links", text, lost), *_warning("redirects", redirected, moved)]


def _check_image_sizes(images: list[dict[str, str]]) -> list[ChecklistWarning]:
    sizes = [
        (image.get("src", ""), _number(image.get("width", "")), _number(image.get("height", ""))) for image in images
    ]
    unknown = [address for address, width, height in sizes if not (width and height)]
    # Of an image with several sizes, the browser loads the one that fits.
    large = [
        address
        for image, (address, width, _height) in zip(images, sizes, strict=True)
        if width > COLUMN_WIDTH * MAX_SCALE and "srcset" not in image
    ]
    jumping = ngettext(
        "%(count)s picture has no size, so that the text jumps when it comes: %(places)s",
        "%(count)s pictures have no size, so that the text jumps when they come: %(places)s",
        len(unknown),
    )
    wasteful = ngettext(
        "%(count)s picture is much larger than it is shown, and slow to come on a phone: %(places)s",
        "%(count)s pictures are much larger than they are shown, and slow to come on a phone: %(places)s",
        len(large),
    )
    return [*_warning("image-size", jumping, unknown), *_warning("image-large", wasteful, large)]


def _check_headings(headings: list[tuple[int, str]], body: str) -> list[ChecklistWarning]:
    remarks = []
    if _H1.search(_FENCE.sub("", body)):
        remarks.append(
            ChecklistWarning(
                "h1", _("The text has a heading of the first level, which is the title's. Begin with the second: ##")
            )
        )
    # The title is the first level, so the first heading of a text should be the second.
    levels = [1, *(level for level, _words in headings)]
    skipping = [
        words
        for (_level, words), before, level in zip(headings, levels, levels[1:], strict=False)
        if level > before + 1
    ]
    text = ngettext(
        "%(count)s heading skips a level: %(places)s", "%(count)s headings skip a level: %(places)s", len(skipping)
    )
    return [*remarks, *_warning("headings", text, skipping)]


def _check_link_texts(links: list[tuple[str, str]]) -> list[ChecklistWarning]:
    vague = [
        f"“{words}”" if words else href
        for href, words in links
        if not words or "-".join(re.findall(r"\w+", words.casefold())) in VAGUE_LINK_TEXTS or words.startswith("http")
    ]
    text = ngettext(
        "%(count)s link does not say where it leads: %(places)s",
        "%(count)s links do not say where they lead: %(places)s",
        len(vague),
    )
    return _warning("link-text", text, vague)


def _warning(code: str, text: str, places: list[str]) -> list[ChecklistWarning]:
    """Return one warning that lists the first of `places`, or an empty list if there are none."""
    if not places:
        return []
    named = [Truncator(place).chars(80) for place in Counter(places)]
    more = ", …" if len(named) > MAX_LISTED else ""
    return [ChecklistWarning(code, text % {"count": len(places), "places": ", ".join(named[:MAX_LISTED]) + more})]


def _number(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 7 else 0


class _ContentParser(HTMLParser):
    """Collects the images, headings and links of a rendered text."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[dict[str, str]] = []
        self.headings: list[tuple[int, str]] = []
        self.links: list[tuple[str, str]] = []
        self._has_sources = False
        self._heading: list[str] | None = None
        self._link: list[str] | None = None
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "picture":
            self._has_sources = True
        elif tag == "img":
            self.images.append(given | ({"srcset": ""} if self._has_sources else {}))
            for words in (self._heading, self._link):
                if words is not None:
                    words.append(given.get("alt", ""))
        elif tag in ("h2", "h3", "h4", "h5", "h6"):
            self._heading = []
        elif (
            tag == "a" and "href" in given and not {"anchor", "footnote-backref"} & set(given.get("class", "").split())
        ):
            self._href, self._link = given["href"], [given.get("aria-label", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "picture":
            self._has_sources = False
        elif tag == "a" and self._link is not None:
            self.links.append((self._href, _joined(self._link)))
            self._link = None
        elif tag in ("h2", "h3", "h4", "h5", "h6") and self._heading is not None:
            self.headings.append((int(tag[1]), _joined(self._heading)))
            self._heading = None

    def handle_data(self, data: str) -> None:
        for words in (self._heading, self._link):
            if words is not None:
                words.append(data)


def _joined(words: list[str]) -> str:
    return " ".join("".join(words).split())
