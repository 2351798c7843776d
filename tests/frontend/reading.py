"""Extracts titles and links from the HTML of pages. It works on responses of any server, not only the test client."""

import re
from html import unescape

from django.http import HttpResponse

_TITLE = re.compile(r'<h2 id="(?:story|hit)-\d+"><a href="[^"]+">(.*?)</a>|<a href="[^"]+" dir="auto">(.*?)</a>')
_NEIGHBOUR = re.compile(r'class="neighbour-(older|newer)".*?<bdi>(.*?)</bdi>')


def titles(response: HttpResponse) -> list[str]:
    """Return the titles of the posts in a list, in order."""
    matches = _TITLE.finditer(response.content.decode())
    return [unescape(re.sub("</?mark>", "", match[1] or match[2])) for match in matches]


def tags(response: HttpResponse) -> list[str]:
    """Return the names of the tags on the page of all tags, in order."""
    return [unescape(name) for name in re.findall(r'rel="tag" dir="auto">(.*?)</a>', response.content.decode())]


def older(response: HttpResponse) -> str:
    """Return the address of the next page of a list; empty on the last page."""
    link = re.search(r'class="pager-older" href="([^"]+)"', response.content.decode())
    return unescape(link[1]) if link else ""


def neighbours(response: HttpResponse) -> dict[str, str]:
    """Return the titles of the `older` and the `newer` post that a post's page links to."""
    return {side: unescape(title) for side, title in _NEIGHBOUR.findall(response.content.decode())}
