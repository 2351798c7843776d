"""Sessions, known browsers, what people choose for themselves, and counts of limits."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


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


class Preferences(models.Model):
    """What a user has chosen for the desk (`preferences.py`). Without a row, the defaults hold."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    language = models.CharField(max_length=35, blank=True)
    """The language of the desk, such as `de`; empty for that of the environment."""
    time_zone = models.CharField(max_length=64, blank=True)
    """The name of a time zone, such as `Europe/Berlin`; empty for that of the browser."""
    mails_about_posts = models.BooleanField(default=True)
    """Whether reviews, assignments and notes are mailed."""

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user_id)
