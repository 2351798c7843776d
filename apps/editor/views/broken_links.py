"""The page of links that lead nowhere: it walks through the posts, and stops and says so before it takes long."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.core import keysets
from apps.core.admin.forms import is_key
from apps.posts import links
from apps.posts.models import Post
from blog_project import addresses

from .access import page, post_admin

BATCH = 200
"""Posts whose texts are in memory at once, and asked about together."""
MAX_POSTS = 2000
"""Posts that one page looks through."""
MAX_FOUND = 50
"""Posts with broken links after which a page ends."""


class Looked(NamedTuple):
    """What a page found, and how far it looked."""

    found: list[tuple[Post, list[links.Broken]]]
    posts: int
    """How many posts it looked through."""
    after: int
    """The key of the last of them, where there are more; else 0."""


@page("view", "change")
def broken_links(request: HttpRequest) -> HttpResponse:
    """List posts with broken links, in the order in which they were written; `after` is the keyset."""
    after = request.GET.get("after", "")
    posts = post_admin()
    looked = look(posts.get_queryset(request), int(after) if is_key(after) else 0)
    context = {
        **posts.admin_site.each_context(request),
        "title": _("Broken links"),
        "opts": posts.opts,
        "looked": looked,
        "is_first": not is_key(after),
    }
    return TemplateResponse(request, "admin/posts/post/links.html", context)


def look(posts: QuerySet, after: int) -> Looked:
    """Look through posts from the one with key `after` on; a handful of queries for each batch."""
    # In the order of the primary key alone: a condition would have the database sort all posts for each batch.
    rows = posts.order_by("pk").only("title", "slug", "body_html", "trashed_at")
    found, walked, seen = [], 0, 0
    for batch in keysets.batches(rows, BATCH, after=after):
        there = [post for post in batch if post.trashed_at is None]
        broken = links.broken({post: (addresses.post(post.slug), post.body_html) for post in there})
        for post in batch:
            walked += 1
            seen += post.trashed_at is None
            if post in broken:
                found.append((post, broken[post]))
            if len(found) == MAX_FOUND or walked == MAX_POSTS:
                return Looked(found, seen, post.pk if rows.filter(pk__gt=post.pk).exists() else 0)
    return Looked(found, seen, 0)
