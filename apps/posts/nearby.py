"""Where a reader may go on from a post: its neighbours by date, related posts and its translations, in one query.

Related are posts that share the most tags with it, and of these the newest. Of each of its tags (the first `TAGS`)
only the newest `LINKS` posts are looked at, so that a tag of a hundred thousand posts costs what one of fifty does.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, Q, QuerySet, Value
from django.utils import timezone

from .models import Post, PostTag, Tag

TAGS, LINKS = 8, 50
"""How many tags of a post are looked at, and posts of each."""
RELATED = 4
"""The most related posts that are shown."""
TRANSLATIONS = 50
"""The most translations that are named."""

# More than are shown: of these some may be in the trash, or static pages.
_CANDIDATES = 3 * RELATED

_STATEMENT = """
    SELECT {columns}, place, shared FROM ({found}) AS found
    INNER JOIN posts_post ON posts_post.id = found_id"""
_RELATED = """
    SELECT post_id AS found_id, 'related' AS place, COUNT(*) AS shared FROM ({links}) AS links
    GROUP BY post_id ORDER BY shared DESC, MAX(listed_at) DESC, post_id DESC LIMIT {limit}"""
_COLUMNS = ("id", "kind", "slug", "title", "status", "published_at", "trashed_at", "language")


class Nearby(NamedTuple):
    """Posts to go on to, with what a link to them needs."""

    older: Post | None
    newer: Post | None
    related: list[Post]
    """Best first."""
    translations: list[Post]
    """The same text in other languages, by language."""


def nearby(post: Post) -> Nearby:
    """Return where readers of a public `post` may go on to. One query, at the same cost however many posts there are."""
    now = timezone.now()
    parts = [_sql(_places(rows, "translation")) for rows in _translations(post, now)]
    if post.kind == Post.Kind.POST:
        parts += [_sql(_places(rows, place)) for place, rows in _neighbours(post, now).items()]
        parts += _related(post, list(post.tags.all())[:TAGS], now)
    places: dict[str, list[Post]] = defaultdict(list)
    for row in _read(parts):
        if row.is_public(now):
            places[row.place].append(row)
    related = [row for row in places["related"] if row.kind == Post.Kind.POST]
    related.sort(key=lambda row: (row.shared, row.published_at, row.pk), reverse=True)
    return Nearby(
        older=next(iter(places["older"]), None),
        newer=next(iter(places["newer"]), None),
        related=related[:RELATED],
        translations=sorted(places["translation"], key=lambda row: (row.language, row.pk)),
    )


def _neighbours(post: Post, now: datetime) -> dict[str, QuerySet]:
    posts, moment = Post.objects.published(now).posts(), post.published_at
    # The first condition is implied by the second; it gives the index its range.
    later = Q(published_at__gte=moment) & (Q(published_at__gt=moment) | Q(pk__gt=post.pk))
    return {
        "older": posts.newest_first(before=(moment, post.pk))[:1],
        "newer": posts.filter(later).order_by("published_at", "pk")[:1],
    }


def _translations(post: Post, now: datetime) -> list[QuerySet]:
    """Return the other texts of its group: all that name the first one, and that."""
    public, first = Post.objects.published(now), post.translation_of_id
    of_first = public.filter(translation_of=first or post.pk).exclude(pk=post.pk)[:TRANSLATIONS]
    return [of_first, public.filter(pk=first)] if first else [of_first]


def _places(posts: QuerySet, place: str) -> QuerySet:
    return posts.values(found_id=F("pk"), place=Value(place), shared=Value(0))


def _related(post: Post, tags: list[Tag], now: datetime) -> list[tuple[str, tuple]]:
    """Return the part of the statement that ranks the newest posts of the tags; none for a post without tags."""
    if not tags:
        return []
    others = PostTag.objects.filter(listed_at__lte=now).exclude(post=post).order_by("-listed_at", "-post_id")
    links, values = _union([_sql(others.filter(tag=tag).values("post_id", "listed_at")[:LINKS]) for tag in tags])
    return [(_RELATED.format(links=links, limit=_CANDIDATES), values)]


def _read(parts: list[tuple[str, tuple]]) -> QuerySet:
    found, values = _union(parts)
    columns = ", ".join(f"posts_post.{column}" for column in _COLUMNS)
    return Post.objects.raw(_STATEMENT.format(columns=columns, found=found), values)


def _sql(rows: QuerySet) -> tuple[str, tuple]:
    return rows.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()


def _union(parts: list[tuple[str, tuple]]) -> tuple[str, tuple]:
    """Return all rows of these statements. Each is a table of its own: SQLite allows no LIMIT in a part of a union."""
    tables = [f"SELECT * FROM ({sql}) AS part_{number}" for number, (sql, _) in enumerate(parts)]  # noqa: S608
    return " UNION ALL ".join(tables), tuple(value for _, values in parts for value in values)
