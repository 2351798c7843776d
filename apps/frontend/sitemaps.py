"""Sitemaps (sitemaps.org): an index of parts, each of a fixed range of ids, so that no part depends on an offset."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.posts.models import Author, Post, Tag
from blog_project import addresses

from .responses import page

RANGE = 1_000
"""Ids in a part; the protocol allows 50,000 addresses in one."""
XML = "application/xml; charset=utf-8"


def _sections() -> dict[str, QuerySet]:
    return {
        "posts": Post.objects.published().only("slug", "updated_at"),
        "tags": Tag.objects.in_use().only("slug"),
        "authors": Author.objects.in_use().only("slug"),
    }


@page
def index(request: HttpRequest) -> HttpResponse:
    """List the parts, up to the newest row of each kind."""
    parts = []
    for name, rows in _sections().items():
        last = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
        parts += [addresses.sitemap_section(name, number) for number in range(1, -(-last // RANGE) + 1)]
    return render(request, "frontend/sitemap_index.xml", {"parts": parts}, content_type=XML)


@page
def section(request: HttpRequest, section: str, number: int) -> HttpResponse:
    """List the addresses of one range of ids: number 1 has 1 to 1000."""
    rows = _sections().get(section)
    # A number beyond 64 bits would be an error in the database.
    if rows is None or not 1 <= number <= 2**40:
        raise Http404
    rows = rows.filter(pk__gt=(number - 1) * RANGE, pk__lte=number * RANGE).order_by("pk")
    return render(request, "frontend/sitemap.xml", {"rows": list(rows)}, content_type=XML)
