"""Slugs: made from titles in any script, unique, and not reserved for the site's own paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.db import models
from slugify import slugify

from blog_project import addresses

TITLE_LIMIT = 60
"""How many characters the slug of a title has, at most; a longer first word is not cut."""
_JAPANESE = re.compile("[\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uff66-\uff9f]")


def slug_from_title(title: str, *, fallback: str, language: str, max_length: int) -> str:
    """Return a slug for `title`, cut after a word; `fallback` if nothing of the title can be transliterated.

    `language` is that of the title: Chinese and Japanese have characters in common, which are read differently.
    """
    is_japanese = language.partition("-")[0].lower() == "ja" and _JAPANESE.search(title)
    whole = slugify(_romanized(title) if is_japanese else title)
    if len(whole) > TITLE_LIMIT:
        whole = whole[: TITLE_LIMIT + 1].rpartition("-")[0] or whole.partition("-")[0]
    return whole[: max_length - 8] or fallback


def _romanized(japanese: str) -> str:
    """Return a Japanese text in Latin letters (Hepburn), with spaces between words."""
    return " ".join(word["hepburn"] for word in _kakasi().convert(japanese))


@cache
def _kakasi() -> Any:
    """Return the transliterator. Its dictionary takes a second and 130 MB, so only Japanese titles load it."""
    import pykakasi

    return pykakasi.kakasi()


def slug_from(text: str, *, fallback: str, max_length: int) -> str:
    """Return a transliterated ASCII slug for `text`, or `fallback` if it is empty, with room for a numeric suffix."""
    return slugify(text, max_length=max_length - 8, word_boundary=True) or fallback


def free_slug(base: str, is_taken: Callable[[list[str]], set[str]]) -> str:
    """Return the first free slug of `base`, `base-2`, `base-3` …; `is_taken` returns the used ones of a list."""
    for candidates in _candidate_batches(base):
        taken = is_taken(candidates)
        free = next((slug for slug in candidates if slug not in taken), None)
        if free is not None:
            return free
    raise ValueError(f"There are more than 10,000 addresses like {base!r}; set the slug by hand.")


def _candidate_batches(base: str) -> Iterator[list[str]]:
    """Yield candidates in growing batches, so that a thousand posts of one title cost four queries, not a thousand."""
    first = 1
    for last in (10, 100, 1000, 10_000):
        yield [base if number == 1 else f"{base}-{number}" for number in range(first, last + 1)]
        first = last + 1


def taken_in(model: type[models.Model], exclude_pk: int | None) -> Callable[[list[str]], set[str]]:
    """Return the `is_taken` of one table's `slug` column, without the row `exclude_pk`."""

    def is_taken(candidates: list[str]) -> set[str]:
        rows = model.objects.filter(slug__in=candidates).exclude(pk=exclude_pk)
        return set(rows.values_list("slug", flat=True))

    return is_taken


def taken_among_posts(exclude_pk: int | None) -> Callable[[list[str]], set[str]]:
    """Return the `is_taken` of posts: slugs of other posts, their aliases, and the site's reserved paths."""
    from .models import Post, PostAlias

    in_posts = taken_in(Post, exclude_pk)

    def is_taken(candidates: list[str]) -> set[str]:
        paths = {addresses.post(slug): slug for slug in candidates}
        old = PostAlias.objects.filter(path__in=paths).exclude(post_id=exclude_pk).values_list("path", flat=True)
        return in_posts(candidates) | {paths[path] for path in old} | (addresses.RESERVED_SLUGS & set(candidates))

    return is_taken


def taken_among_named(model: type[models.Model], exclude_pk: int | None) -> Callable[[list[str]], set[str]]:
    """Return the `is_taken` of tags or authors: current and former slugs of others than the row `exclude_pk`."""
    in_use = taken_in(model, exclude_pk)

    def is_taken(candidates: list[str]) -> set[str]:
        former = model.objects.filter(aliases__slug__in=candidates).exclude(pk=exclude_pk)
        return in_use(candidates) | set(former.values_list("aliases__slug", flat=True))

    return is_taken
