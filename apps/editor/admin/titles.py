"""Finding posts by words of their titles, at a bounded cost however many posts there are."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from apps.posts import search
from apps.posts.models import Post

MAX_FOUND = 100
"""Posts that a search of titles finds."""
SCANNED = 5_000
"""Posts whose titles are simply read through, by their index."""
SAMPLED = 100
"""Posts, spread evenly over all, whose titles tell how common a word is."""
COMMON = 4
"""In more of the sampled titles than this, a word is common: reading titles in their order finds enough of it soon."""


def find(words: Sequence[str]) -> tuple[list[int], bool]:
    """Return posts that have all `words` in their titles, and whether there are more than these.

    Any part of a word finds it, but for published posts where there are more than `SCANNED`: these are found by the
    full-text index, which on MariaDB knows whole words and their beginnings.
    """
    rows = _with(Post.objects.all(), words)
    last = Post.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    asked = _worth_asking(words, last) if last > SCANNED else []
    if not asked:
        return _cut(_in_order(rows))
    limit = MAX_FOUND + 1 if len(asked) == len(words) else 4 * MAX_FOUND
    found = search.titled(asked, limit)
    if len(asked) < len(words):
        found = list(rows.filter(pk__in=found).values_list("pk", flat=True))
    return _cut([*_unpublished(rows), *found])


def _unpublished(rows: QuerySet) -> list[int]:
    """Read through the titles of drafts and of the trash, which are few, and in no full-text index."""
    drafts = rows.filter(status=Post.Status.DRAFT).values_list("pk", flat=True)
    trashed = rows.filter(status=Post.Status.PUBLISHED, trashed_at__isnull=False).values_list("pk", flat=True)
    return list(drafts.union(trashed, all=True)[: MAX_FOUND + 1])


def _with(posts: QuerySet, words: Sequence[str]) -> QuerySet:
    condition = Q()
    for word in words:
        condition &= Q(title__icontains=word)
    return posts.filter(condition)


def _in_order(posts: QuerySet) -> list[int]:
    # In the order of the index, so that the search can stop early; by date it would read the rows, texts and all.
    return list(posts.order_by("title", "pk").values_list("pk", flat=True)[: MAX_FOUND + 1])


def _cut(found: Sequence[int]) -> tuple[list[int], bool]:
    return list(found[:MAX_FOUND]), len(found) > MAX_FOUND


def _worth_asking(words: Sequence[str], last: int) -> list[str]:
    """Return the words that the full-text index knows and that few titles have, going by a sample."""
    spread = range(last, 0, -max(1, last // SAMPLED))
    titles = [title.casefold() for title in Post.objects.filter(pk__in=spread).values_list("title", flat=True)]
    return [
        word
        for word in words
        if search.words_of(word) == [word.lower()]
        and search.is_indexed(word)
        and sum(word.casefold() in title for title in titles) <= COMMON
    ]
