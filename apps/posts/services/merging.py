"""Merging tags: two names for one topic become one.

The posts are linked to the tag that stays, in transactions of `BATCH` posts, so that a tag of a hundred thousand posts
holds no lock for long; then one transaction deletes the other tag and leaves its slugs as aliases. Interrupted half-way,
both tags are there, each with some of the posts, and merging them again does the rest.

Posts get no version by it. It changes what a topic is called, not what anybody wrote, as renaming a tag does; a version
of each post would bury those that writers made, and make every open form a conflict. What old versions say of the tag
that is gone leads to the one that stayed, by `TagAlias.former_id`.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import content_state
from apps.core.transactions import write_atomically

from ..models import PostTag, Tag, TagAlias
from .documents import AT_ONCE, newest_of, refresh_tags

BATCH = 500
"""Posts that are linked anew in one transaction."""


def merge_tags(merged: Tag, *, into: Tag, by=None) -> bool:
    """Give the posts and the addresses of `merged` to `into`, and delete it.

    Returns whether search knows its posts by the name of `into`; else `manage.py refresh_search` has to run.
    """
    if merged.pk == into.pk:
        raise ValidationError(_("A tag cannot be merged into itself."))
    newest = newest_of(merged)
    while _move_some(merged, into):
        pass
    slug, former_id = merged.slug, merged.pk

    def write() -> None:
        merged.pk = former_id  # Django forgets it where it deletes the row, which a deadlock brings back.
        _move_some(merged, into)  # What somebody linked just now.
        TagAlias.objects.filter(tag=merged).update(tag=into)
        TagAlias.objects.filter(slug=slug).delete()
        TagAlias.objects.create(slug=slug, tag=into, former_id=former_id)
        merged.delete()
        refresh_tags(newest[:AT_ONCE])
        content_state.bump()

    write_atomically(write)
    return len(newest) <= AT_ONCE


def _move_some(merged: Tag, into: Tag) -> bool:
    """Move the links of some posts; return whether there may be more."""
    with transaction.atomic():
        links = PostTag.objects.filter(tag=merged)
        posts = list(links.order_by("listed_at", "post_id").values_list("post_id", flat=True)[:BATCH])
        links = links.filter(post__in=posts)
        linked = PostTag.objects.filter(tag=into, post__in=posts).values_list("post_id", flat=True)
        links.filter(post__in=list(linked)).delete()
        links.update(tag=into)
    return len(posts) == BATCH
