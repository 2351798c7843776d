"""What a reader takes from a page: read from its HTML, so that any server may have made it."""

import re
from html import unescape

from django.http import HttpResponse

_TITLE = re.compile(r'<h2 id="(?:story|hit)-\d+"><a href="[^"]+">(.*?)</a>|<a href="[^"]+" dir="auto">(.*?)</a>')
_NEIGHBOUR = re.compile(r'class="neighbour-(older|newer)".*?<bdi>(.*?)</bdi>')


def titles(response: HttpResponse) -> list[str]:
    """Return the titles of the posts that a list shows, in its order."""
    found = _TITLE.finditer(response.content.decode())
    return [unescape(re.sub("</?mark>", "", match[1] or match[2])) for match in found]


def tags(response: HttpResponse) -> list[str]:
    """Return the names that the page of all tags shows, in its order."""
    return [unescape(name) for name in re.findall(r'rel="tag" dir="auto">(.*?)</a>', response.content.decode())]


def older(response: HttpResponse) -> str:
    """Return the address of the page that follows in a list; empty on the last one."""
    link = re.search(r'class="pager-older" href="([^"]+)"', response.content.decode())
    return unescape(link[1]) if link else ""


def neighbours(response: HttpResponse) -> dict[str, str]:
    """Return the titles of the `older` and the `newer` post that a post's page leads to."""
    return {side: unescape(title) for side, title in _NEIGHBOUR.findall(response.content.decode())}
