"""What an upload can be refused for, and how that is said. Nothing here knows Pillow."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

BYTES_LIMIT = 25 * 2**20


class Refused(ValidationError):
    """A file that is not taken. `code` is unreadable, not_supported or too_large."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__({"file": ValidationError(message, code=code)})
        self.reason = code


class Busy(Exception):
    """Other pictures were worked on for all the time that this one could wait."""


def check_size(size: int) -> None:
    """Raise Refused for a file of too many bytes, or of none."""
    if size > BYTES_LIMIT:
        numbers = {"size": f"{size / 2**20:.1f}", "limit": BYTES_LIMIT // 2**20}
        raise Refused(_("The file has %(size)s MB; a picture can have at most %(limit)s.") % numbers, "too_large")
    if not size:
        raise Refused(_("The file is empty."), "unreadable")
