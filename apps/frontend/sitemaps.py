"""Sitemaps (sitemaps.org): an index of parts, each of a fixed range of ids, so that no part depends on an offset.

What the index costs the database does not grow with the posts: it asks for the newest row of each kind, and for the
newest changes of posts. Those tell when a part was last changed; a part without any of them is listed without a date,
which stands for "not lately".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.posts.models import COVER, Author, Post, Tag
from blog_project import addresses

from .absolute import absolute_address
from .responses import page

RANGE = 1_000
"""Ids in a part; the protocol allows 50,000 addresses in one."""
PARTS = 10_000
"""The most parts of a kind that the index lists, the newest ones; the protocol allows 50,000 in all."""
CHANGES = 500
"""How many of the newest changes are looked at for the dates of parts."""
XML = "application/xml; charset=utf-8"


class Part(NamedTuple):
    """A part as the index lists it."""

    location: str
    changed: datetime | None


class Entry(NamedTuple):
    """An address, when its page was last changed, and its picture."""

    location: str
    changed: datetime | None = None
    image: str = ""


@page
def index(request: HttpRequest) -> HttpResponse:
    """List the parts, up to the newest row of each kind."""
    parts = [part for name, rows in _sections().items() for part in _parts(name, rows)]
    return render(request, "frontend/sitemap_index.xml", {"parts": parts}, content_type=XML)


@page
def section(request: HttpRequest, section: str, number: int) -> HttpResponse:
    """List the addresses of one range of ids: number 1 has 1 to 1000."""
    rows = _sections().get(section)
    # A number beyond 64 bits would be an error in the database.
    if rows is None or number > 2**40:
        raise Http404
    in_range = rows.filter(pk__gt=(number - 1) * RANGE, pk__lte=number * RANGE).order_by("pk")
    made = [_post_entry(row) if section == "posts" else Entry(_location(row)) for row in in_range]
    # One that the index lists can be empty, where all of its range is gone.
    if not made and number > _last(rows):
        raise Http404
    return render(request, "frontend/sitemap.xml", {"entries": made}, content_type=XML)


def _sections() -> dict[str, QuerySet]:
    return {
        # A text that says it was first published elsewhere is for search engines to find there.
        "posts": Post.objects.published()
        .filter(canonical_url="")
        .select_related("cover_image")
        .only("slug", "updated_at", "published_at", "lead_image", *COVER),
        "tags": Tag.objects.in_use().only("slug"),
        "authors": Author.objects.in_use().only("slug"),
    }


def _parts(name: str, rows: QuerySet) -> Iterator[Part]:
    last = _last(rows)
    changes = _changes() if name == "posts" else {}
    for number in range(max(1, last - PARTS + 1), last + 1):
        yield Part(addresses.absolute(addresses.sitemap_section(name, number)), changes.get(number))


def _last(rows: QuerySet) -> int:
    """Return the number of the last part of a kind; 0 where it has none."""
    return _number(rows.order_by("-pk").values_list("pk", flat=True).first() or 0)


def _changes() -> dict[int, datetime]:
    """Return, by the number of their part, when the posts that changed last did so: were saved, or appeared."""
    public = Post.objects.published()
    saved = public.order_by("-updated_at", "-pk").values_list("pk", "updated_at")[:CHANGES]
    appeared = public.posts().newest_first().values_list("pk", "published_at")[:CHANGES]
    changes: dict[int, datetime] = {}
    for pk, moment in chain(saved, appeared):
        changes[_number(pk)] = max(moment, changes.get(_number(pk), moment))
    return changes


def _number(pk: int) -> int:
    """Return the number of the part that an id is in."""
    return -(-pk // RANGE)


def _post_entry(post: Post) -> Entry:
    location = _location(post)
    image = absolute_address(post.image, location) if post.image else ""
    return Entry(location, max(post.updated_at, post.published_at), image)


def _location(row: Post | Tag | Author) -> str:
    return addresses.absolute(row.get_absolute_url())
