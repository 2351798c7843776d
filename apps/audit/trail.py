"""Recording an action in the audit trail: `record` finds out by itself who acts, in which request, role and release."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest

from apps.core.clients import address
from apps.core.request_ids import request_id

from . import chain
from .models import AuditEntry

Action = AuditEntry.Action
MESSAGE_LIMIT = 2_000
"""Length in characters to which a message is cut."""
MANAGE = "manage.py"
"""The name in place of a user's where a command acts, or a Python process without a request."""

_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)
_command: ContextVar[str] = ContextVar("audited_command", default="")


@contextmanager
def acting(request: HttpRequest | None) -> Iterator[None]:
    """Record the user, the token and the address of a request in the entries of the block; None for nobody's."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def current_request() -> HttpRequest | None:
    """Return the request of the current `acting` block."""
    return _request.get()


@contextmanager
def running(command: str) -> Iterator[None]:
    """Record the name of a management command in the entries of the block."""
    token = _command.set(command)
    try:
        yield
    finally:
        _command.reset(token)


def record(action: str, *, obj: Model | None = None, message: str = "", **fields: Any) -> None:
    """Write one entry, in the transaction of the caller, for whom this has to be the last write (`chain.append`)."""
    chain.append([entry(action, obj=obj, message=message, **fields)])


def entry(
    action: str,
    *,
    obj: Model | None = None,
    message: str = "",
    request: HttpRequest | None = None,
    user: Any = None,
    username: str | None = None,
    **fields: Any,
) -> AuditEntry:
    """Return an entry, not written yet, for `chain.append`.

    Who acts is `user`, or the user of `request` or of the request in `acting`. `username` is for who is not logged in.
    `fields` replace those that follow from `obj`: `model`, `object_id` and `object_name`.
    """
    request = request or _request.get()
    user, token = user or getattr(request, "user", None), getattr(request, "auth", None)
    is_known = user is not None and user.is_authenticated
    if username is None:
        username = user.get_username() if is_known else "" if _is_in_request() else MANAGE
    command = "" if _is_in_request() else _command.get() or _program()
    about = (_about(obj) if obj is not None else {}) | fields
    made = AuditEntry(
        action=action,
        user_id=user.pk if is_known else None,
        username=username,
        address=address(request) if request is not None else None,
        request_id=request_id.get(),
        message=f"{command}: {message}".removesuffix(": ") if command else message,
        token=f"{token.hint} {token.name}".strip() if token else "",
        role=settings.ROLE,
        release=settings.RELEASE,
        **about,
    )
    for name in ("username", "request_id", "model", "object_id", "object_name", "token", "role", "release"):
        setattr(made, name, getattr(made, name)[: AuditEntry._meta.get_field(name).max_length])
    made.message = made.message[:MESSAGE_LIMIT]
    return made


def _about(obj: Model) -> dict[str, str]:
    """Return what an entry says of an object. A model whose text is somebody's has another name (`audit_name`)."""
    name = getattr(obj, "audit_name", None) or str(obj)
    return {"model": obj._meta.label_lower, "object_id": str(obj.pk), "object_name": name}


def _is_in_request() -> bool:
    return request_id.get() != "-"


def _program() -> str:
    """Return the name of the command that this process runs, such as `changepassword`, which is Django's own."""
    return sys.argv[1] if Path(sys.argv[0]).name == MANAGE and len(sys.argv) > 1 else ""
