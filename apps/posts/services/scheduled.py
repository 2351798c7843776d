"""Scheduled updates of published posts: writing one for good whose moment has come, and lifting one by another change."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth import get_user_model
from django.db.models import F

from apps.core import content_state
from apps.core.history import made_in_the_admin
from apps.core.models import Change
from apps.core.versioned import StaleVersion
from apps.media.models import Image
from apps.posts.changes import of_plan, of_post
from apps.posts.models import PendingImageUse, PendingVersion, Post

from .post_rows import renew_search, shown_image_ids, update_link_dates, used_image_ids, write_history, write_image_uses


def write_due_update(pk: int) -> bool:
    """Write the scheduled update of a post for good if its moment has come; return whether it was written.

    Readers see the same before and after. Call it within a transaction.
    """
    row = scheduled_row(pk)
    return row is not None and row.is_due() and _write_due(row)


def scheduled_row(pk: int) -> PendingVersion | None:
    """Return the pending version of a post if it is scheduled, due or not; else None."""
    return PendingVersion.objects.filter(pk=pk, due_at__isnull=False).first()


def _write_due(row: PendingVersion) -> bool:
    # Of two writers, one deletes the row. The other waits for that, and finds the update written.
    if not PendingVersion.objects.filter(pk=row.pk, version=row.version).delete()[0]:
        return False
    post = Post.objects.get(pk=row.pk)
    version, images_before = post.version, used_image_ids(post)
    post.lay_over(row.plan)
    post.due_body = row.body
    post.version = version
    written = [*row.changes, *row.rendered, "updated_at", "revised_at"]
    if row.rendered:
        post.rendered_by = row.rendered_by
        written.append("rendered_by")
    images = Image.objects.referenced_in(post.body)
    post.skip_history_when_saving = True
    post.save_version(version, update_fields=written)
    update_link_dates(post)
    write_image_uses(post, images, images_before)
    PendingImageUse.objects.filter(post=post).delete()
    post._history_date = row.due_at
    with made_in_the_admin():
        # Without its other columns, which not every role may read.
        write_history(post, "~", by=row.written_by_id and get_user_model()(pk=row.written_by_id), reason=row.reason)
    renew_search(post)
    # That the post has changed is told already (`of_plan`).
    shown = {"images_before": images_before, "images": shown_image_ids(post, images)}
    told = of_post(post, before=post.visible_at, **shown)
    content_state.bump(*(change for change in told if change.kind == "image"))
    return True


_ENDING_PLANS = frozenset(["status", "published_at", "trashed_at", "language"])
"""Columns of a post whose change lifts the schedule of its update: where or how readers see it is another matter then."""


def follow_plan(post: Post, changed: Collection[str], expected_version: int) -> PendingVersion | None:
    """Lift the schedule of a post's update if columns are `changed` that it changes too; return one that stays scheduled.

    Call this after the row of the post is saved: whoever schedules an update locks that row, so each sees what the other
    has done. Raises StaleVersion if the update is due by now, and the post is not as it was loaded.
    """
    row = scheduled_row(post.pk)
    if row is None:
        return None
    if row.is_due():
        raise StaleVersion(post, expected_version)
    planned = _ENDING_PLANS.union(Post._meta.get_field(name).attname for name in row.changes)
    if planned.isdisjoint(changed):
        return row
    lifted = dict.fromkeys(PendingVersion.SCHEDULE) | {"lifted_at": row.due_at, "version": F("version") + 1}
    PendingVersion.objects.filter(pk=post.pk).update(**lifted)
    return None


def told_of(plan: PendingVersion | None, post: Post) -> list[Change]:
    """Return the change for an update that is still scheduled, which follows each change of the post."""
    return [of_plan(post, plan)] if plan else []
