"""Authentication by bearer token. The API has no sessions, so a request is authenticated alike in every role."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError
from django.db.models import CharField, Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from apps.core.clients import address
from apps.core.compiled_queries import CompiledQuery, Parameter
from blog_project.roles import Role

from . import recent_tokens
from .exceptions import ExpiredToken, ForeignNetwork, InactiveUser, InvalidToken, RevokedToken
from .models import ApiToken, digest, is_well_formed

LAST_USED_PRECISION = timedelta(hours=1)
"""The precision of `ApiToken.last_used_at`, so that a busy client does not cost a write for each request."""

RECORDING_ROLES = frozenset({Role.ADMIN, Role.CREATE, Role.UPDATE, Role.DELETE})
"""Roles that record the use of tokens. `read` may only read, and can be pointed at a replica."""

# Only the user's columns for permissions: the API's database users may not read passwords and e-mail addresses.
_COLUMNS = (
    *("user_id", "name", "hint", "scopes", "expires_at", "revoked_at", "last_used_at", "networks"),
    *(f"user__{name}" for name in ("id", "is_active", "is_superuser")),
)
_TOKENS = ApiToken.objects.filter(digest=Parameter("digest", CharField())).select_related("user")
_token = CompiledQuery(lambda: _TOKENS.only(*_COLUMNS))
# A process that writes also reads the name, for the audit trail.
_token_with_name = CompiledQuery(lambda: _TOKENS.only(*_COLUMNS, "user__username"))


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer bst_…` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple | None:
        """Return (user, token), or None without a bearer token.

        Raises InvalidToken for an unknown token, with the same text for all, and one of its subclasses for a token
        that is expired, revoked or of an inactive user.
        """
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        secret = secret.strip()
        # The checksum detects typos and guesses without a query.
        token = _find(digest(secret), request.method) if is_well_formed(secret) else None
        if token is None:
            raise InvalidToken
        client = address(request)
        _check_usable(token, client)
        _record_use(token, client)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the `WWW-Authenticate` challenge of a 401."""
        return f'Bearer realm="{settings.SITE_NAME.encode("ascii", "replace").decode()}"'


def _find(hashed: str, method: str) -> ApiToken | None:
    """Return the token with a digest; for a read, as it was up to a second ago (`API_TOKEN_CACHE_SECONDS`)."""
    query = _token_with_name if settings.ROLES & RECORDING_ROLES else _token
    seconds = settings.API_TOKEN_CACHE_SECONDS if method in SAFE_METHODS else 0
    return recent_tokens.find(hashed, lambda: query.first(digest=hashed), seconds=seconds)


def _check_usable(token: ApiToken, client: str | None) -> None:
    if token.revoked_at is not None:
        raise RevokedToken(token.revoked_at)
    if not token.is_usable():
        raise ExpiredToken(token.expires_at)
    if not token.user.is_active:
        raise InactiveUser
    if not token.allows_address(client):
        raise ForeignNetwork(client)


def _record_use(token: ApiToken, client: str | None) -> None:
    """Record the time and address of use, in processes whose database user may update tokens: all but `read`."""
    now = timezone.now()
    is_recent = token.last_used_at and token.last_used_at > now - LAST_USED_PRECISION
    if is_recent or not settings.ROLES & RECORDING_ROLES:
        return
    outdated = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USED_PRECISION)
    with contextlib.suppress(OperationalError):  # A read must not fail because another transaction locks the row.
        ApiToken.objects.filter(outdated, pk=token.pk).update(last_used_at=now, last_used_from=client)
        token.last_used_at = now  # It may be kept (`recent_tokens`).
