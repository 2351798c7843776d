"""What can be embedded: videos, sound, posts and code of other sites, of which nothing is loaded before the reader asks.

`EMBEDS` is the whole table; a new site is a new row. A text stores a card of our own with the address of the player
(`rendering`), and the page's policy allows frames of exactly the sites of its cards (`frame_sources`).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

MAX_ADDRESS = 500
"""Characters of an address that is compared with the table."""


class Kind(StrEnum):
    """What a site shows, for the words of the card."""

    VIDEO = "video"
    AUDIO = "audio"
    POST = "post"
    CODE = "code"


class Shape(StrEnum):
    """The classes of a card, for the height of its player (broadsheet.css)."""

    WIDE = "embed-wide"
    LOW = "embed-low"
    MIDDLE = "embed-middle"
    HIGH = "embed-high"


class Site(NamedTuple):
    """A row of the table. Patterns match whole addresses without `https://`; their groups fill the templates."""

    name: str
    kind: Kind
    shape: Shape
    pages: str
    """The pattern of addresses that people copy."""
    player: str
    """The template of the address of the player, which sets no cookies where the site has such a one."""
    frames: str = ""
    """The pattern of addresses of players in the site's own embed codes."""
    page: str = ""
    """The template of the address of the page for an address that matches `frames`."""


_END = r"(?:[?&#/].*)?"
_YOUTUBE = r"(?:(?:www|m|music)\.)?youtube(?:-nocookie)?\.com"
_START = r"(?:(?=[^#]*[?&](?:t|start)=(?P<start>\d{1,6}))|)"
_SPOTIFY = r"open\.spotify\.com/"
_SPOTIFY_ID = rf"(?P<id>[A-Za-z0-9]{{22}}){_END}"
_BLUESKY = r"(?P<who>did:plc:[a-z2-7]{24}|[\w-]+(?:\.[\w-]+)+)"

EMBEDS = (
    Site(
        "YouTube",
        Kind.VIDEO,
        Shape.WIDE,
        rf"{_START}(?:youtu\.be/|{_YOUTUBE}/(?:watch\?(?:[^#]*&)?v=|shorts/|live/))(?P<id>[\w-]{{11}}){_END}",
        "https://www.youtube-nocookie.com/embed/{id}?start={start}",
        rf"{_START}{_YOUTUBE}/(?:embed|v)/(?!videoseries)(?P<id>[\w-]{{11}}){_END}",
        "https://www.youtube.com/watch?v={id}",
    ),
    Site(
        "YouTube",
        Kind.VIDEO,
        Shape.WIDE,
        rf"{_YOUTUBE}/playlist\?(?:[^#]*&)?list=(?P<id>[\w-]{{10,64}}){_END}",
        "https://www.youtube-nocookie.com/embed/videoseries?list={id}",
        rf"{_YOUTUBE}/embed/videoseries\?(?:[^#]*&)?list=(?P<id>[\w-]{{10,64}}){_END}",
        "https://www.youtube.com/playlist?list={id}",
    ),
    Site(  # An unlisted video has a second number.
        "Vimeo",
        Kind.VIDEO,
        Shape.WIDE,
        rf"(?:www\.)?vimeo\.com/(?P<id>\d{{1,12}})/(?P<key>[0-9a-f]{{6,20}}){_END}",
        "https://player.vimeo.com/video/{id}?h={key}&dnt=1",
        rf"player\.vimeo\.com/video/(?P<id>\d{{1,12}})\?(?:[^#]*&)?h=(?P<key>[0-9a-f]{{6,20}}){_END}",
        "https://vimeo.com/{id}/{key}",
    ),
    Site(
        "Vimeo",
        Kind.VIDEO,
        Shape.WIDE,
        r"(?:www\.)?vimeo\.com/(?:channels/[\w-]+/|groups/[\w-]+/videos/)?(?P<id>\d{1,12})/?(?:[?#].*)?",
        "https://player.vimeo.com/video/{id}?dnt=1",
        rf"player\.vimeo\.com/video/(?P<id>\d{{1,12}}){_END}",
        "https://vimeo.com/{id}",
    ),
    Site(
        "Dailymotion",
        Kind.VIDEO,
        Shape.WIDE,
        rf"(?:dai\.ly|(?:www\.)?dailymotion\.com/video)/(?P<id>\w{{5,10}}){_END}",
        "https://geo.dailymotion.com/player.html?video={id}",
        rf"(?:www\.dailymotion\.com/embed/video/|geo\.dailymotion\.com/player\.html\?video=)(?P<id>\w{{5,10}}){_END}",
        "https://www.dailymotion.com/video/{id}",
    ),
    Site(
        "Loom",
        Kind.VIDEO,
        Shape.WIDE,
        rf"(?:www\.)?loom\.com/share/(?P<id>[0-9a-f]{{32}}){_END}",
        "https://www.loom.com/embed/{id}",
        rf"(?:www\.)?loom\.com/embed/(?P<id>[0-9a-f]{{32}}){_END}",
        "https://www.loom.com/share/{id}",
    ),
    Site(
        "Spotify",
        Kind.AUDIO,
        Shape.LOW,
        rf"{_SPOTIFY}(?:intl-[a-z]+/)?(?P<what>track|episode)/{_SPOTIFY_ID}",
        "https://open.spotify.com/embed/{what}/{id}",
        rf"{_SPOTIFY}embed/(?P<what>track|episode)/{_SPOTIFY_ID}",
        "https://open.spotify.com/{what}/{id}",
    ),
    Site(
        "Spotify",
        Kind.AUDIO,
        Shape.MIDDLE,
        rf"{_SPOTIFY}(?:intl-[a-z]+/)?(?P<what>album|playlist|show|artist)/{_SPOTIFY_ID}",
        "https://open.spotify.com/embed/{what}/{id}",
        rf"{_SPOTIFY}embed/(?P<what>album|playlist|show|artist)/{_SPOTIFY_ID}",
        "https://open.spotify.com/{what}/{id}",
    ),
    Site(
        "SoundCloud",
        Kind.AUDIO,
        Shape.MIDDLE,
        r"(?:(?:www|m)\.)?soundcloud\.com/(?P<path>[\w-]+/sets/[\w-]+)/?(?:[?#].*)?",
        "https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/{path}",
    ),
    Site(
        "SoundCloud",
        Kind.AUDIO,
        Shape.LOW,
        r"(?:(?:www|m)\.)?soundcloud\.com/(?P<path>[\w-]+/(?!sets|tracks|albums|likes|reposts)[\w-]+)/?(?:[?#].*)?",
        "https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/{path}",
    ),
    Site(  # Its embed code names a number, which no page has.
        "SoundCloud",
        Kind.AUDIO,
        Shape.LOW,
        rf"w\.soundcloud\.com/player/?\?(?:[^#]*&)?url=(?P<url>https%3A(?:/|%2F){{2}}[\w%/.-]+){_END}",
        "https://w.soundcloud.com/player/?url={url}",
    ),
    Site(
        "Apple Podcasts",
        Kind.AUDIO,
        Shape.LOW,
        r"(?:embed\.)?podcasts\.apple\.com/(?P<path>[\w/%-]+/id\d{1,12}\?(?:[^#]*&)?i=\d{1,16})(?:[&#].*)?",
        "https://embed.podcasts.apple.com/{path}",
    ),
    Site(
        "Apple Podcasts",
        Kind.AUDIO,
        Shape.MIDDLE,
        rf"(?:embed\.)?podcasts\.apple\.com/(?P<path>[\w/%-]+/id\d{{1,12}}){_END}",
        "https://embed.podcasts.apple.com/{path}",
    ),
    Site(
        "Bluesky",
        Kind.POST,
        Shape.HIGH,
        rf"bsky\.app/profile/{_BLUESKY}/post/(?P<id>[a-z0-9]{{13}}){_END}",
        "https://embed.bsky.app/embed/{who}/app.bsky.feed.post/{id}?colorMode=system",
        rf"embed\.bsky\.app/embed/{_BLUESKY}/app\.bsky\.feed\.post/(?P<id>[a-z0-9]{{13}}){_END}",
        "https://bsky.app/profile/{who}/post/{id}",
    ),
    Site(
        "CodePen",
        Kind.CODE,
        Shape.HIGH,
        rf"codepen\.io/(?P<who>[\w-]+)/(?:pen|full|details)/(?P<id>\w{{5,40}}){_END}",
        "https://codepen.io/{who}/embed/{id}?default-tab=result",
        rf"codepen\.io/(?P<who>[\w-]+)/embed/(?:preview/)?(?P<id>\w{{5,40}}){_END}",
        "https://codepen.io/{who}/pen/{id}",
    ),
    Site(
        "JSFiddle",
        Kind.CODE,
        Shape.HIGH,
        r"jsfiddle\.net/(?P<path>(?:[\w-]+/)?\w{8}(?:/\d{1,5})?)/?(?:[?#].*)?",
        "https://jsfiddle.net/{path}/embedded/",
        r"jsfiddle\.net/(?P<path>(?:[\w-]+/)?\w{8}(?:/\d{1,5})?)/embed(?:ded)?(?:/.*)?",
        "https://jsfiddle.net/{path}/",
    ),
    Site(
        "asciinema",
        Kind.CODE,
        Shape.HIGH,
        r"asciinema\.org/a/(?P<id>\w{1,40})(?:[?#].*)?",
        "https://asciinema.org/a/{id}/iframe",
        r"asciinema\.org/a/(?P<id>\w{1,40})/(?:iframe|embed)(?:[?#].*)?",
        "https://asciinema.org/a/{id}",
    ),
)
"""The sites, in the order in which an address is compared with them. Mastodon's instances are in a setting."""


class Embed(NamedTuple):
    """One thing to embed."""

    site: Site
    page: str
    """The address of the page that shows it."""
    player: str
    """The address of the frame that shows it."""


def find(address: str) -> Embed | None:
    """Return what an absolute address, of a page or of a player, can be embedded as; None for all other addresses."""
    address = address.strip()
    scheme, separator, rest = address.partition("//")
    if not separator or scheme.lower() not in ("https:", "http:", "") or len(rest) > MAX_ADDRESS:
        return None
    for site, pages, frames in _compiled(tuple(settings.MASTODON_HOSTS)):
        if found := pages.fullmatch(rest):
            return Embed(site, address if scheme else f"https:{address}", _filled(site.player, found))
        if found := frames.fullmatch(rest):
            return Embed(site, _filled(site.page, found), _filled(site.player, found))
    return None


# The sanitiser escapes `<` in texts and quotes in attributes, so that only an element can look like this.
_PLAYER = re.compile(r'<figure class="embed [\w-]+" data-player="(https://[\w.-]+)/')


def frame_sources(html: str) -> list[str]:
    """Return the origins of the players of all cards in sanitised HTML: what `frame-src` of its page has to allow."""
    allowed = _origins(tuple(settings.MASTODON_HOSTS))
    return sorted(allowed.intersection(_PLAYER.findall(html)))


def _filled(template: str, found: re.Match) -> str:
    return template.format(**found.groupdict(default="0"))


def _mastodon(hosts: tuple[str, ...]) -> Site:
    post = rf"(?P<host>{'|'.join(map(re.escape, hosts))})/@(?P<who>\w+)/(?P<id>\d{{1,20}})"
    player, page = "https://{host}/@{who}/{id}/embed", "https://{host}/@{who}/{id}"
    return Site("Mastodon", Kind.POST, Shape.HIGH, rf"{post}/?(?:[?#].*)?", player, rf"{post}/embed", page)


def _sites(mastodon_hosts: tuple[str, ...]) -> tuple[Site, ...]:
    return (*EMBEDS, _mastodon(mastodon_hosts)) if mastodon_hosts else EMBEDS


@cache
def _compiled(mastodon_hosts: tuple[str, ...]) -> tuple[tuple[Site, re.Pattern, re.Pattern], ...]:
    return tuple(
        (site, re.compile(site.pages, re.ASCII), re.compile(site.frames or "(?!)", re.ASCII))
        for site in _sites(mastodon_hosts)
    )


@cache
def _origins(mastodon_hosts: tuple[str, ...]) -> frozenset[str]:
    players = (urlsplit(site.player) for site in EMBEDS)
    return frozenset(f"https://{player.netloc}" for player in players) | {f"https://{host}" for host in mastodon_hosts}
