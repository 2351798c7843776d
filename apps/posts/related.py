"""The posts that a post's page links to, in one query: older and newer, related, and translations.

Related posts share the most tags with the post; the newest come first among equals. Only the newest `LINKS` posts of
the first `TAGS` tags are read, so that the cost does not grow with the number of posts of a tag.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateTimeField, F, IntegerField, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils import timezone

from apps.core import keysets
from apps.core.compiled_queries import CompiledQuery, Parameter, Statement, statement
from apps.site.models import current

from .models import NEWEST_FIRST, Post, PostTag, due_plan

TAGS, LINKS = 8, 50
"""How many tags of a post are read, and how many posts of each."""
RELATED = 4
"""How many related posts are shown, at most."""
TRANSLATIONS = 50
"""How many translations are listed, at most."""

# More than are shown, because some may be in the trash, or static pages.
_CANDIDATES = 3 * RELATED

_RELATED = """
    SELECT post_id AS found_id, 'related' AS place, COUNT(*) AS shared FROM ({links}) AS links
    GROUP BY post_id ORDER BY shared DESC, MAX(listed_at) DESC, post_id DESC LIMIT {limit}"""
_NOW, _DATE = (Parameter(name, DateTimeField()) for name in ("now", "date"))
_POST, _ORIGINAL = (Parameter(name, BigIntegerField()) for name in ("post", "first"))


class RelatedPost(NamedTuple):
    """The columns of a post that a link to it needs. A page reads a dozen; model instances would take longer."""

    pk: int
    kind: str
    slug: str
    title: str
    status: str
    published_at: datetime | None
    trashed_at: datetime | None
    language: str
    typography: bool
    place: str
    shared: int
    due_plan: dict[str, Any] | None = None

    Status = Post.Status
    is_public = Post.is_public
    get_absolute_url = Post.get_absolute_url


class RelatedPosts(NamedTuple):
    """The posts that a post's page links to."""

    older: RelatedPost | None
    newer: RelatedPost | None
    related: list[RelatedPost]
    """Best first."""
    translations: list[RelatedPost]
    """The translations of the post, ordered by language."""


def related_posts(post: Post) -> RelatedPosts:
    """Return the posts to link to from a public `post`, in one query whose cost does not grow with the blog."""
    now, tags, is_dated = timezone.now(), post.ordered_tags[:TAGS], post.kind == Post.Kind.POST
    query = _query(bool(post.translation_of_id), is_dated, len(tags) if is_dated else 0)
    values = {"now": now, "post": post.pk, "first": post.translation_of_id or post.pk, "date": post.published_at}
    values |= {f"tag_{number}": tag.pk for number, tag in enumerate(tags)}
    places: dict[str, list[RelatedPost]] = defaultdict(list)
    for row in map(RelatedPost._make, query.rows(**values)):
        if row.is_public(now):
            if row.due_plan:
                changes = row.due_plan["changes"]
                updated = {name: changes[name] for name in ("title", "typography") if name in changes}
                row = row._replace(**updated, due_plan=None)
            places[row.place].append(row)
    related = [row for row in places["related"] if row.kind == Post.Kind.POST]
    related.sort(key=lambda row: (row.shared, row.published_at, row.pk), reverse=True)
    return RelatedPosts(
        older=next(iter(places["older"]), None),
        newer=next(iter(places["newer"]), None),
        related=related[:RELATED],
        translations=_one_of_each_language(post, places["translation"]),
    )


def _one_of_each_language(post: Post, others: list[RelatedPost]) -> list[RelatedPost]:
    """Return the translations of a post, by language: of each language the original, or else the oldest post.

    So the pages of a group never name different posts for a language, whatever was written at the same moment, or
    before the site had another language. A post whose language another one stands for has no translations.
    """
    if not others:
        return []
    site_language, original = current().language, post.translation_of_id or post.pk
    chosen: dict[str, Post | RelatedPost] = {}
    for row in sorted([post, *others], key=lambda row: (row.pk != original, row.pk)):
        chosen.setdefault((row.language or site_language).casefold(), row)
    if all(row is not post for row in chosen.values()):
        return []
    return sorted((row for row in chosen.values() if row is not post), key=lambda row: (row.language, row.pk))


@cache
def _query(is_translation: bool, is_dated: bool, tags: int) -> CompiledQuery[tuple]:
    """Return the compiled query for posts with these properties. `tags` is the number of tags that it reads."""
    return CompiledQuery(_posts, lambda made: _joined(made, _found(is_translation, is_dated, tags)))


def _posts() -> QuerySet[Post, tuple]:
    """Return posts with the columns of the subquery of `_found`, to which `_joined` joins them."""
    place, shared = RawSQL("place", (), CharField()), RawSQL("shared", (), IntegerField())
    return Post.objects.annotate(place=place, shared=shared, due_plan=due_plan(_NOW)).values_list(*RelatedPost._fields)


def _joined(posts: Statement, found: Statement) -> Statement:
    sql = f"{posts.sql} INNER JOIN ({found.sql}) AS found ON posts_post.id = found_id"
    return Statement(sql, posts.params + found.params)


def _found(is_translation: bool, is_dated: bool, tags: int) -> Statement:
    """Return the statement for the ids of posts, each with its place and the number of shared tags."""
    parts = [statement(_places(rows, "translation")) for rows in _translations(is_translation)]
    if is_dated:
        parts += [statement(_places(rows, place)) for place, rows in _neighbours().items()]
    if tags:
        parts.append(_related(tags))
    return _union(parts)


def _neighbours() -> dict[str, QuerySet]:
    posts = Post.objects.published(_NOW).posts()
    later = keysets.beyond(NEWEST_FIRST, (_DATE, _POST), backwards=True)
    return {
        "older": posts.newest_first(before=(_DATE, _POST))[:1],
        "newer": posts.filter(later).order_by(*NEWEST_FIRST).reverse()[:1],
    }


def _translations(is_translation: bool) -> list[QuerySet]:
    """Return the queries of a post's translations: those of the same original and, for a translation, the original."""
    public = Post.objects.published(_NOW)
    of_original = public.filter(translation_of=_ORIGINAL).exclude(pk=_POST)[:TRANSLATIONS]
    return [of_original, public.filter(pk=_ORIGINAL)] if is_translation else [of_original]


def _places(posts: QuerySet, place: str) -> QuerySet:
    return posts.values(found_id=F("pk"), place=Value(place), shared=Value(0))


def _related(tags: int) -> Statement:
    """Return the statement that ranks the newest posts of the tags by how many tags they share."""
    others = PostTag.objects.filter(listed_at__lte=_NOW).exclude(post=_POST).order_by("-listed_at", "-post_id")
    of_each = (others.filter(tag=Parameter(f"tag_{number}", BigIntegerField())) for number in range(tags))
    links = _union([statement(rows.values("post_id", "listed_at")[:LINKS]) for rows in of_each])
    return Statement(_RELATED.format(links=links.sql, limit=_CANDIDATES), links.params)


def _union(parts: list[Statement]) -> Statement:
    """Return the union of statements. Each is a subquery because SQLite allows no LIMIT in a part of a union."""
    tables = [f"SELECT * FROM ({part.sql}) AS part_{number}" for number, part in enumerate(parts)]  # noqa: S608  (SQL of ours)
    return Statement(" UNION ALL ".join(tables), tuple(value for part in parts for value in part.params))
