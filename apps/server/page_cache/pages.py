"""A cached page: a response in one encoding, and the ASGI messages that send it."""

from __future__ import annotations

import copy
import time
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import brotli

from apps.core import content_state
from apps.core.conditional_requests import is_unmodified
from apps.server.checked_headers import Checked, check, lines

MIN_COMPRESSED_BYTES = 512
"""A smaller body is not compressed, because that would save nothing."""
OVERHEAD = 1024
"""Estimated bytes of a cached page besides its body and its key: headers and Python objects."""
ENCODINGS = (b"br", b"gzip", b"")
"""Content encodings in order of preference; the last is the uncompressed page."""

Headers = tuple[tuple[bytes, bytes], ...]

# Headers that are generated for each response.
_PER_RESPONSE = frozenset(
    [
        *(b"content-length", b"transfer-encoding", b"x-request-id", b"date", b"connection", b"age"),
        # What is left to one client.
        *(b"ratelimit", b"ratelimit-policy"),
    ]
)
# Headers whose values differ from page to page; the others are nearly always equal.
_PER_PAGE = frozenset([b"etag", b"last-modified"])
_BODY_HEADERS = frozenset([b"content-type", b"content-encoding", b"content-language"])


class Page:
    """A response in one encoding.

    What is sent is held in few objects, most of them shared with other pages: of ten thousand pages hardly any is in the
    processor's cache, and fetching one object from memory takes as long as a line of code.

    Raises the errors of `checked_headers.check` for invalid headers.
    """

    __slots__ = (
        "body",
        "body_lines",
        "cache_control",
        "common_lines",
        "encoding",
        "etag",
        "is_compressible",
        "is_personal",
        "is_used",
        "modified",
        "original_etag",
        "rendered_at",
        "state",
        "status",
    )

    def __init__(
        self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, state: content_state.State | None
    ) -> None:
        self.status, self.body, self.state, self.rendered_at, self.encoding = status, body, state, time.monotonic(), b""
        self.is_used = False
        headers = list(headers)
        check(headers)
        by_name, common_lines, body_lines = {}, [], []
        for pair in headers:
            name = pair[0].lower()
            if name not in _PER_RESPONSE:
                by_name[name] = pair[1]
                if name not in _PER_PAGE:
                    (body_lines if name in _BODY_HEADERS else common_lines).append(pair)
        self.is_compressible = (
            len(body) >= MIN_COMPRESSED_BYTES and _is_text(by_name) and b"content-encoding" not in by_name
        )
        if self.is_compressible:
            common_lines = _with_vary_encoding(common_lines)
        self.etag = self.original_etag = by_name.get(b"etag", b"")
        self.modified = by_name.get(b"last-modified", b"")
        self.cache_control = _interned(by_name.get(b"cache-control", b""))
        self.is_personal = b"set-cookie" in by_name or b"cookie" in by_name.get(b"vary", b"").lower()
        self.common_lines = _interned(lines(common_lines))
        """The serialized headers of every response with this page, 304 included, without those of `_PER_PAGE`."""
        self.body_lines = _interned(lines(body_lines))

    def encoded(self, encoding: bytes) -> Page:
        """Return the page in an encoding, or the page itself if it is not worth compressing."""
        if encoding == self.encoding or not self.is_compressible:
            return self
        page = copy.copy(self)
        page.is_used = False
        page.encoding, page.body = encoding, _compress(encoding, _decompress(self.encoding, self.body))
        page.etag = _weakened(self.original_etag) if encoding else self.original_etag
        # Only pages that were rendered without a Content-Encoding are compressible.
        page.body_lines = _interned(
            self.body_lines.removesuffix(_encoding_line(self.encoding)) + _encoding_line(encoding)
        )
        return page

    def is_shared_cacheable(self) -> bool:
        """Return whether shared caches may store the page."""
        return not self.is_personal and b"s-maxage" in self.cache_control

    def size(self) -> int:
        """Return the estimated bytes that the page takes in memory."""
        return OVERHEAD + len(self.body)

    def messages(
        self, method: str, headers: dict[bytes, bytes], request_id: bytes, age: bytes = b"0", extra: Headers = ()
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the ASGI messages that send the page, or a 304 if the client has it.

        `headers` are those of the request, `age` is in seconds, and `extra` are additional headers of this response.
        """
        status, body = self.status, self.body
        own = [
            self.common_lines,
            lines(extra) if extra else b"",
            b"age: ",
            age,
            b"\r\nx-request-id: ",
            request_id,
            b"\r\n",
        ]
        if self.etag:
            own += b"ETag: ", self.etag, b"\r\n"
        if self.modified:
            own += b"Last-Modified: ", self.modified, b"\r\n"
        is_conditional = b"if-none-match" in headers or b"if-modified-since" in headers
        if is_conditional and status == 200 and is_unmodified(self.etag, self.modified, headers):
            status, body, response_headers = 304, b"", Checked(b"".join(own), None)
        else:
            own.append(self.body_lines)
            response_headers = Checked(b"".join(own), b"%d" % len(body))
            if method == "HEAD":
                body = b""
        start = {"type": "http.response.start", "status": status, "headers": response_headers}
        return start, {"type": "http.response.body", "body": body, "more_body": False}


@lru_cache(4)  # For concurrent requests for the same page.
def _compress(encoding: bytes, body: bytes) -> bytes:
    if encoding == b"br":
        return brotli.compress(body, quality=5)
    return zlib.compress(body, level=6, wbits=31) if encoding else body


def _decompress(encoding: bytes, body: bytes) -> bytes:
    if encoding == b"br":
        return brotli.decompress(body)
    return zlib.decompress(body, wbits=31) if encoding else body


@lru_cache(512)
def _interned(value: Any) -> Any:
    """Return the same object for equal values, so that pages share their equal headers."""
    return value


def _encoding_line(encoding: bytes) -> bytes:
    return lines([(b"content-encoding", encoding)]) if encoding else b""


def _is_text(headers: dict[bytes, bytes]) -> bool:
    kind = headers.get(b"content-type", b"").partition(b";")[0]
    return kind.startswith(b"text/") or kind.endswith((b"json", b"xml", b"javascript"))


def _weakened(etag: bytes) -> bytes:
    # Two encodings of a page are not byte-for-byte equal (RFC 9110, 8.8.3).
    return etag if etag.startswith(b"W/") else b"W/" + etag


def _with_vary_encoding(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with Accept-Encoding added to Vary."""
    others = [(name, value) for name, value in headers if name.lower() != b"vary"]
    varies = [value for name, value in headers if name.lower() == b"vary"]
    return [*others, (b"vary", b", ".join([*varies, b"Accept-Encoding"]))]
