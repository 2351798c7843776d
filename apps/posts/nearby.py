"""Where a reader may go on from a post: its neighbours by date, related posts and its translations, in one query.

Related are posts that share the most tags with it, and of these the newest. Of each of its tags (the first `TAGS`)
only the newest `LINKS` posts are looked at, so that a tag of a hundred thousand posts costs what one of fifty does.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BigIntegerField, DateTimeField, F, Q, QuerySet, Value
from django.utils import timezone

from .models import Post, PostTag
from .prepared import Parameter, bound

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

_NOW, _DATE = (Parameter(name, DateTimeField()) for name in ("now", "date"))
_POST, _FIRST = (Parameter(name, BigIntegerField()) for name in ("post", "first"))


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
    now, tags, is_dated = timezone.now(), post.ordered_tags[:TAGS], post.kind == Post.Kind.POST
    statement, params = _statement(bool(post.translation_of_id), is_dated, len(tags) if is_dated else 0)
    values = {"now": now, "post": post.pk, "first": post.translation_of_id or post.pk, "date": post.published_at}
    values |= {f"tag_{number}": tag.pk for number, tag in enumerate(tags)}
    places: dict[str, list[Post]] = defaultdict(list)
    for row in Post.objects.raw(statement, bound(params, values, connection)):
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


@cache
def _statement(is_translation: bool, is_dated: bool, tags: int) -> tuple[str, tuple]:
    """Return the statement and its parameters for all posts that are alike in this; `tags` is how many are looked at."""
    parts = [_sql(_places(rows, "translation")) for rows in _translations(is_translation)]
    if is_dated:
        parts += [_sql(_places(rows, place)) for place, rows in _neighbours().items()]
    if tags:
        parts.append(_related(tags))
    found, params = _union(parts)
    columns = ", ".join(f"posts_post.{column}" for column in _COLUMNS)
    return _STATEMENT.format(columns=columns, found=found), params


def _neighbours() -> dict[str, QuerySet]:
    posts = Post.objects.published(_NOW).posts()
    # The first condition is implied by the second; it gives the index its range.
    later = Q(published_at__gte=_DATE) & (Q(published_at__gt=_DATE) | Q(pk__gt=_POST))
    return {
        "older": posts.newest_first(before=(_DATE, _POST))[:1],
        "newer": posts.filter(later).order_by("published_at", "pk")[:1],
    }


def _translations(is_translation: bool) -> list[QuerySet]:
    """Return the other texts of a post's group: all that name the first one, and that."""
    public = Post.objects.published(_NOW)
    of_first = public.filter(translation_of=_FIRST).exclude(pk=_POST)[:TRANSLATIONS]
    return [of_first, public.filter(pk=_FIRST)] if is_translation else [of_first]


def _places(posts: QuerySet, place: str) -> QuerySet:
    return posts.values(found_id=F("pk"), place=Value(place), shared=Value(0))


def _related(tags: int) -> tuple[str, tuple]:
    """Return the part of the statement that ranks the newest posts of the tags."""
    others = PostTag.objects.filter(listed_at__lte=_NOW).exclude(post=_POST).order_by("-listed_at", "-post_id")
    of_each = (others.filter(tag=Parameter(f"tag_{number}", BigIntegerField())) for number in range(tags))
    links, params = _union([_sql(rows.values("post_id", "listed_at")[:LINKS]) for rows in of_each])
    return _RELATED.format(links=links, limit=_CANDIDATES), params


def _sql(rows: QuerySet) -> tuple[str, tuple]:
    return rows.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()


def _union(parts: list[tuple[str, tuple]]) -> tuple[str, tuple]:
    """Return all rows of these statements. Each is a table of its own: SQLite allows no LIMIT in a part of a union."""
    tables = [f"SELECT * FROM ({sql}) AS part_{number}" for number, (sql, _) in enumerate(parts)]  # noqa: S608
    return " UNION ALL ".join(tables), tuple(value for _, values in parts for value in values)
