"""Links by which anybody who has one can read an unpublished post."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .posts import (
    Post,
)


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret in hex, which is stored in its place. (192 random bits need no slow hash.)"""
    return hashlib.sha256(secret.encode()).hexdigest()


class PreviewLinkQuerySet(models.QuerySet):
    """Creates and finds preview links."""

    def issue(self, *, post: Post, by, days: int) -> tuple[PreviewLink, str]:
        """Create a link and return it with its secret, which is not stored. Delete the post's unusable links."""
        now = timezone.now()
        self.filter(models.Q(revoked_at__isnull=False) | models.Q(expires_at__lte=now), post=post).delete()
        secret = secrets.token_urlsafe(24)
        link = self.create(
            post=post, digest=digest(secret), created_by=by, created_at=now, expires_at=now + timedelta(days=days)
        )
        return link, secret

    def usable(self, now: datetime | None = None) -> PreviewLinkQuerySet:
        """Return the links that are neither revoked nor expired at `now`."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now or timezone.now())

    def find_by_secret(self, secret: str) -> PreviewLink | None:
        """Return the usable link with this secret, or None."""
        return self.usable().filter(digest=digest(secret)).first()


class PreviewLink(models.Model):
    """A link by which anybody who has it can read an unpublished post until a date."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="preview_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")

    def __str__(self) -> str:
        return f"{self.post_id}: {self.expires_at:%Y-%m-%d}"
