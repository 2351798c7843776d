"""Search for posts by words of their titles, at a bounded cost however many posts there are."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from apps.posts import search
from apps.posts.models import Post

MAX_FOUND = 100
"""Posts that a search returns at most."""
MAX_SCANNED = 5_000
"""Up to this many posts, the index of titles is scanned."""
SAMPLE_SIZE = 100
"""Posts, spread evenly over the keys, whose titles are sampled to estimate how common a word is."""
MAX_RARE = 4
"""A word in more of the sampled titles is common: scanning the titles in order soon finds enough of it."""


def find(words: Sequence[str], posts: QuerySet | None = None) -> tuple[list[int], bool]:
    """Return the keys of posts that have all `words` in their titles, and whether there are more than these.

    They are of `posts` if that is given, so that posts that the user may not see take no places.

    Any part of a word matches, except for published posts if there are more than `MAX_SCANNED` posts: they are found
    by the full-text index, which on MariaDB matches whole words and their beginnings.
    """
    rows = _matching(Post.objects.all() if posts is None else posts, words)
    last = Post.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rare = _rare_words(words, last) if last > MAX_SCANNED else []
    if not rare:
        return _limit(_keys_by_title(rows))
    is_exact = posts is None and len(rare) == len(words)
    found = search.titled(rare, MAX_FOUND + 1 if is_exact else 4 * MAX_FOUND)
    if not is_exact:
        found = list(rows.filter(pk__in=found).values_list("pk", flat=True))
    return _limit([*_unpublished(rows), *found])


def _unpublished(rows: QuerySet) -> list[int]:
    """Scan the titles of drafts and of the trash: they are few and not in the full-text index."""
    drafts = rows.filter(status=Post.Status.DRAFT).values_list("pk", flat=True)
    trashed = rows.filter(status=Post.Status.PUBLISHED, trashed_at__isnull=False).values_list("pk", flat=True)
    return list(drafts.union(trashed, all=True)[: MAX_FOUND + 1])


def _matching(posts: QuerySet, words: Sequence[str]) -> QuerySet:
    condition = Q()
    for word in words:
        condition &= Q(title__icontains=word)
    return posts.filter(condition)


def _keys_by_title(posts: QuerySet) -> list[int]:
    # In the order of the index, so that the scan can stop early; ordered by date it would read whole rows with texts.
    return list(posts.order_by("title", "pk").values_list("pk", flat=True)[: MAX_FOUND + 1])


def _limit(found: Sequence[int]) -> tuple[list[int], bool]:
    return list(found[:MAX_FOUND]), len(found) > MAX_FOUND


def _rare_words(words: Sequence[str], last: int) -> list[str]:
    """Return the words that the full-text index contains and that are rare in a sample of titles."""
    spread = range(last, 0, -max(1, last // SAMPLE_SIZE))
    titles = [title.casefold() for title in Post.objects.filter(pk__in=spread).values_list("title", flat=True)]
    return [
        word
        for word in words
        if search.words_of(word) == [word.lower()]
        and search.is_indexed(word)
        and sum(word.casefold() in title for title in titles) <= MAX_RARE
    ]
