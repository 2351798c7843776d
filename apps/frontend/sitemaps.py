"""Sitemaps (sitemaps.org): an index of parts, each of a fixed range of ids, so that no query needs an offset.

The cost of the index does not grow with the number of posts: it reads the newest row of each kind, and the newest
changes of posts, which give the lastmod of the parts. A part without any of these changes has no lastmod.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.posts.models import COVER_FIELDS, Author, PendingVersion, Post, Series, Tag
from blog_project import addresses

from .absolute import absolute_address
from .responses import page

IDS_PER_PART = 1_000
"""The number of ids that a part covers; the protocol allows 50,000 addresses in a part."""
MAX_PARTS = 10_000
"""The most parts of a kind that the index lists, the newest ones; the protocol allows 50,000 in total."""
MAX_CHANGES = 500
"""The number of newest changes that are read for the dates of parts."""
XML = "application/xml; charset=utf-8"


class Part(NamedTuple):
    """A part as the index lists it: its address, and when it last changed."""

    location: str
    changed: datetime | None


class Entry(NamedTuple):
    """The address of a page, when it last changed, and the address of its picture."""

    location: str
    changed: datetime | None = None
    image: str = ""


@page
def index(request: HttpRequest) -> HttpResponse:
    """Return the sitemap index: the parts up to the newest row of each kind."""
    parts = [part for name, rows in _sections().items() for part in _parts(name, rows)]
    return render(request, "frontend/sitemap_index.xml", {"parts": parts}, content_type=XML)


@page
def section(request: HttpRequest, section: str, number: int) -> HttpResponse:
    """Return the part `number` of a section: part 1 has the ids 1 to 1000. 404 after the last part."""
    rows = _sections().get(section)
    # A number of more than 64 bits would be a database error.
    if rows is None or number > 2**40:
        raise Http404
    in_range = rows.filter(pk__gt=(number - 1) * IDS_PER_PART, pk__lte=number * IDS_PER_PART).order_by("pk")
    if section == "posts":
        entries = [_post_entry(row) for row in in_range if not row.canonical_url]
    else:
        entries = [Entry(_location(row)) for row in in_range]
    # A part that the index lists is empty if all its rows were deleted.
    if not entries and number > _last_part(rows):
        raise Http404
    return render(request, "frontend/sitemap.xml", {"entries": entries}, content_type=XML)


def _sections() -> dict[str, QuerySet]:
    return {
        # A post with a canonical address on another site should be found there. An update that is due may change it.
        "posts": Post.objects.published()
        .filter(Q(canonical_url="") | Exists(PendingVersion.objects.due().filter(post=OuterRef("pk"))))
        .select_related("cover_image")
        .only("slug", "canonical_url", "updated_at", "revised_at", "published_at", "lead_image", *COVER_FIELDS)
        .with_due_update(markdown=False),
        "tags": Tag.objects.in_use().only("slug"),
        "authors": Author.objects.in_use().only("slug"),
        "series": Series.objects.in_use().only("slug"),
    }


def _parts(name: str, rows: QuerySet) -> Iterator[Part]:
    last = _last_part(rows)
    changes = _changes() if name == "posts" else {}
    for number in range(max(1, last - MAX_PARTS + 1), last + 1):
        yield Part(addresses.absolute(addresses.sitemap_section(name, number)), changes.get(number))


def _last_part(rows: QuerySet) -> int:
    """Return the number of the last part; 0 if there are no rows."""
    return _part_of(rows.order_by("-pk").values_list("pk", flat=True).first() or 0)


def _changes() -> dict[int, datetime]:
    """Return the date of the last change of each part with recently saved or published posts, by its number."""
    public = Post.objects.published()
    saved = public.order_by("-updated_at", "-pk").values_list("pk", Coalesce("revised_at", "updated_at"))[:MAX_CHANGES]
    published = public.posts().newest_first().values_list("pk", "published_at")[:MAX_CHANGES]
    changes: dict[int, datetime] = {}
    for pk, moment in chain(saved, published):
        changes[_part_of(pk)] = max(moment, changes.get(_part_of(pk), moment))
    return changes


def _part_of(pk: int) -> int:
    """Return the number of the part that has an id."""
    return -(-pk // IDS_PER_PART)


def _post_entry(post: Post) -> Entry:
    location = _location(post)
    image = absolute_address(post.image, location) if post.image else ""
    return Entry(location, post.modified_at, image)


def _location(row: Post | Tag | Author | Series) -> str:
    return addresses.absolute(row.get_absolute_url())
