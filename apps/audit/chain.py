"""The chain of the entries: each has a digest of its content and of the digest before it (docs/decisions/0032).

The digests are made with a key (`apps.core.signing`), so that who can write to the database alone cannot make them.
The digest leaves out `user`, which becomes NULL when the user is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.core import signing

from .models import AuditChain, AuditEntry

SALT = "audit trail"
CONTENT = (
    *("position", "at", "action", "username", "address", "request_id", "model", "object_id", "object_name", "message"),
    *("token", "role", "release"),
)
"""The fields of an entry that its digest covers, in this order."""


_deferred: ContextVar[list[AuditEntry] | None] = ContextVar("deferred_entries", default=None)


@contextmanager
def append_at_end() -> Iterator[None]:
    """Write all entries of the block at its end, for a transaction that has more to write. After an error, write none."""
    deferred: list[AuditEntry] = []
    token = _deferred.set(deferred)
    try:
        yield
    finally:
        _deferred.reset(token)
    append(deferred)


def append(entries: Sequence[AuditEntry]) -> None:
    """Write entries at the end of the chain, in a transaction or in that of the caller.

    Every writer waits for the lock of one row from here to the commit. So this is the last statement of a transaction,
    also after the content generation's (`content_state.bump`): in the other order, two writers wait for each other.
    """
    deferred = _deferred.get()
    if deferred is not None:
        deferred += entries
        return
    if not entries:
        return
    with transaction.atomic(savepoint=False):
        end = AuditChain.objects.select_for_update().get(pk=1)
        now = timezone.now()
        for entry in entries:
            end.position += 1
            entry.at, entry.position = now, end.position
            entry.digest = end.digest = signing.digest([end.digest, *content(entry)], salt=SALT)
        _insert(entries)
        end.seal = signing.digest(sealed(end), salt=SALT)
        AuditChain.objects.filter(pk=1).update(position=end.position, digest=end.digest, seal=end.seal)


def content(entry: AuditEntry) -> list[Any]:
    """Return the values that an entry's digest covers, after the digest before it."""
    return [_plain(getattr(entry, name)) for name in CONTENT]


def sealed(end: AuditChain) -> list[Any]:
    """Return the values that the seal of the chain covers."""
    return ["end", end.position, end.digest, end.trimmed_position, end.trimmed_digest]


def _plain(value: Any) -> Any:
    """Return a value as in JSON; times in UTC to the microsecond, as all databases store them."""
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _insert(entries: Sequence[AuditEntry]) -> None:
    """Insert entries without asking for their ids, for which MariaDB wants the right to read the whole trail."""
    fields = [field for field in AuditEntry._meta.concrete_fields if not field.primary_key]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    rows = ", ".join([row] * len(entries))
    values = [
        field.get_db_prep_save(getattr(entry, field.attname), connection) for entry in entries for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quoted(AuditEntry._meta.db_table)} ({columns}) VALUES {rows}", values)  # noqa: S608
