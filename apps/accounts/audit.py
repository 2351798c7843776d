"""The audit entries of the admin: copies of its own log, and successful and failed logins."""

from __future__ import annotations

from collections.abc import Iterable

import axes.signals  # noqa: F401  (its receivers must run before ours: they record the outcome in the request)
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from apps.audit import chain, trail
from apps.audit.models import AuditEntry
from apps.audit.trail import Action

from .second_factor import factors

ACTIONS = {ADDITION: Action.ADDED, CHANGE: Action.CHANGED, DELETION: Action.DELETED}


class AuditedAdmin(ModelAdmin):
    """A ModelAdmin that copies its log entries to the audit trail. `EditorAdminSite` applies it to every ModelAdmin."""

    def log_addition(self, request: HttpRequest, obj: Model, message) -> LogEntry:
        """Log and audit that an object was added, unless an event has recorded it (`has_events` of the class)."""
        logged = super().log_addition(request, obj, message)
        return logged if getattr(self, "has_events", False) else _copy_to_audit(request, logged)

    def log_change(self, request: HttpRequest, obj: Model, message) -> LogEntry:
        """Log and audit that an object was changed."""
        return _copy_to_audit(request, super().log_change(request, obj, message))

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]):
        """Log and audit that objects will be deleted."""
        return _copy_to_audit(request, super().log_deletions(request, queryset))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Delete an object. Django logs that first, but its audit entry is written last (`chain.append`)."""
        request.later_entries = []
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete an object, and write its audit entry in the same transaction."""
        super().delete_model(request, obj)
        later, request.later_entries = getattr(request, "later_entries", None), None
        chain.append(later or [])


def audited(admin_class: type[ModelAdmin]) -> type[ModelAdmin]:
    """Return an audited subclass of a ModelAdmin class."""
    return type(admin_class.__name__, (AuditedAdmin, admin_class), {"__module__": admin_class.__module__})


def _copy_to_audit(request: HttpRequest, logged):
    """Copy one log entry or a list of them to the audit trail, each entry once. Return `logged`."""
    log_entries = logged if isinstance(logged, list) else [logged]
    # A move to the trash calls this twice, because the deletion is logged as a change.
    new = [log_entry for log_entry in log_entries if not hasattr(log_entry, "audited")]
    for log_entry in new:
        log_entry.audited = True
    entries = [_from_log_entry(request, log_entry) for log_entry in new]
    later = getattr(request, "later_entries", None)
    later.extend(entries) if later is not None else chain.append(entries)
    return logged


def _from_log_entry(request: HttpRequest, log_entry: LogEntry) -> AuditEntry:
    content_type = ContentType.objects.get_for_id(log_entry.content_type_id)
    return trail.entry(
        ACTIONS[log_entry.action_flag],
        request=request,
        model=f"{content_type.app_label}.{content_type.model}",
        object_id=str(log_entry.object_id),
        object_name=log_entry.object_repr,
        message=log_entry.get_change_message(),
    )


@receiver(user_logged_in)
def _logged_in(sender, request: HttpRequest, user, **kwargs) -> None:
    # django-otp has the second factor of a login there.
    device = getattr(user, "otp_device", None)
    trail.record(Action.LOGGED_IN, request=request, user=user, message=factors.kind_of(device) if device else "")


@receiver(user_logged_out)
def _logged_out(sender, request: HttpRequest, user, **kwargs) -> None:
    if user is not None:
        trail.record(Action.LOGGED_OUT, request=request, user=user)


@receiver(user_login_failed)
def _login_failed(sender, credentials: dict, request: HttpRequest | None = None, **kwargs) -> None:
    """Record a failed attempt and the lockout that it caused. Attempts during a lockout are not recorded."""
    if request is None or getattr(request, "axes_failures_since_start", None) is None:
        return
    username = credentials.get("username", "")
    actions = [Action.LOGIN_FAILED, *([Action.LOCKED_OUT] if request.axes_locked_out else [])]
    chain.append([trail.entry(action, request=request, username=username) for action in actions])
