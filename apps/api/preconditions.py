"""Conditional requests (RFC 9110, 13): `If-Match` prevents lost updates, `If-None-Match` saves responses.

An ETag is `"<version>-<digest>"`. `If-Match` compares only the version: the digest differs between representations of
the same version (for example after a tag was renamed), which is no reason to refuse a change of the post.

The digest is computed from the rows of a representation and not from the representation itself, so that a 304 needs
neither a serializer nor the text of a post (docs/decisions/0018).
"""

from __future__ import annotations

import functools
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

from .exceptions import PreconditionFailed, PreconditionRequired

_ETAG = re.compile(r'(?:W/)?"(\d{1,10})-[0-9a-f]{8}"')
_DIGEST_LENGTH = 8
MAX_NAMES = 256
"""The choices of columns of which a process knows the names."""


def columns(row: Model | None, *, of: Collection[str] = ()) -> tuple:
    """Return (column, value) for the loaded columns of a row; only for those in `of` if it is not empty."""
    if row is None:
        return ()
    read = vars(row)
    return tuple((name, read[name]) for name in _names(type(row), frozenset(of)) if name in read)


@functools.lru_cache(maxsize=MAX_NAMES)
def _names(model: type[Model], of: frozenset[str]) -> list[str]:
    """Return the attributes of the columns of a model in their order; only of those in `of` if it is not empty."""
    fields = model._meta.concrete_fields
    return [field.attname for field in fields if not of or field.name in of or field.attname in of]


def etag(version: int, *parts: Any) -> str:
    """Return the strong ETag of a representation of `parts`: values whose `repr` shows their content."""
    return f'"{version}-{_digest(parts)[:_DIGEST_LENGTH]}"'


def list_etag(*parts: Any) -> str:
    """Return the ETag of a list. It is weak because the cursors in a list contain the time."""
    return f'W/"{_digest(parts)[: 2 * _DIGEST_LENGTH]}"'


def _digest(parts: tuple) -> str:
    # Another release may show more of the same row, and other settings change the URLs in it.
    environment = (settings.RELEASE, settings.SITE_URL, settings.MEDIA_URL)
    return hashlib.sha256(repr((environment, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def check_if_match(request: Request, current: str) -> None:
    """Check that `If-Match` contains the version of `current`, the current ETag; `*` matches any version.

    Raises PreconditionRequired without `If-Match`, ParseError if it is not a list of ETags, and PreconditionFailed if
    it has other versions. `W/` is accepted, because compressing proxies weaken ETags.
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
    """Return whether a change applies to any version: `If-Match: *`."""
    return request.headers.get("If-Match", "").strip() == "*"


def is_conditional(request: Request) -> bool:
    """Return whether the request has an `If-None-Match`."""
    return "If-None-Match" in request.headers


def not_modified(current: str) -> HttpResponseNotModified:
    """Return a 304 response with the ETag `current`."""
    return HttpResponseNotModified(headers={"ETag": current})


def _version(tag: str) -> int | None:
    match = _ETAG.fullmatch(tag)
    return int(match[1]) if match else None
