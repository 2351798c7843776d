"""The page of broken links. Each request scans a bounded number of posts and reports where to continue."""

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

from .access import editor_page, post_admin

BATCH = 200
"""Posts whose texts are loaded, and whose links are looked up, together."""
MAX_POSTS = 2000
"""Posts that one page scans at most."""
MAX_FOUND = 50
"""Posts with broken links that one page shows at most."""


class ScanResult(NamedTuple):
    """The broken links of a range of posts."""

    found: list[tuple[Post, list[links.BrokenLink]]]
    posts: int
    """Number of scanned posts, without those in the trash."""
    after: int
    """The key of the last scanned post if there are more posts, else 0."""


@editor_page("view", "change")
def broken_links(request: HttpRequest) -> HttpResponse:
    """List posts with broken links in the order of their keys; the query parameter `after` is the last key seen."""
    after = request.GET.get("after", "")
    posts = post_admin()
    result = scan(posts.get_queryset(request), int(after) if is_key(after) else 0, request.user)
    context = {
        **posts.admin_site.each_context(request),
        "title": _("Broken links"),
        "opts": posts.opts,
        "result": result,
        "is_first": not is_key(after),
    }
    return TemplateResponse(request, "admin/posts/post/links.html", context)


def scan(posts: QuerySet, after: int, user) -> ScanResult:
    """Scan the posts with keys greater than `after` for a user, with a few queries per batch."""
    # Ordered by the primary key, without a condition on the trash: it would make the database sort all posts per batch.
    rows = posts.order_by("pk").only("title", "slug", "body_html", "trashed_at")
    found, scanned, visible_count = [], 0, 0
    for batch in keysets.batches(rows, BATCH, after=after):
        visible = [post for post in batch if post.trashed_at is None]
        texts = {post: (addresses.post(post.slug), post.body_html) for post in visible}
        broken = links.find_broken_links(texts, user=user)
        for post in batch:
            scanned += 1
            visible_count += post.trashed_at is None
            if post in broken:
                found.append((post, broken[post]))
            if len(found) == MAX_FOUND or scanned == MAX_POSTS:
                return ScanResult(found, visible_count, post.pk if rows.filter(pk__gt=post.pk).exists() else 0)
    return ScanResult(found, visible_count, 0)
