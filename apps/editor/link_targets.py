"""What a text can link to: the site's posts, pages and tags, found by words while somebody types."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.core.text import normalized
from apps.posts import search
from apps.posts.models import Post, Tag
from blog_project import addresses

from .admin import titles

MAX_POSTS = 8
MAX_TAGS = 4
"""Posts and tags that a search offers, at most."""


class Target(NamedTuple):
    """A page of the site that a text can link to."""

    path: str
    title: str
    note: str
    """What it is, or that readers do not see it yet; empty for a published post."""


def find(query: str, user) -> list[Target]:
    """Return posts and pages that `user` may know of, and tags, with all words of a query: first those with them in titles.

    What is in the trash is not offered.
    """
    words = normalized(query).split()
    if not words:
        return []
    known = Post.objects.known_to(user).filter(trashed_at__isnull=True)
    found = titles.find(words, known)[0][:MAX_POSTS]
    if len(found) < MAX_POSTS:
        found = list(dict.fromkeys(found + search.find_among(query, known, MAX_POSTS)))[:MAX_POSTS]
    posts = known.only("title", "slug", "kind", "status", "published_at", "trashed_at").in_bulk(found)
    tags = Tag.objects.filter(name__icontains=" ".join(words)).only("name", "slug").order_by("name")[:MAX_TAGS]
    return [
        *(Target(addresses.post(post.slug), post.title, _note(post)) for pk in found if (post := posts.get(pk))),
        *(Target(addresses.tag(tag.slug), tag.name, _("Tag")) for tag in tags),
    ]


def _note(post: Post) -> str:
    if post.is_scheduled:
        return _("Scheduled")
    if post.status == Post.Status.DRAFT:
        return _("Draft")
    return _("Page") if post.kind == Post.Kind.PAGE else ""
