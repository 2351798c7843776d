"""Conditional requests (RFC 9110, 13): nothing is overwritten unseen, and what is unchanged is not sent again.

An ETag is `"<version>-<digest>"`. A change is held against the version alone: the digest tells apart two
representations of one version (a tag of the post was renamed), which is no reason to refuse a change of the post.

The digest is of the rows that a representation is made of and never of the representation, so that a 304 costs neither
a serializer nor the text of a post (docs/decisions/0018).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.http import HttpResponseNotModified
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from apps.core.conditional_requests import is_named

from .exceptions import PreconditionFailed, PreconditionRequired

_ETAG = re.compile(r'(?:W/)?"(\d{1,10})-[0-9a-f]{8}"')
_DIGEST_LENGTH = 8


def columns(row: Model | None, *, of: Collection[str] = ()) -> tuple:
    """Return what was read of a row, by column: of those in `of`, where any are named."""
    if row is None:
        return ()
    read = vars(row)
    fields = [field for field in row._meta.concrete_fields if not of or field.name in of or field.attname in of]
    return tuple((field.attname, read[field.attname]) for field in fields if field.attname in read)


def etag(version: int, *parts: Any) -> str:
    """Return the strong ETag of what is made of `parts`: values that have a `repr` of their own."""
    return f'"{version}-{_digest(parts)[:_DIGEST_LENGTH]}"'


def list_etag(*parts: Any) -> str:
    """Return the ETag of a list. A weak one: the cursors in it hold the second in which they were made."""
    return f'W/"{_digest(parts)[: 2 * _DIGEST_LENGTH]}"'


def _digest(parts: tuple) -> str:
    # Another release may show more of the same row, and other settings show it at another address.
    made_by = (settings.RELEASE, settings.SITE_URL, settings.MEDIA_URL)
    return hashlib.sha256(repr((made_by, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def check_if_match(request: Request, current: str) -> None:
    """Let a change pass that was made from the version of `current`, the present ETag.

    Raises PreconditionRequired without `If-Match`, ParseError for one that is no list of ETags, and
    PreconditionFailed when it names other versions. `*` matches any; proxies that compress weaken ETags, so `W/` is
    tolerated.
    """
    header = request.headers.get("If-Match", "")
    if not header.strip():
        raise PreconditionRequired
    given = parse_etags(header)
    if not given:
        raise ParseError(_("“If-Match: %s” is no ETag; one looks like %s, quotes included.") % (header, current))
    if given != ["*"] and _version(current) not in map(_version, given):
        raise PreconditionFailed(current)


def is_forced(request: Request) -> bool:
    """Tell whether a change is to be made whatever version there is: `If-Match: *`."""
    return request.headers.get("If-Match", "").strip() == "*"


def is_unmodified(request: Request, current: str) -> bool:
    """Tell whether `If-None-Match` names the ETag `current`: then a reader has this representation already."""
    return is_named(current, request.headers.get("If-None-Match", ""))


def is_conditional(request: Request) -> bool:
    """Tell whether a reader says what they have already."""
    return "If-None-Match" in request.headers


def not_modified(current: str) -> HttpResponseNotModified:
    """Return the answer to a reader who has the representation of this ETag."""
    return HttpResponseNotModified(headers={"ETag": current})


def _version(tag: str) -> int | None:
    match = _ETAG.fullmatch(tag)
    return int(match[1]) if match else None
