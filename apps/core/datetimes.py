"""Dates with times as programs send them: in bodies, in query parameters and in commands."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .validators import validate_year

# RFC 3339, 5.6; the seconds may be left out. `fromisoformat` alone would also read week dates, ordinal dates and the
# digits of other scripts.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


def parse(given: str) -> datetime:
    """Return the moment of an RFC 3339 date and time, in UTC. Raises ValidationError.

    An offset is required: without one, a moment would depend on the time zone of whoever reads it.
    """
    found = _MOMENT.fullmatch(given.strip())
    if found and not found["offset"]:
        raise ValidationError(_without_offset(given.strip()), code="no_offset")
    if not found:
        raise ValidationError(_not_a_moment(), code="invalid")
    try:
        moment = datetime.fromisoformat(found[0].upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError(_not_a_moment(), code="invalid") from None
    validate_year(moment)
    return moment


def _without_offset(given: str) -> str:
    message = _("It lacks its offset from UTC: %(given)sZ is in UTC, and %(given)s+01:00 an hour ahead of it.")
    return message % {"given": given}


def _not_a_moment() -> str:
    return _("It is a moment such as 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00 (in an address, a “+” is %2B).")
