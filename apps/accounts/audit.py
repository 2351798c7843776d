"""Writing the audit trail: all that the admin logs, with where it came from; and logins, those that failed too."""

from __future__ import annotations

from collections.abc import Iterable

import axes.signals  # noqa: F401  (listens to failed logins first, and says in the request what they led to)
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

Action = AuditEntry.Action
ACTIONS = {ADDITION: Action.ADDED, CHANGE: Action.CHANGED, DELETION: Action.DELETED}
MESSAGE_LIMIT = 2_000
"""Characters of a message that are kept."""


class Audited(ModelAdmin):
    """A ModelAdmin of which each line in the admin's log is an entry of the audit trail too. `EditorsDesk` makes all so."""

    def log_addition(self, request: HttpRequest, obj: Model, message) -> LogEntry:
        """Log that an object was added."""
        return _audited(request, super().log_addition(request, obj, message))

    def log_change(self, request: HttpRequest, obj: Model, message) -> LogEntry:
        """Log that an object was changed."""
        return _audited(request, super().log_change(request, obj, message))

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]):
        """Log that objects will be deleted."""
        return _audited(request, super().log_deletions(request, queryset))


def audited(admin_class: type[ModelAdmin]) -> type[ModelAdmin]:
    """Return a ModelAdmin class like this one that is audited."""
    return type(admin_class.__name__, (Audited, admin_class), {"__module__": admin_class.__module__})


def _audited(request: HttpRequest, logged):
    """Copy lines of the admin's log, one or several, each once; return them."""
    lines = logged if isinstance(logged, list) else [logged]
    # A deletion that is logged as a change (a move to the trash) comes by here twice.
    fresh = [line for line in lines if not hasattr(line, "audited")]
    for line in fresh:
        line.audited = True
    AuditEntry.objects.bulk_create(_of_line(request, line) for line in fresh)
    return logged


def _of_line(request: HttpRequest, line: LogEntry) -> AuditEntry:
    kind = ContentType.objects.get_for_id(line.content_type_id)
    return _entry(
        request,
        ACTIONS[line.action_flag],
        user=request.user,
        model=f"{kind.app_label}.{kind.model}",
        object_id=str(line.object_id)[:64],
        object_name=line.object_repr,
        message=line.get_change_message()[:MESSAGE_LIMIT],
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
    _entry(request, Action.LOGGED_IN, user=user).save()


@receiver(user_logged_out)
def _logged_out(sender, request: HttpRequest, user, **kwargs) -> None:
    if user is not None:
        _entry(request, Action.LOGGED_OUT, user=user).save()


@receiver(user_login_failed)
def _login_failed(sender, credentials: dict, request: HttpRequest | None = None, **kwargs) -> None:
    """Write down an attempt, and that it led to a lock; not those that were refused unseen, which may be any number."""
    if request is None or getattr(request, "axes_failures_since_start", None) is None:
        return
    username = credentials.get("username", "")
    _entry(request, Action.LOGIN_FAILED, username=username).save()
    if request.axes_locked_out:
        _entry(request, Action.LOCKED_OUT, username=username).save()
