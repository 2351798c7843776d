"""One error format: `application/problem+json` (RFC 9457). This module does not need DRF."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from blog_project import addresses

from . import metrics

CONTENT_TYPE = "application/problem+json"


class ProblemKind(NamedTuple):
    """One type of problem, as it is documented for authors of clients."""

    status: int
    title: str
    meaning: str


KINDS: dict[str, ProblemKind] = {
    "malformed-request": ProblemKind(
        400,
        _("The request cannot be read"),
        _("A header or the body is malformed: broken JSON, a name given twice, a value that is no ETag."),
    ),
    "invalid-parameter": ProblemKind(
        400,
        _("A query parameter is wrong"),
        _("“errors” names each parameter and says what it takes; an unknown parameter is never ignored."),
    ),
    "invalid-fields": ProblemKind(
        400,
        _("A field is wrong"),
        _("“errors” holds a JSON pointer (RFC 6901) into the body for each fault. Nothing was written."),
    ),
    "authentication-required": ProblemKind(
        401,
        _("A token is needed"),
        _("Send “Authorization: Bearer bst_…”. Reading what is public needs no token; everything else does."),
    ),
    "invalid-token": ProblemKind(
        401,
        _("The token is not valid"),
        _("It is mistyped, or there is no such token."),
    ),
    "expired-token": ProblemKind(
        401,
        _("The token has expired"),
        _("“detail” says when it expired. Make a new one."),
    ),
    "revoked-token": ProblemKind(
        401,
        _("The token was revoked"),
        _("Somebody revoked it before it expired. Ask an administrator, or make a new one."),
    ),
    "inactive-user": ProblemKind(
        401,
        _("The user of the token may not log in"),
        _("The token is valid, but its user's account is deactivated. A new token would not help."),
    ),
    "token-network": ProblemKind(
        401,
        _("The token is bound to other networks"),
        _("It can be used only from the networks for which it was made. “detail” has the address that asked."),
    ),
    "insufficient-scope": ProblemKind(
        403,
        _("The token is not for this operation"),
        _("A token has scopes: create, read, update, delete. “scope” names the one that is missing."),
    ),
    "forbidden": ProblemKind(
        403,
        _("The user may not do this"),
        _("The token is valid, but its user lacks the permission: authors may change their own posts, editors any."),
    ),
    "https-required": ProblemKind(
        403,
        _("The API needs HTTPS"),
        _("The request came without TLS. Pages are redirected; the API is not, because a token must not be sent so."),
    ),
    "not-found": ProblemKind(
        404,
        _("There is nothing here"),
        _("The address is wrong, or there is no such resource, or you may not see it; the answer does not say which."),
    ),
    "method-not-allowed": ProblemKind(
        405,
        _("The address has no such method"),
        _("The Allow header names those that it has."),
    ),
    "not-acceptable": ProblemKind(
        406,
        _("The requested media type is not available"),
        _("The Accept header does not allow JSON, the only format of responses (the schema is YAML, too)."),
    ),
    "incomplete-request": ProblemKind(
        408,
        _("The request stopped before its end"),
        _("It came too slowly, or its body was shorter than its headers said. Nothing was done; send it again."),
    ),
    "conflict": ProblemKind(
        409,
        _("The request conflicts with the present state"),
        _("The request is valid, but the present state does not allow it: an author who has posts cannot be deleted."),
    ),
    "expired-cursor": ProblemKind(
        410,
        _("The cursor is too old"),
        _(
            "The change feed keeps its entries for a time, and a database that was restored has others. Take a new cursor "
            "with “after=now”, then read all there is: what you hold may differ from it."
        ),
    ),
    "stale-version": ProblemKind(
        412,
        _("It was changed meanwhile"),
        _(
            "Somebody changed the resource since you read it. Read it again (the ETag header holds its present ETag), "
            "apply your change to that, and send it with the new ETag."
        ),
    ),
    "too-large": ProblemKind(
        413,
        _("The body is too large"),
        _("“detail” names the limit of this address, in bytes. Nothing was done."),
    ),
    "address-too-long": ProblemKind(
        414,
        _("The address is too long"),
        _("It has more than 4094 bytes, with its query. Ask for less at once."),
    ),
    "unsupported-media-type": ProblemKind(
        415,
        _("The body is of another type"),
        _("The Accept header names the type that is taken here: JSON, and for a new image a form."),
    ),
    "precondition-required": ProblemKind(
        428,
        _("Say which version you change"),
        _(
            "PUT, PATCH and DELETE need “If-Match” with the ETag of the version that you read, or “If-Match: *” to "
            "overwrite whatever is there."
        ),
    ),
    "key-reused": ProblemKind(
        422,
        _("The Idempotency-Key was used with another request"),
        _(
            "An “Idempotency-Key” stands for one request: it is good for sending that again, for 24 hours. Another body "
            "or another address needs a new key. Nothing was written."
        ),
    ),
    "headers-too-large": ProblemKind(
        431,
        _("The headers are too large"),
        _("There are more than 100, or one is longer than 8190 bytes, or all together are longer than 65536."),
    ),
    "misdirected": ProblemKind(
        421,
        _("Another process serves this address"),
        _("“role” names it. A client never sees this unless the routes in front of the site are wrong."),
    ),
    "too-many-requests": ProblemKind(
        429,
        _("Too many requests"),
        _(
            "Too many requests came with this token or, without a token, from this IP address, or too much work on long "
            "texts and pictures is under way. Nothing was done. Wait for as many seconds as the Retry-After header says."
        ),
    ),
    "internal-error": ProblemKind(
        500,
        _("Something went wrong on our side"),
        _(
            "The error is in the site's logs under “request_id”. A change may have been written: check before you send it again."
        ),
    ),
    "not-implemented": ProblemKind(
        501,
        _("The transfer coding is not supported"),
        _("The body has a Transfer-Encoding other than “chunked”."),
    ),
    "busy": ProblemKind(
        503,
        _("Too busy at the moment"),
        _("Nothing was done. Try again after as many seconds as the Retry-After header says."),
    ),
    "unavailable": ProblemKind(
        503,
        _("The database does not answer"),
        _(
            "Try again after as many seconds as the Retry-After header says. Send a change with the same If-Match, and a "
            "new resource with the same Idempotency-Key: it cannot be applied twice."
        ),
    ),
}
"""Every kind of problem; `/api/docs/problems/` shows them."""

_BY_STATUS = {
    400: "malformed-request",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "incomplete-request",
    413: "too-large",
    414: "address-too-long",
    415: "unsupported-media-type",
    429: "too-many-requests",
    431: "headers-too-large",
    500: "internal-error",
    501: "not-implemented",
    503: "unavailable",
}


def problem(
    request: HttpRequest,
    status: int,
    detail: str,
    *,
    kind: str = "",
    headers: dict[str, str] | None = None,
    **members: Any,
) -> HttpResponse:
    """Return a problem document as a response.

    `kind` is a key of `KINDS`; by default it follows from the status. `members` are RFC 9457 extension members.
    """
    kind = kind or _BY_STATUS.get(status, "malformed-request" if status < 500 else "internal-error")
    document = {
        "type": f"{addresses.API_PROBLEMS}#{kind}",
        "title": str(KINDS[kind].title),
        "status": status,
        "detail": str(detail),
        **members,
        "request_id": getattr(request, "id", ""),
    }
    # A lone surrogate, which a client can send in a name that is quoted here, becomes a question mark.
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def misdirected(request: HttpRequest, role: str) -> HttpResponse:
    """Return a 421 response for a request that another role serves, and count it; `role` is that role."""
    metrics.misrouted(role)
    detail = _("This process does not serve %(method)s %(path)s; the role “%(role)s” does.") % {
        "method": request.method,
        "path": request.path,
        "role": role,
    }
    return problem(request, 421, detail, kind="misdirected", role=role)
