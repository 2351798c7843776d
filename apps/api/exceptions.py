"""The API's exceptions, and the handler that returns every exception as a problem document."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DatabaseError
from django.http import Http404, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status

from apps.core import heavy_work, problems
from apps.core.database_errors import is_outage

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5
"""The `Retry-After` of a 503 response."""
MAX_UNKNOWN_NAMES = 20
"""The number of unknown names that an error lists: a body may contain hundreds of thousands."""


class Misdirected(exceptions.APIException):
    """421: another role serves this request (RFC 9110, 15.5.20)."""

    status_code = status.HTTP_421_MISDIRECTED_REQUEST

    def __init__(self, role: str) -> None:
        self.role = role
        super().__init__()


class InvalidParameters(exceptions.APIException):
    """400: query parameters are wrong. `errors` maps the name of a parameter to its errors."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = gettext_lazy("The query of this address is wrong.")

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__()


class InvalidToken(exceptions.AuthenticationFailed):
    """401: the token is unknown. The text is the same for malformed and unknown tokens."""

    default_detail = gettext_lazy("This token is not valid: it is mistyped, or unknown here.")
    kind = "invalid-token"
    description = ""
    """The `error_description` of the challenge (RFC 6750, 3), in ASCII."""


class ExpiredToken(InvalidToken):
    """401: the token has expired. Only its owner can learn this, because the digest has to match."""

    kind = "expired-token"
    description = "The token expired"

    def __init__(self, moment: datetime) -> None:
        super().__init__(_("This token expired at %s. Make a new one.") % _iso(moment))


class RevokedToken(InvalidToken):
    """401: the token was revoked."""

    kind = "revoked-token"
    description = "The token was revoked"

    def __init__(self, moment: datetime) -> None:
        super().__init__(_("This token was revoked at %s. Make a new one.") % _iso(moment))


class InactiveUser(InvalidToken):
    """401: the token is valid, but its user is not active."""

    default_detail = gettext_lazy("The user of this token may no longer log in. Ask an administrator.")
    kind = "inactive-user"
    description = "The user of the token is not active"


class ForeignNetwork(InvalidToken):
    """401: the token is valid, but not from this address."""

    kind = "token-network"
    description = "The token is bound to other networks"

    def __init__(self, address: str | None) -> None:
        super().__init__(_("This token cannot be used from the address %s.") % (address or _("(unknown)")))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class InsufficientScope(exceptions.PermissionDenied):
    """403: the token lacks the scope of the operation (RFC 6750, 3.1)."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(_("This token is not for this operation: it has no scope “%s”.") % scope)


class Conflict(exceptions.APIException):
    """409: the request conflicts with the state of the resource."""

    status_code = status.HTTP_409_CONFLICT


class CursorExpired(exceptions.APIException):
    """410: a cursor of the change feed is too old, or from before the database was restored."""

    status_code = status.HTTP_410_GONE
    default_detail = gettext_lazy(
        "What changed after this cursor is not known any more. Begin anew: take a cursor with “after=now”, then read all "
        "there is."
    )


class PreconditionRequired(exceptions.APIException):
    """428: a change has no `If-Match` (RFC 6585)."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = gettext_lazy(
        "Send “If-Match” with the ETag of the version that you read (or “If-Match: *” to overwrite whatever is there)."
    )


class PreconditionFailed(exceptions.APIException):
    """412: the resource has another version; `etag` is its current ETag (RFC 9110, 15.5.13)."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = gettext_lazy("It was changed since the version that you name. Read it again, then change that.")

    def __init__(self, etag: str) -> None:
        self.etag = etag
        super().__init__()


class KeyReused(exceptions.APIException):
    """422: the `Idempotency-Key` was sent before with another body or to another URL."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = gettext_lazy(
        "This “Idempotency-Key” came with another request before. Make up a new one for each new request; send the old "
        "one only with the very same body to the very same address."
    )


class TooLarge(exceptions.APIException):
    """413: the body exceeds the limit of the process."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The body of this request is too large.")


class Unavailable(exceptions.APIException):
    """503: the database does not respond, or too slowly."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = gettext_lazy("The database does not answer. Try again in a few seconds.")


class Busy(exceptions.APIException):
    """503: a service other than the database is busy or unavailable."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE


class TooBusy(exceptions.APIException):
    """429: too much heavy work of this user or of others is under way."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the problem document for an exception, or None for one that Django has to log and return as 500.

    DRF's EXCEPTION_HANDLER hook.
    """
    request = context["request"]
    if getattr(request, "in_transaction", False) and isinstance(error, DatabaseError):
        return None  # Whoever began the transaction tries it again, or answers.
    if isinstance(error, Misdirected):
        return problems.misdirected(request, error.role)
    error = _as_api_exception(error)
    if error is None:
        return None
    if isinstance(error, exceptions.UnsupportedMediaType):
        error.accepted_type = context["view"].get_parsers()[0].media_type
    return problems.problem(
        request, error.status_code, _detail(error), kind=_kind(error), headers=_headers(error), **_members(error)
    )


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    """Convert exceptions of Django and the database; None for any other exception."""
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case ModelValidationError():
            return exceptions.ValidationError(_by_field(error))
        case RequestDataTooBig():
            return TooLarge()
        case heavy_work.Busy():
            return TooBusy(str(error))
        case UnreadablePostError():
            return exceptions.ParseError(_("The body ended early."))
        case _ if is_outage(error):
            logger.exception("The database does not answer")
            return Unavailable()
    return None


def _by_field(error: ModelValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return {"" if field == "__all__" else field: messages for field, messages in error.message_dict.items()}
    return {"": error.messages}


_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (InvalidParameters, "invalid-parameter"),
    (exceptions.ValidationError, "invalid-fields"),
    (exceptions.ParseError, "malformed-request"),
    (exceptions.NotAuthenticated, "authentication-required"),
    (InsufficientScope, "insufficient-scope"),
    (exceptions.PermissionDenied, "forbidden"),
    (Conflict, "conflict"),
    (CursorExpired, "expired-cursor"),
    (PreconditionFailed, "stale-version"),
    (PreconditionRequired, "precondition-required"),
    (KeyReused, "key-reused"),
    (Unavailable, "unavailable"),
    (Busy, "busy"),
)


def _kind(error: exceptions.APIException) -> str:
    if isinstance(error, InvalidToken):
        return error.kind
    return next((kind for exception, kind in _KINDS if isinstance(error, exception)), "")


def _detail(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return _("The body of this request is wrong; nothing was written.")
    if isinstance(error, exceptions.NotAuthenticated):
        return _("This needs a token: send “Authorization: Bearer bst_…”.")
    if isinstance(error, exceptions.UnsupportedMediaType) and error.accepted_type == "multipart/form-data":
        return _("%s Send a form, with “Content-Type: multipart/form-data”.") % error.detail
    if isinstance(error, exceptions.UnsupportedMediaType):
        return _("%s Send JSON, with “Content-Type: application/json”.") % error.detail
    return str(error.detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if isinstance(error, InsufficientScope):
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.scope}"'
    elif getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header + _challenge_error(error)
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(error.wait or 1)
    if isinstance(error, TooBusy):
        headers["Retry-After"] = str(heavy_work.RETRY_AFTER)
    if isinstance(error, Unavailable | Busy):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, exceptions.UnsupportedMediaType):
        headers["Accept"] = error.accepted_type
    if isinstance(error, PreconditionFailed):
        headers["ETag"] = error.etag
    return headers


def _challenge_error(error: exceptions.APIException) -> str:
    # RFC 6750, 3.1: a request without a token gets no error code, only the challenge.
    if not isinstance(error, InvalidToken):
        return ""
    description = f', error_description="{error.description}"' if error.description else ""
    return ', error="invalid_token"' + description


def _members(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, InvalidParameters):
        pairs = [(name, message) for name, messages in error.errors.items() for message in messages]
        return {"errors": [{"parameter": name, "detail": str(message)} for name, message in pairs]}
    if isinstance(error, exceptions.ValidationError):
        return {"errors": [{"pointer": pointer, "detail": detail} for pointer, detail in _flatten(error.detail)]}
    if isinstance(error, InsufficientScope):
        return {"scope": error.scope}
    return {}


def _flatten(detail: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer, message) for each error that DRF nests in dicts and lists."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            name = "" if key in ("", "non_field_errors") else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from _flatten(value, pointer + name)
    elif isinstance(detail, list):
        for value in detail:
            yield from _flatten(value, pointer)
    else:
        yield pointer, str(detail)
