"""The model of automatically saved drafts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.posts.models import Post


class Autosave(models.Model):
    """The unsaved content of a post form: one row for each user and form. It is not part of a post's history."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=40)
    """Identifies the form: `post:12` for a stored post, `new:` and a random string for a new one."""
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    """The edited post; for a new post, null until it is saved."""
    tab = models.CharField(max_length=40, blank=True)
    """The random id of the browser page that sent the draft."""
    text = models.TextField(blank=True)
    """The form's fields (`autosaves.serialize`); empty once a new post was saved from the form."""
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="autosave_once")]
        indexes = [
            models.Index(fields=["post", "saved_at"], name="autosave_by_post"),
            models.Index(fields=["saved_at"], name="autosave_by_date"),
        ]

    def __str__(self) -> str:
        return self.key
