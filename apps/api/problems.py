"""One error format: `application/problem+json` (RFC 9457). This module does not need DRF."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from blog_project import addresses, metrics

CONTENT_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """What a client's author is told about one type of problem."""

    status: int
    title: str
    meaning: str


KINDS: dict[str, Kind] = {
    "malformed-request": Kind(
        400,
        _("The request cannot be read"),
        _(
            "A header or the body is not what it claims to be: broken JSON, a name given twice, a value that is no ETag."
        ),
    ),
    "invalid-parameter": Kind(
        400,
        _("A query parameter is wrong"),
        _("“errors” names each parameter and says what it takes; an unknown parameter is never ignored."),
    ),
    "invalid-fields": Kind(
        400,
        _("A field is wrong"),
        _("“errors” holds a JSON pointer (RFC 6901) into the body for each fault. Nothing was written."),
    ),
    "authentication-required": Kind(
        401,
        _("A token is needed"),
        _("Send “Authorization: Bearer bst_…”. Reading what is public needs no token; everything else does."),
    ),
    "invalid-token": Kind(
        401,
        _("The token is not valid"),
        _("It is mistyped, unknown, expired or revoked, or its user may no longer log in. Ask for a new one."),
    ),
    "insufficient-scope": Kind(
        403,
        _("The token is not for this operation"),
        _("A token has scopes: create, read, update, delete. “scope” names the one that is missing."),
    ),
    "forbidden": Kind(
        403,
        _("The user may not do this"),
        _("The token is good, but its user lacks the right: an author changes their own posts, an editor any."),
    ),
    "conflict": Kind(
        409,
        _("Something else stands in the way"),
        _("The request is right by itself, but not as things are: an author who has posts cannot be deleted."),
    ),
    "stale-version": Kind(
        412,
        _("It was changed meanwhile"),
        _(
            "Somebody changed the resource since you read it. Read it again (the ETag header holds its present ETag), "
            "apply your change to that, and send it with the new ETag."
        ),
    ),
    "precondition-required": Kind(
        428,
        _("Say which version you change"),
        _(
            "PUT, PATCH and DELETE need “If-Match” with the ETag of the version that you read, or “If-Match: *” to "
            "overwrite whatever is there."
        ),
    ),
    "key-reused": Kind(
        422,
        _("The key came with another request"),
        _(
            "An “Idempotency-Key” stands for one request: it is good for sending that again, for 24 hours. Another body "
            "or another address needs a new key. Nothing was written."
        ),
    ),
    "misdirected": Kind(
        421,
        _("Another process serves this"),
        _("“role” names it. A client never sees this unless the routes in front of the site are wrong."),
    ),
    "unavailable": Kind(
        503,
        _("The database does not answer"),
        _(
            "Try again after as many seconds as the Retry-After header says. Send a change with the same If-Match, and a "
            "new resource with the same Idempotency-Key: it cannot be applied twice."
        ),
    ),
}
"""Every `kind` that a problem can have; `/api/docs/problems/` shows them."""


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

    `kind` is a key of `KINDS`; without one the status says it all (`about:blank`). `members` are RFC 9457 extension
    members.
    """
    document = {
        "type": f"{addresses.API_PROBLEMS}#{kind}" if kind else "about:blank",
        "title": str(KINDS[kind].title) if kind else HTTPStatus(status).phrase,
        "status": status,
        "detail": str(detail),
        **members,
        "request_id": getattr(request, "id", ""),
    }
    # Half a surrogate pair, which a client can send in a name that is quoted here, becomes a question mark.
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def misdirected(request: HttpRequest, role: str) -> HttpResponse:
    """Return the 421 of a process that does not serve this request; `role` is the one that does."""
    metrics.misrouted(role)
    detail = _("This process does not serve %(method)s %(path)s; the role “%(role)s” does.") % {
        "method": request.method,
        "path": request.path,
        "role": role,
    }
    return problem(request, 421, detail, kind="misdirected", role=role)
