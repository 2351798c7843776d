"""Changes of published posts that readers do not see yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.core import content_state
from apps.core.versioned import VersionedModel
from apps.media.models import Image
from apps.posts.post_fields import UNSEEN_FIELDS, WAITING_FIELDS

from .posts import (
    Post,
)


class PendingVersionQuerySet(models.QuerySet):
    """Queries for changes that wait."""

    def waiting(self, now: datetime | None = None) -> PendingVersionQuerySet:
        """Return those that readers do not see yet at `now`."""
        return self.filter(Q(due_at__isnull=True) | Q(due_at__gt=now or timezone.now()))

    def due(self, now: datetime | None = None) -> PendingVersionQuerySet:
        """Return the scheduled updates whose moment has come, and that are not written yet."""
        return self.filter(due_at__lte=now or timezone.now())


class PendingVersion(VersionedModel):
    """Changes of a published post that readers do not see yet (docs/decisions/0034); one row for a post at most."""

    PUBLIC = ("post", "due_at", "plan")
    """The fields that readers' pages load. The database user of these pages may read no others."""
    SCHEDULE = ("due_at", "plan", "body")
    """The fields that `schedule` sets."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="pending_row")
    based_on = models.PositiveIntegerField()
    """The version of the post that its writer has seen."""
    changes = models.JSONField()
    """The values of the changed fields, by name (`post_fields.WAITING_FIELDS`); of the cover image the key."""
    rendered = models.JSONField(default=dict)
    """The rendered fields of a changed body, by name; empty if the body is that of the post."""
    rendered_by = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=100, blank=True)
    """The note for the history of the post."""
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    kept_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    """From when readers see the changes; NULL if that is not scheduled."""
    plan = models.JSONField(null=True)
    """Of a scheduled update what is laid over the row of the post from that moment on (`Post.lay_over`), but the body."""
    body = models.TextField(null=True)
    """Of a scheduled update the changed body, which readers' pages do not load."""
    lifted_at = models.DateTimeField(null=True)
    """The moment for which the update was scheduled, until a change of the post lifted that."""

    objects = PendingVersionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="pending_by_moment"),
            models.Index(fields=["kept_at", "post"], name="pending_by_date"),
            models.Index(fields=["written_by", "kept_at"], name="pending_by_writer"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id}: {', '.join(self.changes)}"

    def is_due(self, now: datetime | None = None) -> bool:
        """Return whether readers see the changes at `now`; the same rule as `PendingVersionQuerySet.due`."""
        return self.due_at is not None and self.due_at <= (now or timezone.now())

    def schedule(self, moment: datetime | None) -> None:
        """Set the moment from which readers see the changes, or None for none. Saves nothing."""
        self.due_at, self.plan, self.body = moment, None, None
        if moment is not None:
            changes = dict(self.changes)
            self.body = changes.pop("body", None)
            is_seen = not set(UNSEEN_FIELDS).issuperset(self.changes)
            self.plan = {
                "at": moment.isoformat(),
                "is_seen": is_seen,
                "changes": changes,
                "rendered": self.rendered,
            }

    def values(self) -> dict[str, Any]:
        """Return the changed fields as arguments for `services.update_post`."""
        found = dict(self.changes)
        if found.get("cover_image") is not None:
            found["cover_image"] = Image.objects.get(pk=found["cover_image"])
        return found

    def apply_to(self, post: Post) -> None:
        """Set the changed fields of `post`, and what was rendered from them, without saving it."""
        for name, value in (self.changes | self.rendered).items():
            setattr(post, Post._meta.get_field(name).attname, value)

    def overlap(self, post: Post) -> list[str]:
        """Return which of the changed fields have also been changed in `post` since the version that this is based on."""
        if post.version == self.based_on:
            return []
        columns = {name: Post._meta.get_field(name).attname for name in WAITING_FIELDS if name in self.changes}
        seen = Post.history.filter(id=post.pk, version=self.based_on).values(*columns.values()).first()
        # Without a record of that version, nobody can tell what has changed since.
        return [name for name, column in columns.items() if seen is None or seen[column] != getattr(post, column)]


@content_state.register_next_changes
def scheduled_updates(now: datetime) -> list[models.QuerySet]:
    """Return the query for the moment of the next scheduled update after `now`."""
    return [PendingVersion.objects.filter(due_at__gt=now).order_by("due_at").values("due_at")[:1]]
