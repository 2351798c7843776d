"""Who asks: a program with a token. There is no session on the API, so one process and six see the same user."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from blog_project.roles import Role

from .exceptions import ExpiredToken, InactiveUser, InvalidToken, RevokedToken
from .models import ApiToken, digest, is_well_formed

USE_NOTED_EVERY = timedelta(hours=1)
"""`ApiToken.last_used_at` is as exact as this, so that a busy client does not cost a write for each request."""

# Of the user what rights depend on: the API's database users may not read passwords and e-mail addresses.
_TOKENS = ApiToken.objects.select_related("user").only(
    *("user_id", "name", "hint", "scopes", "expires_at", "revoked_at", "last_used_at"),
    *(f"user__{name}" for name in ("id", "is_active", "is_superuser")),
)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer bst_…` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple | None:
        """Return (user, token), or None where no bearer token was sent.

        Raises InvalidToken, in the same words for whatever was made up; who has a real token is told why it is no
        longer good (its subclasses).
        """
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        secret = secret.strip()
        # The checksum tells a typo, or a guess, without asking the database.
        token = is_well_formed(secret) and _TOKENS.filter(digest=digest(secret)).first()
        if not token:
            raise InvalidToken
        _check_usable(token)
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return f'Bearer realm="{settings.SITE_NAME.encode("ascii", "replace").decode()}"'


def _check_usable(token: ApiToken) -> None:
    if token.revoked_at is not None:
        raise RevokedToken(token.revoked_at)
    if not token.is_usable():
        raise ExpiredToken(token.expires_at)
    if not token.user.is_active:
        raise InactiveUser


def _note_use(token: ApiToken) -> None:
    """Write down when the token was last used, where the process's database user may: in the admin's and the monolith's."""
    now = timezone.now()
    if Role.ADMIN not in settings.ROLES or (token.last_used_at and token.last_used_at > now - USE_NOTED_EVERY):
        return
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    with contextlib.suppress(OperationalError):  # Not worth failing a read for, while somebody else is writing.
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
