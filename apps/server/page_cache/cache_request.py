"""Which requests a cached page may answer, and what their pages depend on."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from apps.server.bridge import Scope
from blog_project import addresses, roles

from .pages import ENCODINGS

# What is rare, and Django knows how to answer.
FOR_DJANGO = frozenset([b"if-match", b"if-unmodified-since"])
# A letter's case, a doubled slash, letters encoded without need: each spelling of an address is a redirect of its own.
_OTHER_SPELLING = re.compile(b"[A-Z%]|//")


class CacheRequest(NamedTuple):
    """A request that a cached page may answer: all that the page depends on, besides the state of the content."""

    host: bytes
    scheme: str
    proto: bytes
    """What a proxy says of the scheme between it and the client, or nothing."""
    path: bytes
    query: bytes
    whole: bool
    """Whether that is all of the query: where not, the rest of it changes no page, but may belong in a redirect."""
    encoding: bytes
    is_api: bool
    headers: dict[bytes, bytes]

    def key(self, encoding: bytes) -> bytes:
        """Return what the page is kept under in an encoding."""
        return page_key(encoding, self.host, self.scheme, self.proto, self.path, self.query)

    def is_unbounded(self, own_host: bytes) -> bool:
        """Tell whether a stranger can make any number of them that all lead to a page."""
        return bool(self.query) or self.host != own_host or bool(_OTHER_SPELLING.search(self.path))


def page_key(encoding: bytes, host: bytes, scheme: str, proto: bytes, path: bytes, query: bytes) -> bytes:
    """Return what a page is kept under: the words of the request that it depends on."""
    # None of them has a line's end in it: they come from the lines of a request.
    return b"\n".join((encoding, host, scheme.encode(), proto, path, query))


def wanted_of(scope: Scope) -> CacheRequest | None:
    """Return what a request wants of the cache; None for one that is not for it."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    path = scope["path"]
    is_api = path.startswith(addresses.API)
    if not is_api and not is_page(path):
        return None
    headers = dict(scope["headers"])
    if b"authorization" in headers or b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0":
        return None
    if not FOR_DJANGO.isdisjoint(headers):
        return None
    # Another site's page reads the API by a header of its own (CORS).
    if is_api and (b"origin" in headers or not takes_json(headers.get(b"accept", b"*/*"))):
        return None
    host, proto = headers.get(b"host", b""), headers.get(b"x-forwarded-proto", b"")
    if not _is_allowed(host.decode("latin-1")) or proto not in (b"", b"http", b"https"):
        return None
    sent, query = scope.get("raw_path") or path.encode(), scope["query_string"]
    known = query if is_api or not query else _known(path, query)
    if known is None:
        return None
    encoding = best_encoding(headers.get(b"accept-encoding", b""))
    return CacheRequest(
        host, scope.get("scheme", "http"), proto, sent, known, known == query, encoding, is_api, headers
    )


# Static files are neither made nor many, so they need no cache of ours.
_NO_PAGES = (
    "/static/",
    "/media/",
    *(f"{path}/" for path in roles.EVERYWHERE),
    *roles.foreign_prefixes(roles.Role.FRONTEND),
)


def is_page(path: str) -> bool:
    """Tell whether the pages own a path: `roles.owner`, in the time that a hit has."""
    return not f"{path}/".startswith(_NO_PAGES)


def _known(path: str, query: bytes) -> bytes | None:
    """Return what a page reads of its query, in one order; None for a query that makes no sense."""
    try:
        given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        return None
    read = addresses.parameters(path)
    return urlencode(sorted((name, value) for name, value in given.items() if name in read)).encode()


@lru_cache(256)
def _is_allowed(host: str) -> bool:
    """Tell whether Django would take this Host header."""
    allowed = settings.ALLOWED_HOSTS or ([".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


@lru_cache(256)
def takes_json(accept: bytes) -> bool:
    """Tell whether an Accept header says without ifs that JSON will do; others are for the API to judge."""
    return any(part.strip() in (b"*/*", b"application/json") for part in accept.split(b","))


@lru_cache(256)
def best_encoding(accepted: bytes) -> bytes:
    """Return the best of our encodings that an Accept-Encoding header names (RFC 9110, 12.5.3)."""
    refused = (b"0", b"0.0", b"0.00", b"0.000")
    names = set()
    for part in accepted.lower().split(b","):
        name, _semicolon, weight = part.partition(b";")
        if weight.replace(b" ", b"").removeprefix(b"q=") not in refused:
            names.add(name.strip())
    return next((name for name in ENCODINGS if name in names), b"")
