"""The services whose players and scripts texts embed, and the addresses of the pages that show the same."""

from __future__ import annotations

import re

SERVICES = {
    "youtube": "https://www.youtube.com/watch?v=",
    "vimeo": "https://vimeo.com/",
    "instagram": "https://www.instagram.com/p/",
    "gist": "https://gist.github.com/",
    "tweet": "https://x.com/i/web/status/",
    "twitter": "https://x.com/i/web/status/",
    "asciinema": "https://asciinema.org/a/",
    "codepen": "https://codepen.io/",
    "dailymotion": "https://www.dailymotion.com/video/",
    "loom": "https://www.loom.com/share/",
    "spotify": "https://open.spotify.com/",
}
"""The addresses of services, to which the id of what is embedded is added."""
_PLAYERS = {
    r"(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:embed|v)/([\w-]+)": "https://www.youtube.com/watch?v={}",
    r"player\.vimeo\.com/video/(\d+)": "https://vimeo.com/{}",
    r"(?:www\.)?dailymotion\.com/embed/video/(\w+)": "https://www.dailymotion.com/video/{}",
    r"gist\.github\.com/([\w-]+(?:/\w+)?)\.js\b": "https://gist.github.com/{}",
    r"asciinema\.org/a/(\w+)\.js\b": "https://asciinema.org/a/{}",
    r"(?:www\.)?loom\.com/embed/(\w+)": "https://www.loom.com/share/{}",
    r"open\.spotify\.com/embed/(\w+/\w+)": "https://open.spotify.com/{}",
    r"(?:www\.)?codepen\.io/([\w-]+)/embed/(?:preview/)?(\w+)": "https://codepen.io/{}/pen/{}",
    r"(?:www\.)?jsfiddle\.net/([\w/]+?)/embed": "https://jsfiddle.net/{}",
    r"embed\.podcasts\.apple\.com/(.+)": "https://podcasts.apple.com/{}",
    r"speakerdeck\.com/player/(\w+)": "https://speakerdeck.com/player/{}",
}
"""The addresses of players without the scheme, and those of their pages."""


def service_address(service: str, name: str) -> str | None:
    """Return the address of what a plugin for this service embeds; `name` is its id or its whole address."""
    place = SERVICES.get(service.lower())
    if not name or not place:
        return None
    return name if name.startswith(("http://", "https://")) else f"{place}{name.strip('/')}"


def player_address(address: str) -> str | None:
    """Return the address of the page of what a frame or a script at this address shows, or None if it is unknown."""
    without_scheme = re.sub(r"^(?:https?:)?//", "", address.strip())
    for pattern, page in _PLAYERS.items():
        if found := re.match(pattern, without_scheme):
            return page.format(*found.groups())
    return None


def page_of(address: str) -> str:
    """Return the address of the page that shows what a player at `address` plays, else the absolute address itself."""
    return player_address(address) or (f"https:{address}" if address.startswith("//") else address)
