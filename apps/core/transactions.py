"""What every write shares: fields by name, text that every database can store, and one transaction."""

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

ATTEMPTS = 8
"""How often a write is tried where others get in its way: they took its made-up slug, or the rows that it needs."""
PATIENCE_SECONDS = 8
"""How long it goes on being tried. A lock is waited for up to 5 seconds each time, and a gateway waits for 15."""
PAUSE_SECONDS = 0.01
"""How long it waits at most before it is tried again: twice as long each time, and how long is left to chance."""
LOCKED_OUT = frozenset({1205, 1213})
"""MySQL's error numbers of a lock that did not come in time, and of a deadlock: all was rolled back, to be tried again."""


def set_fields(instance: models.Model, fields: dict[str, Any]) -> None:
    """Set fields by name. Raises TypeError for a name that is none: a mistyped one would be lost unseen."""
    known = {field.name for field in instance._meta.concrete_fields}
    if unknown := fields.keys() - known:
        raise TypeError(f"{instance._meta.object_name} has no field {', '.join(sorted(unknown))}.")
    for name, value in fields.items():
        setattr(instance, name, value)


# Lone surrogates, which no database can store, and the control characters, which no feed may hold.
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def check_text(instance: models.Model) -> None:
    """Raise ValidationError for what is not text. Control characters in a body are the renderer's to replace."""
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


_KEY = re.compile(r"(?:for key '|UNIQUE constraint failed: )(?:\w+\.)*(\w+)")


def _violated(error: IntegrityError) -> str:
    """Return the unique key that an error is about: MySQL names the index, SQLite the column."""
    found = _KEY.search(str(error))
    return found[1] if found else ""


_companion: ContextVar[Callable[[Callable[[], Any]], None] | None] = ContextVar("companion", default=None)


@contextmanager
def together_with(companion: Callable[[Callable[[], Any]], None]) -> Iterator[None]:
    """Have `companion` carry out the writes that are begun meanwhile, in their transactions.

    It is given the write, which returns the row that was written, calls it, and writes what is to be there if and only
    if that row is. As the write itself, it can be called again after all was rolled back.
    """
    token = _companion.set(companion)
    try:
        yield
    finally:
        _companion.reset(token)


def write_atomically(write: Callable[[], Any], *, slug_given: bool = True) -> None:
    """Run `write` in a transaction.

    Again, where somebody took the made-up slug meanwhile, after a deadlock, and where a lock did not come in time.
    Raises ValidationError for a slug or a name that is given and taken.
    """
    companion, begun = _companion.get(), time.monotonic()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                companion(write) if companion else write()
            return
        except IntegrityError as error:
            key = _violated(error)
            if key == "name":
                raise ValidationError({"name": _("There is a tag of this name already.")}) from error
            if key != "slug" or (not slug_given and attempt == ATTEMPTS):
                raise
            if slug_given:
                raise ValidationError({"slug": _("This slug is taken. Choose another, or leave it empty.")}) from error
        except OperationalError as error:
            is_late = attempt == ATTEMPTS or time.monotonic() - begun > PATIENCE_SECONDS
            # Within somebody else's transaction all of that is rolled back, and is theirs to try again.
            if not LOCKED_OUT.issuperset(error.args[:1] or [0]) or connection.in_atomic_block or is_late:
                raise
            time.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))  # noqa: S311  (nothing secret)
