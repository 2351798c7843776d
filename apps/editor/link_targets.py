"""What a text can link to: the site's posts, pages and tags, found by words while somebody types."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Case, When
from django.utils.translation import gettext as _

from apps.core.text import comparison_key, normalized
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
    """Return posts and pages that `user` may know of, and tags, with all words of a query.

    First comes what is named exactly so, then what begins so, then the other titles, and last the posts with the words
    in their texts. What is in the trash is not offered.
    """
    words = normalized(query).split()
    if not words:
        return []
    asked = " ".join(words)
    found = [*_posts(words, asked, user), *_tags(asked)]
    return sorted(found, key=lambda target: _rank(target.title, asked))


def _posts(words: list[str], asked: str, user) -> list[Target]:
    known = Post.objects.known_to(user).filter(trashed_at__isnull=True)
    # Of very many titles with these words not all are found: the one that is asked for is looked up by itself.
    named = known.filter(title__in={asked, asked.lower(), asked.capitalize(), asked.title(), asked.upper()})
    titled = [*named.values_list("pk", flat=True)[:MAX_POSTS], *titles.find(words, known)[0]]
    if len(set(titled)) < MAX_POSTS:
        titled += search.find_among(asked, known, MAX_POSTS)
    found = list(dict.fromkeys(titled))
    rows = known.only("title", "slug", "kind", "status", "published_at", "trashed_at").in_bulk(found)
    posts = sorted((rows[pk] for pk in found if pk in rows), key=lambda post: _rank(post.title, asked))
    return [Target(addresses.post(post.slug), post.title, _note(post)) for post in posts[:MAX_POSTS]]


def _tags(asked: str) -> list[Target]:
    order = Case(When(name__iexact=asked, then=0), When(name__istartswith=asked, then=1), default=2)
    tags = Tag.objects.filter(name__icontains=asked).only("name", "slug").order_by(order, "name")[:MAX_TAGS]
    return [Target(addresses.tag(tag.slug), tag.name, _("Tag")) for tag in tags]


def _rank(title: str, asked: str) -> int:
    """Return 0 for a title that is what was asked for, 1 for one that begins so, and 2 for others."""
    name, wanted = comparison_key(title), comparison_key(asked)
    return 0 if name == wanted else 1 if name.startswith(wanted) else 2


def _note(post: Post) -> str:
    if post.is_scheduled:
        return _("Scheduled")
    if post.status == Post.Status.DRAFT:
        return _("Draft")
    return _("Page") if post.kind == Post.Kind.PAGE else ""
