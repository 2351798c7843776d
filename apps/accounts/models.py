"""The audit trail, sessions, and counts of limits."""

from __future__ import annotations

from django.conf import settings
from django.contrib.admin.utils import quote
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One action in the admin: user, object, time and client address. Entries are never changed.

    Names are copied, so that an entry outlives its user and its object. (The admin's own log is deleted with the user.)
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
        """The URL of the object in the admin, or "" if it was deleted or has no page."""
        if not self.object_id or self.action == self.Action.DELETED:
            return ""
        try:
            return reverse(f"admin:{self.model.replace('.', '_')}_change", args=[quote(self.object_id)])
        except NoReverseMatch:
            return ""


class LimitCount(models.Model):
    """How often something was tried since a moment (`limits.py`)."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:12]}: {self.count}"


class Session(AbstractBaseSession):
    """A session of the admin (`sessions.py`). `session_key` is the digest of the key that the browser has."""

    session_key = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("user")
    )
    started_at = models.DateTimeField(_("logged in"), null=True)
    seen_at = models.DateTimeField(_("last used"), null=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    agent = models.CharField(_("browser"), max_length=300, blank=True)

    objects = BaseSessionManager()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        default_permissions = ()
        indexes = [models.Index(fields=["user", "seen_at", "session_key"], name="session_by_user")]

    def __str__(self) -> str:
        return self.agent or self.address or self.session_key[:8]

    @classmethod
    def get_session_store_class(cls) -> type:
        """Return the store that reads and writes the rows."""
        from .sessions import SessionStore

        return SessionStore


class KnownDevice(models.Model):
    """A browser in which a user has logged in (`devices.py`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, db_index=True)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.digest[:8]}"
