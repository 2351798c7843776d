"""What every write shares: fields by name, text that every database can store, and one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.utils.translation import gettext as _

ATTEMPTS = 5
"""How often a write is tried where others get in its way: they took its made-up slug, or a deadlock chose it."""
DEADLOCK = 1213
"""MySQL's error number (ER_LOCK_DEADLOCK): the transaction was rolled back, to be tried again."""


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


def write_atomically(write: Callable[[], None], *, slug_given: bool = True) -> None:
    """Run `write` in a transaction.

    Again, where somebody took the made-up slug meanwhile, or after a deadlock. Raises ValidationError for a slug
    or a name that is given and taken.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                write()
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
            # Within somebody else's transaction all of that is rolled back, and is theirs to try again.
            if error.args[:1] != (DEADLOCK,) or connection.in_atomic_block or attempt == ATTEMPTS:
                raise
