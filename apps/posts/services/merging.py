"""Merging one tag into another.

The posts are relinked in transactions of `BATCH` posts, so that a tag with a hundred thousand posts holds no lock for
long. Then one transaction deletes the merged tag and keeps its slugs as aliases. After an interruption, both tags
exist, each with some of the posts; merging them again completes the work.

Posts get no new version, as when a tag is renamed: nobody has changed their text. A version of each post would bury
the versions that writers made, and would make every open form a conflict. References of old versions to the deleted
tag are resolved by `TagAlias.former_id`.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import changes, content_state
from apps.core.transactions import write_atomically

from ..models import PostTag, Tag, TagAlias
from .documents import AT_ONCE, newest_of, refresh_tags

BATCH = 500
"""How many posts one transaction relinks."""


def merge_tags(merged: Tag, *, into: Tag, by=None) -> bool:
    """Move the posts and slugs of `merged` to `into`, and delete `merged`.

    Returns whether all search documents were updated; if not, `manage.py refresh_search` has to run. Raises
    ValidationError if both are the same tag.
    """
    if merged.pk == into.pk:
        raise ValidationError(_("A tag cannot be merged into itself."))
    newest = newest_of(merged)
    while _move_batch(merged, into):
        pass
    slug, former_id = merged.slug, merged.pk

    def write() -> None:
        merged.pk = former_id  # Django unsets it on deletion; after a deadlock, the deletion is tried again.
        with content_state.bump_at_end():
            _move_batch(merged, into)  # Posts that were linked since the last batch.
            TagAlias.objects.filter(tag=merged).update(tag=into)
            TagAlias.objects.filter(slug=slug).delete()
            TagAlias.objects.create(slug=slug, tag=into, former_id=former_id)
            content_state.bump(changes.of(merged, after=False, event=changes.Event.DELETED))
            merged.delete()
            refresh_tags(newest[:AT_ONCE])

    write_atomically(write)
    return len(newest) <= AT_ONCE


def _move_batch(merged: Tag, into: Tag) -> bool:
    """Relink up to `BATCH` posts; return whether there may be more."""
    with transaction.atomic():
        links = PostTag.objects.filter(tag=merged)
        posts = list(links.order_by("listed_at", "post_id").values_list("post_id", flat=True)[:BATCH])
        links = links.filter(post__in=posts)
        linked = PostTag.objects.filter(tag=into, post__in=posts).values_list("post_id", flat=True)
        links.filter(post__in=list(linked)).delete()
        links.update(tag=into)
        if posts:
            content_state.bump(*changes.of_many("post", posts))
    return len(posts) == BATCH
