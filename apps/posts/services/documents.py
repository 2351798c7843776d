"""The names of tags in search documents, after a tag was renamed, merged or deleted.

A tag can have any number of posts, and each document is indexed anew. So a change of a tag writes those of its newest
`AT_ONCE` posts, in its own transaction; for the rest there is `manage.py refresh_search`. Until it has run, a
search finds these older posts by the tag's former name. Every save of a post writes its own document as ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ..models import PostTag, SearchDocument, Tag

AT_ONCE = 200
"""Documents that a change of a tag writes."""


def newest_of(tag: Tag) -> list[int]:
    """Return the newest posts of a tag, and one more than are refreshed at once where there are more."""
    links = PostTag.objects.filter(tag=tag).order_by("-listed_at", "-post_id")
    return list(links.values_list("post_id", flat=True)[: AT_ONCE + 1])


def is_found_at_once(tag: Tag) -> bool:
    """Tell whether a change of a tag reaches all its documents at once."""
    return len(newest_of(tag)) <= AT_ONCE


def refresh_tags(post_ids: Sequence[int]) -> int:
    """Write the present names of their tags into the documents of these posts; return how many were others."""
    names: dict[int, list[str]] = defaultdict(list)
    links = PostTag.objects.filter(post__in=post_ids).order_by("tag__name").values_list("post_id", "tag__name")
    for pk, name in links:
        names[pk].append(name)
    stale = []
    for document in SearchDocument.objects.filter(pk__in=post_ids).only("tags"):
        if document.tags != (present := " ".join(names[document.pk])):
            document.tags = present
            stale.append(document)
    SearchDocument.objects.bulk_update(stale, ["tags"])
    return len(stale)
