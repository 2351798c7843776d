"""Finding comments by words, for moderators. There is no index of comments' texts, so the newest ones are looked through.

That is bounded: however many comments there are, at most `LOOKED_THROUGH` are read, in the order of their keys, which
every list of comments has an index for.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import QuerySet

from apps.posts.folding import folded

LOOKED_THROUGH = 5_000
"""How many comments are read, at most: the newest ones."""
MAX_FOUND = 200
"""How many comments are found, at most: the newest ones."""


class Found(NamedTuple):
    """The comments that have some words."""

    keys: list[int]
    """Their primary keys, the newest first."""
    is_cut: bool
    """Whether more were found than `keys` has."""
    is_partial: bool
    """Whether there are older comments that were not looked through."""


def find(comments: QuerySet, query: str) -> Found:
    """Return the newest of `comments` that have all words of a query in their text or their author's name.

    A word is any part of a text; case and accents do not matter.
    """
    words = folded(query).split()
    # One more than is looked through tells whether there are others.
    rows = comments.select_related(None).order_by("-pk").values_list("pk", "name", "body")[: LOOKED_THROUGH + 1]
    keys: list[int] = []
    for read, (key, name, body) in enumerate(rows.iterator(chunk_size=500)):
        if len(keys) > MAX_FOUND or read == LOOKED_THROUGH:
            break
        text = folded(f"{name}\n{body}")
        if all(word in text for word in words):
            keys.append(key)
    else:
        return Found(keys[:MAX_FOUND], is_cut=len(keys) > MAX_FOUND, is_partial=False)
    return Found(keys[:MAX_FOUND], is_cut=len(keys) > MAX_FOUND, is_partial=True)
