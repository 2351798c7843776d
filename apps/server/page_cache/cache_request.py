"""Which requests a cached page may answer, and the cache key of their pages."""

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

# Conditional headers that are rare; Django handles these requests.
UNCACHED_HEADERS = frozenset([b"if-match", b"if-unmodified-since"])
_CHANGES = addresses.api("changes")
# Upper-case letters, doubled slashes, needless encoding: each spelling of a path is a redirect of its own.
_NON_CANONICAL = re.compile(b"[A-Z%]|//")


class CacheRequest(NamedTuple):
    """A request that a cached page may answer: everything that the page depends on, except the state of the content."""

    host: bytes
    scheme: str
    proto: bytes
    """The value of X-Forwarded-Proto, or an empty string."""
    path: bytes
    query: bytes
    """The parameters that the page reads, in a canonical order."""
    has_whole_query: bool
    """Whether `query` is the whole query. The other parameters change no page, but may belong in a redirect."""
    encoding: bytes
    is_api: bool
    headers: dict[bytes, bytes]

    def key(self, encoding: bytes) -> bytes:
        """Return the cache key of the page in an encoding."""
        return page_key(encoding, self.host, self.scheme, self.proto, self.path, self.query)

    def is_unbounded(self, own_host: bytes) -> bool:
        """Return whether clients can vary the request without limit and still get a page."""
        return bool(self.query) or self.host != own_host or bool(_NON_CANONICAL.search(self.path))


def page_key(encoding: bytes, host: bytes, scheme: str, proto: bytes, path: bytes, query: bytes) -> bytes:
    """Return the cache key of a page: the parts of the request that it depends on."""
    # None of them can contain a newline: they come from the lines of an HTTP request.
    return b"\n".join((encoding, host, scheme.encode(), proto, path, query))


def cache_request_of(scope: Scope) -> CacheRequest | None:
    """Return the cache's view of a request; None if it has to be passed on."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    path = scope["path"]
    sent_path = scope.get("raw_path") or path.encode()
    if not sent_path.startswith(b"/"):
        return None  # The bridge reads a target in absolute form, and refuses others.
    is_api = path.startswith(addresses.API)
    if not is_api and not is_page(path):
        return None
    headers = dict(scope["headers"])
    if b"authorization" in headers or b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0":
        return None
    if not UNCACHED_HEADERS.isdisjoint(headers):
        return None
    # Responses to requests from other sites get further headers (CORS).
    if is_api and (b"origin" in headers or not accepts_cached_json(headers)):
        return None
    # What comes due is told by the database's clock, and not by that of the process.
    if path == _CHANGES:
        return None
    host, proto = headers.get(b"host", b""), headers.get(b"x-forwarded-proto", b"")
    if not _is_allowed(host.decode("latin-1")) or proto not in (b"", b"http", b"https"):
        return None
    query = scope["query_string"]
    read = query if is_api or not query else _read_query(path, query)
    if read is None:
        return None
    encoding = best_encoding(headers.get(b"accept-encoding", b""))
    return CacheRequest(
        host, scope.get("scheme", "http"), proto, sent_path, read, read == query, encoding, is_api, headers
    )


# Static files and images are not rendered, so they are not cached here.
_NON_PAGE_PREFIXES = (
    "/static/",
    "/media/",
    *(f"{path}/" for path in roles.EVERYWHERE),
    *roles.foreign_prefixes(roles.Role.FRONTEND),
)


def is_page(path: str) -> bool:
    """Return whether a path belongs to the pages: the same rule as `roles.owner`, but fast enough for hits."""
    return not f"{path}/".startswith(_NON_PAGE_PREFIXES)


def _read_query(path: str, query: bytes) -> bytes | None:
    """Return the parameters that a page reads, sorted; None for an invalid query."""
    try:
        given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        return None
    names = addresses.parameters(path)
    read = {name: value for name, value in given.items() if name in names}
    if read.get("feed") not in addresses.FEED_PARAMETER:
        read.pop("feed", None)
    return urlencode(sorted(read.items())).encode()


@lru_cache(256)
def _is_allowed(host: str) -> bool:
    """Return whether Django accepts this Host header."""
    allowed = settings.ALLOWED_HOSTS or ([".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def accepts_cached_json(headers: dict[bytes, bytes]) -> bool:
    """Return whether a request of the API may be answered from the cache.

    With `Cache-Control: no-cache` (RFC 9111, 5.2.1.4) a program asks for what is committed, and not for what this process
    knew a second ago.
    """
    is_satisfied = b"no-cache" not in headers.get(b"cache-control", b"").lower()
    return is_satisfied and _accepts_json(headers.get(b"accept", b"*/*"))


@lru_cache(256)
def _accepts_json(accept: bytes) -> bool:
    """Return whether an Accept header plainly accepts JSON; other values are left to DRF's content negotiation."""
    return any(part.strip() in (b"*/*", b"application/json") for part in accept.split(b","))


@lru_cache(256)
def best_encoding(accepted: bytes) -> bytes:
    """Return the first of `ENCODINGS` that an Accept-Encoding header accepts (RFC 9110, 12.5.3)."""
    zero_weights = (b"0", b"0.0", b"0.00", b"0.000")
    names = set()
    for part in accepted.lower().split(b","):
        name, _semicolon, weight = part.partition(b";")
        if weight.replace(b" ", b"").removeprefix(b"q=") not in zero_weights:
            names.add(name.strip())
    return next((name for name in ENCODINGS if name in names), b"")
