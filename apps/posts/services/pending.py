"""Changes of a published post that wait: kept as its one pending version, then published, scheduled or discarded.

What is kept is in a row beside the post, which nothing that readers see looks at, so keeping it bumps nothing. Publishing
is an `update_post` like any other, in whose transaction the row is deleted. A scheduled one is laid over the post from
its moment on, wherever posts are read, until the next write of the post writes it. docs/decisions/0034 has the reasons.
"""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import content_state
from apps.core.transactions import set_fields, wrap_writes, write_atomically
from apps.core.versioned import StaleVersion
from apps.markdown import rendering
from apps.media.models import Image
from apps.posts.changes import of_plan, of_post
from apps.posts.models import PendingImageUse, PendingVersion, Post
from apps.posts.post_fields import RENDERED_FIELDS, RENDERING_FIELDS, WAITING_FIELDS

from .post_rows import shown_image_ids
from .posts import clean_post, render_post, update_post
from .scheduled import write_due_update

MAX_DUE = 1_000
"""Updates that one call of `write_due_updates` writes at most."""


class Overlap(Exception):
    """Fields of a pending version (`names`) have been changed in the post too, so that somebody has to decide."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(", ".join(names))


def keep_for_later(
    post: Post,
    *,
    by,
    expected_version: int,
    expected_pending: int = 0,
    at_once: dict[str, Any] | None = None,
    reason: str = "",
    **fields: Any,
) -> PendingVersion | None:
    """Keep changes of a post that readers see, without publishing them; return its pending version.

    `fields` are among `post_fields.WAITING_FIELDS`; those that are not named stay as they wait already.
    `expected_pending` is the version of the pending version that the change was made from, 0 for none. `at_once` are
    arguments of `update_post`, which are written to the post in the same transaction: changes that cannot wait. If the
    kept fields say the same as the post, nothing waits any more, and None is returned.
    """
    if not post.is_public():
        raise ValidationError(_("Only changes of a post that readers see can wait. Save this one instead."))
    if unknown := fields.keys() - set(WAITING_FIELDS):
        raise TypeError(f"These fields cannot wait: {', '.join(sorted(unknown))}.")
    former = _pending_at(post, expected_pending)
    draft = copy(post)
    set_fields(draft, (former.values() if former else {}) | fields)
    clean_post(draft)
    row = PendingVersion(post=post, based_on=expected_version, written_by=by, kept_at=timezone.now())
    row.version, row.reason = expected_pending or 1, reason[:100]
    row.changes = {name: _stored(draft, name) for name in WAITING_FIELDS if _stored(draft, name) != _stored(post, name)}
    images = Image.objects.referenced_in(draft.body)
    if RENDERING_FIELDS & row.changes.keys():
        _render(row, draft, images, by=by)
    row.schedule(former and former.due_at)

    def write() -> None:
        with content_state.bump_at_end():
            write_due_update(post.pk)
            # Locked, so that a change of the post sees the schedule that is written here, or comes first.
            current = Post.objects.select_for_update().get(pk=post.pk)
            if current.version != expected_version:
                raise StaleVersion(post, expected_version)
            if at_once:
                update_post(current, by=by, expected_version=expected_version, **at_once)
                row.based_on = current.version
                _follow_lifting(row)
            if row.changes:
                _write(row, former, shown_image_ids(draft, images))
            elif former:
                _delete(post, expected_pending)

    try:
        write_atomically(write)
    except IntegrityError:
        if former is None and PendingVersion.objects.filter(post=post).exists():
            raise StaleVersion(post, expected_version) from None  # Somebody else has just kept one.
        raise
    return row if row.changes else None


def schedule_pending(
    post: Post, *, expected_version: int, expected_pending: int, moment: datetime | None
) -> PendingVersion:
    """Have readers see the pending version from a moment on, without a job; None lifts the schedule.

    Raises Overlap and StaleVersion as `publish_pending`, and ValidationError for a moment that has passed.
    """
    if moment is not None and moment <= timezone.now():
        raise ValidationError({"moment": _("This moment has passed. Choose a later one, or publish the changes now.")})
    if moment is not None and not post.is_public():
        raise ValidationError(_("Only changes of a post that readers see can wait. Save this one instead."))
    row = _pending_at(post, expected_pending)
    if row is None:
        raise StaleVersion(post, expected_version)
    if names := row.overlap(post):
        raise Overlap(names)
    was_scheduled = row.due_at is not None

    def write() -> None:
        # Locked, so that a change of the post sees the schedule, or comes first.
        current = Post.objects.select_for_update().get(pk=post.pk)
        if current.version != expected_version:
            raise StaleVersion(post, expected_version)
        row.schedule(moment)
        row.based_on, row.lifted_at = expected_version, None
        row.save_version(expected_pending, update_fields=[*PendingVersion.SCHEDULE, "lifted_at", "based_on"])
        if moment is not None:
            content_state.bump(of_plan(current, row))
        elif was_scheduled:
            content_state.bump(*of_post(current, before=current.visible_at))

    write_atomically(write)
    return row


def write_due_updates(*, of: int | None = None) -> int:
    """Write the scheduled updates whose moment has come, each in a transaction of its own; return their number.

    `of` is the id of the only post to look at, or None for all.
    """
    due = PendingVersion.objects.due() if of is None else PendingVersion.objects.due().filter(pk=of)
    written = 0
    for pk in due.order_by("due_at").values_list("pk", flat=True)[:MAX_DUE]:
        found = False

        def write(pk: int = pk) -> None:
            nonlocal found
            found = write_due_update(pk)

        write_atomically(write)
        written += found
    return written


def publish_pending(
    post: Post, *, by, expected_version: int, expected_pending: int, reason: str = "", **fields: Any
) -> Post:
    """Make the pending version the newest version of a post, with `fields` (of `update_post`) instead of its own.

    The history names whoever wrote it, or `by` if `fields` say something else. Raises Overlap if a field of the pending
    version that is not among `fields` was changed in the post since, and StaleVersion if the post or the pending version
    is another one by now.
    """
    if post.trashed_at:
        raise ValidationError(_("This post is in the trash. Restore it before you publish its changes."))
    row = _pending_at(post, expected_pending)
    if row is None:
        raise StaleVersion(post, expected_version)
    if names := [name for name in row.overlap(post) if name not in fields]:
        raise Overlap(names)
    waiting = row.values()
    is_as_kept = all(
        value == (waiting[name] if name in waiting else getattr(post, name)) for name, value in fields.items()
    )
    is_deleted = False

    def write_both(write):
        nonlocal is_deleted
        is_deleted = True
        _delete(post, expected_pending)
        return write()

    with wrap_writes(write_both):
        post = update_post(
            post,
            by=row.written_by or by if is_as_kept else by,
            expected_version=expected_version,
            reason=reason or row.reason,
            **waiting | fields,
        )
    if not is_deleted:  # It says what the post says already.
        discard_pending(post, expected_pending=expected_pending)
    return post


def discard_pending(post: Post, *, expected_pending: int) -> None:
    """Delete the pending version of a post. Raises StaleVersion if it is another one by now, or gone."""
    row = _pending_at(post, expected_pending)

    def write() -> None:
        _delete(post, expected_pending)
        if row.due_at:  # The change feed must not tell it.
            content_state.bump(*of_post(post, before=post.visible_at))

    write_atomically(write)


def rerender_pending(row: PendingVersion) -> bool:
    """Render the changed body of a pending version again; return whether it was written.

    It is not if somebody kept another one meanwhile. Raises ValidationError, as `rerender_post`.
    """
    post = Post.objects.get(pk=row.post_id)
    row.apply_to(post)
    images = Image.objects.referenced_in(post.body)
    _render(row, post, images)
    row.schedule(row.due_at)
    columns = {name: getattr(row, name) for name in ("rendered", "rendered_by", *PendingVersion.SCHEDULE)}
    return bool(PendingVersion.objects.filter(pk=row.pk, version=row.version).update(**columns))


def _pending_at(post: Post, version: int) -> PendingVersion | None:
    """Return the pending version of a post, or None if there is none and `version` is 0. Raises StaleVersion."""
    row = PendingVersion.objects.waiting().select_related("written_by").filter(post=post).first()
    if (row.version if row else 0) != version:
        raise StaleVersion(post, post.version)
    return row


def _stored(post: Post, name: str) -> Any:
    """Return the value of a field as the row keeps it: of a foreign key, the key."""
    return getattr(post, Post._meta.get_field(name).attname)


def _render(row: PendingVersion, draft: Post, images: list[Image], *, by=None) -> None:
    render_post(draft, images, by=by)
    row.rendered = {name: getattr(draft, name) for name in RENDERED_FIELDS}
    row.rendered_by = rendering.VERSION


def _follow_lifting(row: PendingVersion) -> None:
    """Lift the schedule of a row that is to be written if a change of the post has just lifted that of the stored row."""
    lifted = PendingVersion.objects.filter(pk=row.pk, due_at__isnull=True).values_list("lifted_at", flat=True).first()
    if row.due_at is not None and lifted is not None:
        row.schedule(None)
        row.lifted_at = lifted


def _write(row: PendingVersion, former: PendingVersion | None, images: set[int]) -> None:
    if former is None:
        row.save(force_insert=True)
    else:
        row.save_version(former.version)
    PendingImageUse.objects.filter(post=row.post_id).delete()
    PendingImageUse.objects.bulk_create(PendingImageUse(post_id=row.post_id, image_id=pk) for pk in sorted(images))


def _delete(post: Post, version: int) -> None:
    deleted, _by_model = PendingVersion.objects.waiting().filter(post=post, version=version).delete()
    if not deleted:
        raise StaleVersion(post, post.version)
    PendingImageUse.objects.filter(post=post).delete()
