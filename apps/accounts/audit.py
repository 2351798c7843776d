"""Writing the audit trail: the admin's log with the client's address, and successful and failed logins."""

from __future__ import annotations

from collections.abc import Iterable

import axes.signals  # noqa: F401  (its receivers must run before ours: they record the outcome in the request)
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.dispatch import receiver
from django.http import HttpRequest

from apps.core.clients import address
from apps.core.request_ids import request_id

from .models import AuditEntry
from .second_factor import factors

Action = AuditEntry.Action
ACTIONS = {ADDITION: Action.ADDED, CHANGE: Action.CHANGED, DELETION: Action.DELETED}
MESSAGE_LIMIT = 2_000
"""Length in characters to which a message is cut."""


class AuditedAdmin(ModelAdmin):
    """A ModelAdmin that copies its log entries to the audit trail. `EditorAdminSite` applies it to every ModelAdmin."""

    def log_addition(self, request: HttpRequest, obj: Model, message) -> LogEntry:
        """Log and audit that an object was added."""
        return _copy_to_audit(request, super().log_addition(request, obj, message))

    def log_change(self, request: HttpRequest, obj: Model, message) -> LogEntry:
        """Log and audit that an object was changed."""
        return _copy_to_audit(request, super().log_change(request, obj, message))

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]):
        """Log and audit that objects will be deleted."""
        return _copy_to_audit(request, super().log_deletions(request, queryset))


def audited(admin_class: type[ModelAdmin]) -> type[ModelAdmin]:
    """Return an audited subclass of a ModelAdmin class."""
    return type(admin_class.__name__, (AuditedAdmin, admin_class), {"__module__": admin_class.__module__})


def record_command(obj: Model, message: str) -> None:
    """Record that a management command changed an object. The entry has no user, and `manage.py` as the name."""
    label, name = obj._meta.label_lower, str(obj)
    _entry(
        None,
        Action.CHANGED,
        username="manage.py",
        model=label,
        object_id=str(obj.pk),
        object_name=name,
        message=message,
    ).save()


def record_link(request: HttpRequest, obj: Model, name: str, message: str, *, username: str) -> None:
    """Record that somebody who was not logged in changed an object by a signed link that was mailed to `username`."""
    fields = {"model": obj._meta.label_lower, "object_id": str(obj.pk), "object_name": name, "message": message}
    _entry(request, Action.CHANGED, username=username, **fields).save()


def _copy_to_audit(request: HttpRequest, logged):
    """Copy one log entry or a list of them to the audit trail, each entry once. Return `logged`."""
    log_entries = logged if isinstance(logged, list) else [logged]
    # A move to the trash calls this twice, because the deletion is logged as a change.
    new = [log_entry for log_entry in log_entries if not hasattr(log_entry, "audited")]
    for log_entry in new:
        log_entry.audited = True
    AuditEntry.objects.bulk_create(_from_log_entry(request, log_entry) for log_entry in new)
    return logged


def _from_log_entry(request: HttpRequest, log_entry: LogEntry) -> AuditEntry:
    content_type = ContentType.objects.get_for_id(log_entry.content_type_id)
    return _entry(
        request,
        ACTIONS[log_entry.action_flag],
        user=request.user,
        model=f"{content_type.app_label}.{content_type.model}",
        object_id=str(log_entry.object_id)[:64],
        object_name=log_entry.object_repr,
        message=log_entry.get_change_message()[:MESSAGE_LIMIT],
    )


def _entry(request: HttpRequest | None, action: str, *, user=None, username: str = "", **fields) -> AuditEntry:
    return AuditEntry(
        action=action,
        user=user,
        username=(username or user.get_username())[:150],
        address=address(request) if request else None,
        request_id=request_id.get(),
        **fields,
    )


@receiver(user_logged_in)
def _logged_in(sender, request: HttpRequest, user, **kwargs) -> None:
    # django-otp has the second factor of a login there.
    device = getattr(user, "otp_device", None)
    _entry(request, Action.LOGGED_IN, user=user, message=factors.kind_of(device) if device else "").save()


@receiver(user_logged_out)
def _logged_out(sender, request: HttpRequest, user, **kwargs) -> None:
    if user is not None:
        _entry(request, Action.LOGGED_OUT, user=user).save()


@receiver(user_login_failed)
def _login_failed(sender, credentials: dict, request: HttpRequest | None = None, **kwargs) -> None:
    """Record a failed attempt and the lockout that it caused. Attempts during a lockout are not recorded."""
    if request is None or getattr(request, "axes_failures_since_start", None) is None:
        return
    username = credentials.get("username", "")
    _entry(request, Action.LOGIN_FAILED, username=username).save()
    if request.axes_locked_out:
        _entry(request, Action.LOCKED_OUT, username=username).save()
