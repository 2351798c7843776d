"""Conditional requests (RFC 9110, 13): nothing is overwritten unseen, and what is unchanged is not sent again.

An ETag is `"<version>-<digest>"`. A change is held against the version alone: the digest tells apart two
representations of one version (a tag of the post was renamed), which is no reason to refuse a change of the post.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

from .exceptions import PreconditionFailed, PreconditionRequired

_ETAG = re.compile(r'(?:W/)?"(\d{1,10})-[0-9a-f]{8}"')
_DIGEST_LENGTH = 8


def etag(version: int, representation: dict[str, Any]) -> str:
    """Return the strong ETag of a representation."""
    text = json.dumps(representation, cls=JSONEncoder, sort_keys=True)
    return f'"{version}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]}"'


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
    given = parse_etags(request.headers.get("If-None-Match", ""))
    return given == ["*"] or current in (tag.removeprefix("W/") for tag in given)


def _version(tag: str) -> int | None:
    match = _ETAG.fullmatch(tag)
    return int(match[1]) if match else None
