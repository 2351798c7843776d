"""The content generation, a counter of public changes, and the rows of the change feed."""

from __future__ import annotations

from django.db import models


class ContentGeneration(models.Model):
    """A table with one row, whose value is the number of changes of the public content.

    Every transaction that changes public content updates this row and keeps its lock until it is committed.
    """

    value = models.PositiveBigIntegerField(default=0)
    trimmed = models.PositiveBigIntegerField(default=0, db_default=0)
    """The highest id of a `Change` that was deleted because of its age."""
    trimmed_at = models.DateTimeField(null=True)
    """Before this time, rows that became visible by their date may have been deleted because of their age."""

    def __str__(self) -> str:
        return str(self.value)


class Change(models.Model):
    """A change of something that the API shows to everybody. `apps.core.changes` makes the rows.

    `content_state.bump` inserts them while it holds the lock of `ContentGeneration`. So their ids are in the order in
    which their transactions were committed, and no row is ever committed before one of a lower id.
    """

    class Event(models.TextChoices):
        CREATED = "created"
        CHANGED = "changed"
        DELETED = "deleted"
        SCHEDULED = "scheduled"
        """It is public, and will have other content from `visible_at` on."""

    kind = models.CharField(max_length=20)
    """The name of the model, such as `post`."""
    object_id = models.PositiveBigIntegerField(null=True)
    object_ids = models.JSONField(null=True)
    """The ids of several objects, in place of `object_id`."""
    parent_id = models.PositiveBigIntegerField(null=True)
    """The object with which this one is shown: of a comment, the post."""
    version = models.PositiveIntegerField(null=True)
    event = models.CharField(max_length=10)
    spreads = models.BooleanField(default=False)
    """Whether the representations of others change too, such as those of the posts of a renamed tag."""
    at = models.DateTimeField()
    """When it was written, by the clock of the process that wrote it."""
    visible_at = models.DateTimeField(null=True)
    """From when it is visible after this change. NULL: not at all."""
    was_visible_at = models.DateTimeField(null=True)
    """From when it was visible before this change. NULL: it was not.

    A change without either is of something that is told if it is public when the feed is read.
    """

    class Meta:
        indexes = [
            # What becomes visible by its date.
            models.Index(fields=["kind", "visible_at", "id"], name="change_by_visibility"),
            # The changes of one object.
            models.Index(fields=["kind", "object_id", "id"], name="change_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id or self.object_ids}: {self.event}"
