"""Feeds at the addresses that other blogging software gives them, so that a moved blog keeps its subscribers.

WordPress has `/feed/`, `/tag/x/feed/`, `/category/x/feed/`, `/author/x/feed/` and `?feed=rss2`; Ghost `/rss/` and
`/tag/x/rss/`; Jekyll `/feed.xml`; Hugo `/index.xml` and `/tags/x/index.xml`; Eleventy `/feed/feed.xml`; others
`/rss.xml` and `/atom.xml`. A page or an alias of a post with such an address takes precedence.
"""

from __future__ import annotations

import re

from apps.posts import slugs
from apps.posts.models import Author, Tag
from blog_project import addresses

ATOM, RSS, JSON = addresses.FEED_KINDS
FEED_KINDS_BY_ENDING = {
    "feed": RSS,
    **{f"feed/{name}": kind for name, kind in addresses.FEED_PARAMETER.items()},
    "feed/feed.xml": ATOM,
    "feed/atom.xml": ATOM,
    "feed/rss.xml": RSS,
    "feed/index.xml": RSS,
    "feed.xml": ATOM,
    "atom": ATOM,
    "atom.xml": ATOM,
    "index.atom": ATOM,
    "rss": RSS,
    "rss2": RSS,
    "rss.xml": RSS,
    "rss2.xml": RSS,
    "index.xml": RSS,
    "index.rss": RSS,
    **{f"feed.{kind}": kind for kind in addresses.FEED_KINDS},
}
"""The format of our feed for each ending of an address, without the slash that may follow."""
_ADDRESS = re.compile(
    r"(?:/(?:blog|posts?))?"  # Where the blog, or its list of posts, was not at the root.
    # Of nested categories the last one counts. There are no feeds of comments, so these lead to that of the site.
    r"(?:/comments|/(?:(?P<tag>tags?|category|categories)|authors?)/(?:[^/]+/)*?(?P<name>[^/]+))?"
    rf"/(?P<ending>{'|'.join(map(re.escape, FEED_KINDS_BY_ENDING))})"
)
_LIST = re.compile(r"/(?:(?P<tag>tags?|category|categories)|authors?)/(?:[^/]+/)*?(?P<name>[^/]+)")


def find(path: str, parameter: str = "") -> str | None:
    """Return the path of our feed for a feed's `path` on another system, or None.

    `parameter` is the value of the query parameter `feed`, by which WordPress names the feed of a list.
    """
    path = addresses.one_slash(path).lower().rstrip("/")
    if kind := addresses.FEED_PARAMETER.get(parameter):
        found = _LIST.fullmatch(path)
        return _feed_of(found, kind) if found else addresses.feed(kind=kind) if not path else None
    found = _ADDRESS.fullmatch(path)
    return _feed_of(found, FEED_KINDS_BY_ENDING[found["ending"]]) if found else None


def _feed_of(found: re.Match, kind: str) -> str | None:
    """Return the path of the feed of the tag or author in an address, or of the site; None for an unknown one."""
    if not found["name"]:
        return addresses.feed(kind=kind)
    rows = Tag.objects if found["tag"] else Author.objects.only(*Author.PUBLIC)
    # The slugs of other systems may be in any script; an import makes ours of them.
    row = rows.find_by_slug(slugs.slug_from(found["name"], fallback="-", max_length=200))
    return row and addresses.feed(row.get_absolute_url(), kind)
