"""Helpers of services that write: set fields, check text, run in a transaction with retries."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.utils.translation import gettext as _

from . import text

MAX_ATTEMPTS = 8
"""How often a write is tried when another one has taken its generated slug or locked the rows that it needs."""
MAX_RETRY_SECONDS = 8
"""How long a write is retried. Each attempt waits up to 5 seconds for a lock, and a gateway waits 15 for a response."""
BACKOFF_SECONDS = 0.01
"""The base of the random pause before a retry, whose maximum doubles each time."""
LOCK_ERRORS = frozenset({1205, 1213})
"""MySQL's error numbers of a lock wait timeout and a deadlock: the transaction is rolled back and can be retried."""


def set_fields(instance: models.Model, fields: dict[str, Any]) -> None:
    """Set fields by name. Raises TypeError for an unknown name, which would be ignored silently otherwise."""
    known = {field.name for field in instance._meta.concrete_fields}
    if unknown := fields.keys() - known:
        raise TypeError(f"{instance._meta.object_name} has no field {', '.join(sorted(unknown))}.")
    for name, value in fields.items():
        setattr(instance, name, value)


# No database can store lone surrogates, and no feed may contain control characters.
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def check_text(instance: models.Model) -> None:
    """Bring all texts of an instance into the form in which they are stored (NFC; nothing visible is empty).

    Raises ValidationError for characters that are not text. The renderer replaces control characters in a body.
    `clean_fields`, which is to be called afterwards, refuses an empty text where one is required.
    """
    for field in instance._meta.concrete_fields:
        value = getattr(instance, field.attname)
        if not isinstance(value, str) or not field.editable:
            continue
        if found := _SURROGATE.search(value) or (field.name != "body" and _CONTROL.search(value)):
            raise ValidationError(
                {
                    field.name: ValidationError(
                        _("Character %(place)s is U+%(code)s, which is not text. Remove it."),
                        code="not_text",
                        params={"place": f"{found.start() + 1:,}", "code": f"{ord(found.group()):04X}"},
                    )
                }
            )
        setattr(instance, field.attname, "" if text.is_blank(value) else text.normalized(value))


def column_values(instance: models.Model) -> dict[str, Any]:
    """Return the loaded values of an instance's columns, to find out whether a change changes anything."""
    loaded = vars(instance)
    return {field.attname: loaded[field.attname] for field in instance._meta.concrete_fields if field.attname in loaded}


_KEY = re.compile(r"(?:for key '|UNIQUE constraint failed: )(?:\w+\.)*(\w+)")


def _violated_key(error: IntegrityError) -> str:
    """Return the violated unique key: MySQL names the index, SQLite the column."""
    found = _KEY.search(str(error))
    return found[1] if found else ""


_write_wrapper: ContextVar[Callable[[Callable[[], Any]], Any] | None] = ContextVar("write_wrapper", default=None)
_write_recorder: ContextVar[Callable[[Any], None] | None] = ContextVar("write_recorder", default=None)


@contextmanager
def wrap_writes(wrapper: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
    """Have `wrapper` run each write of the block, within the write's transaction.

    The wrapper gets the write as a function without arguments, which returns the row that was written. It calls this
    function, writes what has to be committed together with the row, and returns the row. It is called again when the
    write is retried. The wrapper of a block around this one runs around it.
    """
    outer = _write_wrapper.get()
    token = _write_wrapper.set((lambda write: outer(lambda: wrapper(write))) if outer else wrapper)
    try:
        yield
    finally:
        _write_wrapper.reset(token)


@contextmanager
def record_writes(recorder: Callable[[Any], None]) -> Iterator[None]:
    """Have `recorder` called after each write of the block, at the end of its transaction, with what it returned.

    It is not called for a service that finds nothing to write.
    """
    token = _write_recorder.set(recorder)
    try:
        yield
    finally:
        _write_recorder.reset(token)


def write_atomically(write: Callable[[], Any], *, slug_given: bool = True, is_recorded: bool = True) -> None:
    """Run `write` in a transaction. `is_recorded` is False for a write that changes nothing that anybody sees.

    Retries after a deadlock, after a lock wait timeout, and when another write has taken a generated slug.
    Raises ValidationError for a given slug (`slug_given`) or a name that is in use.
    """
    wrapper, started = _write_wrapper.get(), time.monotonic()
    recorder = _write_recorder.get() if is_recorded else None
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            with transaction.atomic():
                row = wrapper(write) if wrapper else write()
                if recorder:
                    recorder(row)
            return
        except IntegrityError as error:
            key = _violated_key(error)
            if key in ("name", "name_key"):
                raise ValidationError({"name": _("There is a tag of this name already.")}) from error
            if key == "title_key":
                raise ValidationError({"title": _("There is a series of this title already.")}) from error
            if key != "slug" or (not slug_given and attempt == MAX_ATTEMPTS):
                raise
            if slug_given:
                raise ValidationError({"slug": _("This slug is taken. Choose another, or leave it empty.")}) from error
        except OperationalError as error:
            is_last = attempt == MAX_ATTEMPTS or time.monotonic() - started > MAX_RETRY_SECONDS
            # The database has rolled back the whole outer transaction of a caller, so only the caller can retry it.
            if not LOCK_ERRORS.issuperset(error.args[:1] or [0]) or connection.in_atomic_block or is_last:
                raise
            time.sleep(random.uniform(0, BACKOFF_SECONDS * 2**attempt))  # noqa: S311  (nothing secret)
