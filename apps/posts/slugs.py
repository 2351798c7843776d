"""Slugs: made from titles in any script, unique, and not reserved for the site's own paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import models
from slugify import slugify

from blog_project import addresses


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
