"""What editors need beside the posts: unsaved drafts, requests for a review, assignments and notes. Readers see none."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.posts.models import Post


class Autosave(models.Model):
    """What is known of a form in which a user types: one row for each user and form. It is no part of a post's history."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=40)
    """Identifies the form: `post:12` for a stored post, `new:` and a random string for a new one."""
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    """The edited post; for a new post, null until it is created."""
    tab = models.CharField(max_length=40, blank=True)
    """The random id of the browser page that sent the draft."""
    text = models.TextField(blank=True)
    """The form's fields (`autosaves.serialize`); empty once they were saved as the post."""
    saved_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(null=True)
    """The version of the post that was saved automatically from the form, if that is the last thing which the user saved."""
    step = models.PositiveBigIntegerField(null=True)
    """Which request of that page it was: one that was sent before it, and arrives later, is ignored."""
    left_at = models.DateTimeField(null=True)
    """When the browser page that sent the draft was closed, if it was."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="autosave_once")]
        indexes = [
            models.Index(fields=["post", "saved_at"], name="autosave_by_post"),
            models.Index(fields=["saved_at"], name="autosave_by_date"),
        ]

    def __str__(self) -> str:
        return self.key


class ReviewRequest(models.Model):
    """Somebody asks for a second pair of eyes on a post. The row is deleted when the review ends (`reviews.py`)."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="review")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    """Who was asked; null for anybody who may change others' posts."""
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["asked_at", "post"], name="review_by_date"),
            models.Index(fields=["reviewer", "asked_at", "post"], name="review_by_reviewer"),
        ]

    def __str__(self) -> str:
        return str(self.post_id)


class Assignment(models.Model):
    """The person whose task a post is at present."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="assignment")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    assigned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["person", "assigned_at", "post"], name="assignment_by_person")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.person_id}"


class Note(models.Model):
    """What an editor says to others about a post or a place in its text, or an answer to that. It is never public."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    answers = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="+")
    """The note that this one answers; null for the first of a thread."""
    writer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    writer_name = models.CharField(max_length=150)
    """The writer's name then, which stays when the account is deleted."""
    text = models.TextField(max_length=2000)
    quote = models.CharField(max_length=300, blank=True)
    """The words of the text that the note is about; empty for the whole post."""
    before = models.CharField(max_length=60, blank=True)
    after = models.CharField(max_length=60, blank=True)
    """The text around the words, by which they are found again after edits."""
    written_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    """When the thread was marked as done; null while it is open, and in answers."""

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["post", "id"], name="note_by_post")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.writer_name}"
