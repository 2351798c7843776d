"""The pages of series: the list of them, and the parts of one in reading order. Both are paged by keyset."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.core import keysets
from apps.posts.models import READING_ORDER, Post, Series
from blog_project import addresses

from . import aliases, meta, views
from .responses import page, permanent_redirect

PAGE_SIZE = 100
"""The most series, or parts of one, on a page."""
_BY_TITLE = ("title", "id")
_CURSOR = re.compile(r"([1-9][0-9]{0,4})_([1-9][0-9]{0,17})")


@page
def series_list(request: HttpRequest) -> HttpResponse:
    """Show the series that have public posts, by title. The query parameter `after` is the slug of the last one shown.

    A post that had this address before the site had series keeps it.
    """
    if found := views.public_post(addresses.SERIES.strip("/")):
        return views.show_post(request, found)
    after = request.GET.get("after", "")[:170]
    rows = Series.objects.in_use().order_by(*_BY_TITLE).only("title", "slug", "description")
    if after:
        last_shown = aliases.get_series_or_404(after)
        rows = rows.filter(keysets.beyond(_BY_TITLE, (last_shown.title, last_shown.pk)))
    shown, last = keysets.cut(list(rows[: PAGE_SIZE + 1]), PAGE_SIZE)
    context = {"all_series": shown, **_pages(addresses.SERIES, after, last.slug if last else "")}
    return render(request, "frontend/series_list.html", context | {"about": meta.of_series_list()})


@page
def series(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the public parts of a series in reading order, numbered; a former slug of the series is redirected (301)."""
    found = aliases.get_series_or_404(slug)
    if found.slug != slug:
        return permanent_redirect(request, addresses.series(found.slug))
    after = request.GET.get("after", "")
    parts, number = Post.objects.published().in_series(found), 0
    if after:
        key = _key(after)
        shown = keysets.beyond(READING_ORDER, key, backwards=True) | Q(series_position=key[0], pk=key[1])
        # A series has at most `Series.MAX_PARTS` posts, so few are counted.
        number = len(parts.filter(shown).values_list("pk"))
        parts = parts.filter(keysets.beyond(READING_ORDER, key))
    parts = parts.only("slug", "title", "language", "typography", "published_at", *READING_ORDER)
    rows = list(parts.with_due_update(markdown=False)[: PAGE_SIZE + 1])
    if after and not rows:
        raise Http404(_("The series has no part after this one."))
    shown, last = keysets.cut(rows, PAGE_SIZE)
    context = {"series": found, "parts": shown, "first_number": number + 1}
    context |= _pages(addresses.series(slug), after, f"{last.series_position}_{last.pk}" if last else "")
    return render(request, "frontend/series.html", context | {"about": meta.of_series(found)})


def _key(cursor: str) -> tuple[int, int]:
    """Return the position and the id of the last part of a page. Raises BadRequest."""
    if (match := _CURSOR.fullmatch(cursor)) is None:
        raise BadRequest(_("The “after” in this address is not the end of a page: it looks like 100_4711."))
    return int(match[1]), int(match[2])


def _pages(path: str, after: str, next_after: str) -> dict[str, str]:
    """Return the context of the links to other pages of a list."""
    return {
        "path": _after(path, after),
        "older": _after(path, next_after) if next_after else "",
        "newest": path if after else "",
    }


def _after(path: str, cursor: str) -> str:
    return f"{path}?{urlencode({'after': cursor})}" if cursor else path
