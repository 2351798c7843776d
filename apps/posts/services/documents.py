"""Updates the names of tags in search documents after a tag was renamed, merged or deleted.

A tag can have any number of posts, and each changed document is indexed again. So the transaction that changes a tag
updates only the documents of its newest `AT_ONCE` posts. `manage.py refresh_search` updates the others; until it has
run, a search finds these older posts by the former name. Saving a post always writes its document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ..models import PostTag, SearchDocument, Tag

AT_ONCE = 200
"""How many search documents a change of a tag updates in its transaction, at most."""


def newest_of(tag: Tag) -> list[int]:
    """Return the ids of the newest `AT_ONCE` posts of a tag, and one more if there are more."""
    links = PostTag.objects.filter(tag=tag).order_by("-listed_at", "-post_id")
    return list(links.values_list("post_id", flat=True)[: AT_ONCE + 1])


def updates_all_documents(tag: Tag) -> bool:
    """Return whether a change of the tag updates all its search documents, so that `refresh_search` is not needed."""
    return len(newest_of(tag)) <= AT_ONCE


def refresh_tags(post_ids: Sequence[int]) -> int:
    """Write the current names of tags into the search documents of these posts; return how many documents changed."""
    names: dict[int, list[str]] = defaultdict(list)
    links = PostTag.objects.filter(post__in=post_ids).order_by("tag__name").values_list("post_id", "tag__name")
    for pk, name in links:
        names[pk].append(name)
    stale = []
    for document in SearchDocument.objects.filter(pk__in=post_ids).only("tags"):
        if document.tags != (current := " ".join(names[document.pk])):
            document.tags = current
            stale.append(document)
    SearchDocument.objects.bulk_update(stale, ["tags"])
    return len(stale)
