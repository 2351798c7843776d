"""What the editor keeps besides the content."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.posts.models import Post


class Autosave(models.Model):
    """The text of a form that is being written in: one row for each editor and form, and no part of the history."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=40)
    """Which form: `post:12` of a post, `new:` and some letters of a post that is not saved yet."""
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    """The post of the form; of a new post's, what it became."""
    tab = models.CharField(max_length=40, blank=True)
    """The page in a browser that sent it: each has made up a name for itself."""
    text = models.TextField(blank=True)
    """The form's fields, packed; nothing where they were saved as a post."""
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="autosave_once")]
        indexes = [
            models.Index(fields=["post", "saved_at"], name="autosave_by_post"),
            models.Index(fields=["saved_at"], name="autosave_by_date"),
        ]

    def __str__(self) -> str:
        return self.key
