"""What the desk keeps besides the content."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.utils import quote
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.posts.models import Post


class AuditEntry(models.Model):
    """Who did what at the desk, to what, when and from where. Written once, never changed.

    Names are copied: an entry outlives the user and what it is about. (The admin's own log goes with the user.)
    """

    class Action(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        DELETED = "deleted", _("Deleted")
        LOGGED_IN = "logged_in", _("Logged in")
        LOGGED_OUT = "logged_out", _("Logged out")
        LOGIN_FAILED = "login_failed", _("Login failed")
        LOCKED_OUT = "locked_out", _("Locked out")

    at = models.DateTimeField(_("time"), default=timezone.now)
    action = models.CharField(_("action"), max_length=20, choices=Action)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("user")
    )
    username = models.CharField(_("user name"), max_length=150)
    address = models.GenericIPAddressField(_("address"), null=True)
    request_id = models.CharField(_("request"), max_length=64)
    model = models.CharField(_("kind"), max_length=100, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(_("object"), max_length=200, blank=True)
    message = models.TextField(_("what"), blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["at", "id"], name="audit_by_time"),
            models.Index(fields=["action", "at", "id"], name="audit_by_action"),
            models.Index(fields=["model", "at", "id"], name="audit_by_model"),
            models.Index(fields=["username", "at", "id"], name="audit_by_username"),
            models.Index(fields=["address", "at", "id"], name="audit_by_address"),
            models.Index(fields=["request_id"], name="audit_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.username}: {self.get_action_display()} {self.object_name}".strip()

    @property
    def object_url(self) -> str:
        """The admin's page of what it is about, where it was not deleted."""
        if not self.object_id or self.action == self.Action.DELETED:
            return ""
        try:
            return reverse(f"admin:{self.model.replace('.', '_')}_change", args=[quote(self.object_id)])
        except NoReverseMatch:
            return ""


def digest(secret: str) -> str:
    """Return what is stored of a secret: its SHA-256, in hex. (192 random bits need no slow hash.)"""
    return hashlib.sha256(secret.encode()).hexdigest()


class PreviewLinkQuerySet(models.QuerySet):
    """Makes and finds preview links."""

    def issue(self, *, post: Post, by, days: int) -> tuple[PreviewLink, str]:
        """Create a link and return it with its secret, which is stored nowhere. What had ended of the post's goes."""
        now = timezone.now()
        self.filter(models.Q(revoked_at__isnull=False) | models.Q(expires_at__lte=now), post=post).delete()
        secret = secrets.token_urlsafe(24)
        link = self.create(
            post=post, digest=digest(secret), created_by=by, created_at=now, expires_at=now + timedelta(days=days)
        )
        return link, secret

    def usable(self, now: datetime | None = None) -> PreviewLinkQuerySet:
        """Return those that are neither revoked nor expired."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now or timezone.now())

    def of_secret(self, secret: str) -> PreviewLink | None:
        """Return the usable link of a secret."""
        return self.usable().filter(digest=digest(secret)).first()


class PreviewLink(models.Model):
    """The right of whoever has its address to read one post before it is published, until a date."""

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
