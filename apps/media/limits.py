"""The limits and errors of uploads. This module does not import Pillow."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

BYTES_LIMIT = 25 * 2**20


class InvalidImage(ValidationError):
    """An uploaded file is not accepted. `code` is unreadable, not_supported or too_large."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__({"file": ValidationError(message, code=code)})
        self.reason = code


def check_size(size: int) -> None:
    """Raise InvalidImage for a file of `size` bytes if it is empty or too large."""
    if size > BYTES_LIMIT:
        numbers = {"size": f"{size / 2**20:.1f}", "limit": BYTES_LIMIT // 2**20}
        raise InvalidImage(_("The file has %(size)s MB; a picture can have at most %(limit)s.") % numbers, "too_large")
    if not size:
        raise InvalidImage(_("The file is empty."), "unreadable")
