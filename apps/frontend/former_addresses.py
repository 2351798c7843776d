"""Addresses that other blogging software gives to feeds and lists, so that a moved blog keeps its subscribers and links.

Feeds: WordPress has `/feed/`, `/comments/feed/`, `/tag/x/feed/`, `/category/x/feed/`, `/author/x/feed/` and
`?feed=rss2`; Ghost `/rss/` and `/tag/x/rss/`; Jekyll `/feed.xml`; Hugo `/index.xml` and `/tags/x/index.xml`; Eleventy
`/feed/feed.xml`; others `/rss.xml` and `/atom.xml`. Lists: `/tag/x/`, `/category/x/y/`, `/author/x/`, `/2020/05/`, `/blog/`, each also with
`page/2/`. A page or an alias of a post with such an address takes precedence.
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
_FOLDER = r"(?:/(?:blog|posts?))?"
"""Where the blog, or its list of posts, was not at the root."""
_NAMED = r"/(?:(?P<tag>tags?|category|categories)|authors?)/(?:[^/]+/)*?(?P<name>[^/]+)"
"""A list: of nested categories the last one counts."""
_FEED = re.compile(
    rf"{_FOLDER}(?:(?P<comments>/comments)|{_NAMED})?/(?P<ending>{'|'.join(map(re.escape, FEED_KINDS_BY_ENDING))})"
)
_PAGE = r"(?:/page/[0-9]{1,6})?"
"""The number of a page; other pages of our lists have addresses of their own, so all of them lead to the first."""
_LIST = re.compile(_FOLDER + _NAMED + _PAGE)
_DATES = re.compile(rf"{_FOLDER}/(?P<year>[12][0-9]{{3}})(?:/(?P<month>0[1-9]|1[0-2])(?:/[0-3][0-9])?)?{_PAGE}")
_HOME = re.compile(_FOLDER + _PAGE)


def find_feed(path: str, parameter: str = "") -> str | None:
    """Return the path of our feed for a feed's `path` on another system, or None.

    `parameter` is the value of the query parameter `feed`, by which WordPress names the feed of a list.
    """
    path = _comparable(path)
    if kind := addresses.FEED_PARAMETER.get(parameter):
        found = _LIST.fullmatch(path)
        return _feed_of(found, kind) if found else addresses.feed(kind=kind) if not path else None
    found = _FEED.fullmatch(path)
    if found and found["comments"]:
        return addresses.feed(addresses.COMMENTS, FEED_KINDS_BY_ENDING[found["ending"]])
    return _feed_of(found, FEED_KINDS_BY_ENDING[found["ending"]]) if found else None


def find_list(path: str) -> str | None:
    """Return the path of our list of posts for a list's `path` on another system, or None."""
    path = _comparable(path)
    if found := _LIST.fullmatch(path):
        row = _row(found)
        return row and row.get_absolute_url()
    if found := _DATES.fullmatch(path):
        return addresses.archive(int(found["year"]), found["month"] and int(found["month"]))
    return addresses.HOME if path and _HOME.fullmatch(path) else None


def _comparable(path: str) -> str:
    return addresses.one_slash(path).lower().rstrip("/")


def _feed_of(found: re.Match, kind: str) -> str | None:
    """Return the path of the feed of the tag or author in an address, or of the site; None for an unknown one."""
    if not found["name"]:
        return addresses.feed(kind=kind)
    row = _row(found)
    return row and addresses.feed(row.get_absolute_url(), kind)


def _row(found: re.Match) -> Tag | Author | None:
    """Return the tag or the author that an address names, or None."""
    rows = Tag.objects if found["tag"] else Author.objects.only(*Author.PUBLIC)
    # The slugs of other systems may be in any script; an import makes ours of them.
    return rows.find_by_slug(slugs.slug_from(found["name"], fallback="-", max_length=200))
