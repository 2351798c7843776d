"""The entries of the audit trail, and the end of their chain."""

from __future__ import annotations

from django.conf import settings
from django.contrib.admin.utils import quote
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One action: who did it, what it was done to, when, and by which process. Entries are never changed.

    Names are copied, so that an entry outlives its user and its object. `trail.record` writes entries.
    """

    class Action(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        DELETED = "deleted", _("Deleted")
        ACCOUNT = "account", _("Account changed")
        COMMAND = "command", _("Command")
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
    # With defaults of the database, because an earlier release writes entries without them.
    token = models.CharField(_("token"), max_length=120, blank=True, default="", db_default="")
    """The first characters and the name of the API token."""
    role = models.CharField(_("role"), max_length=60, blank=True, default="", db_default="")
    release = models.CharField(_("release"), max_length=64, blank=True, default="", db_default="")
    position = models.PositiveBigIntegerField(_("position"), null=True, db_index=True)
    """Its number in the chain, without gaps from 1 on. NULL: an earlier release wrote it, and it is not chained."""
    digest = models.CharField(_("digest"), max_length=64, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        default_permissions = ("view",)
        # The table was made by the app `accounts`, whose earlier release still writes it during a rollout.
        db_table = "accounts_auditentry"
        indexes = [
            models.Index(fields=["at", "id"], name="audit_by_time"),
            models.Index(fields=["action", "at", "id"], name="audit_by_action"),
            models.Index(fields=["model", "at", "id"], name="audit_by_model"),
            models.Index(fields=["username", "at", "id"], name="audit_by_username"),
            models.Index(fields=["address", "at", "id"], name="audit_by_address"),
            models.Index(fields=["request_id"], name="audit_by_request"),
            models.Index(fields=["token", "at", "id"], name="audit_by_token"),
            models.Index(fields=["role", "at", "id"], name="audit_by_role"),
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


class AuditChain(models.Model):
    """A table with one row: the end of the chain, which each writer locks, and what was trimmed from its beginning.

    Without the row nothing can be recorded, so nothing that is recorded can be written.
    """

    position = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, default="")
    trimmed_position = models.PositiveBigIntegerField(default=0)
    """The position of the last entry that was trimmed; the next one is the first that is kept."""
    trimmed_digest = models.CharField(max_length=64, blank=True, default="")
    seal = models.CharField(max_length=64, blank=True, default="")
    """A digest of the other columns. It cannot be made without the key, so the end of the chain cannot be set back."""

    def __str__(self) -> str:
        return str(self.position)
