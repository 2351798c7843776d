"""What is kept: an answer in one encoding, and how it is sent."""

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

LEAST_COMPRESSED = 512
"""Bytes of a body below which compression saves nothing."""
OVERHEAD = 1024
"""Bytes that a cached page takes beside its body and its address: its headers and what Python adds."""
ENCODINGS = (b"br", b"gzip", b"")
"""What pages are sent in, the best first; the last is the page as it was made."""

Headers = tuple[tuple[bytes, bytes], ...]

# What is said anew of each answer.
_OF_ONE_ANSWER = frozenset([b"content-length", b"transfer-encoding", b"x-request-id", b"date", b"connection", b"age"])
# What a page has of its own; the rest is nearly always what others say too.
_OF_ONE_PAGE = frozenset([b"etag", b"last-modified"])
_OF_A_BODY = frozenset([b"content-type", b"content-encoding", b"content-language"])


class Page:
    """An answer, in one encoding.

    All that is sent of it lies in few objects, and most of these are those of other pages too: of ten thousand pages
    hardly one is in the processor's cache, and each object that is fetched takes as long as a line of code.

    Raises what `checked_headers.check` does for headers that must not be sent.
    """

    __slots__ = (
        "body",
        "cache_control",
        "encoding",
        "etag",
        "etag_as_made",
        "is_personal",
        "is_used",
        "made",
        "modified",
        "of_body",
        "packs",
        "said",
        "state",
        "status",
    )

    def __init__(
        self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, state: content_state.State | None
    ) -> None:
        self.status, self.body, self.state, self.made, self.encoding = status, body, state, time.monotonic(), b""
        self.is_used = False
        headers = list(headers)
        check(headers)
        by_name, said, of_body = {}, [], []
        for pair in headers:
            name = pair[0].lower()
            if name not in _OF_ONE_ANSWER:
                by_name[name] = pair[1]
                if name not in _OF_ONE_PAGE:
                    (of_body if name in _OF_A_BODY else said).append(pair)
        self.packs = len(body) >= LEAST_COMPRESSED and _is_text(by_name) and b"content-encoding" not in by_name
        if self.packs:
            said = _varying(said)
        self.etag = self.etag_as_made = by_name.get(b"etag", b"")
        self.modified = by_name.get(b"last-modified", b"")
        self.cache_control = _shared(by_name.get(b"cache-control", b""))
        self.is_personal = b"set-cookie" in by_name or b"cookie" in by_name.get(b"vary", b"").lower()
        self.said = _shared(lines(said))
        """The lines of what every answer says of it, beside what it alone has, 304 too."""
        self.of_body = _shared(lines(of_body))

    def encoded(self, encoding: bytes) -> Page:
        """Return it in an encoding, where that is of use."""
        if encoding == self.encoding or not self.packs:
            return self
        page = copy.copy(self)
        page.is_used = False
        page.encoding, page.body = encoding, _compress(encoding, _decompress(self.encoding, self.body))
        page.etag = _weak(self.etag_as_made) if encoding else self.etag_as_made
        # It packs, so it was made without one.
        page.of_body = _shared(self.of_body.removesuffix(_encoding_line(self.encoding)) + _encoding_line(encoding))
        return page

    def is_for_caches(self) -> bool:
        """Tell whether caches that many share may keep it."""
        return not self.is_personal and b"s-maxage" in self.cache_control

    def size(self) -> int:
        """Return the bytes that it takes in memory, nearly."""
        return OVERHEAD + len(self.body)

    def messages(
        self, method: str, given: dict[bytes, bytes], request_id: bytes, age: bytes = b"0", more: Headers = ()
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the ASGI messages that send it, or say that the client has it already.

        `given` are the headers of the request; `more` are headers of this answer alone.
        """
        status, body = self.status, self.body
        own = [self.said, lines(more) if more else b"", b"age: ", age, b"\r\nx-request-id: ", request_id, b"\r\n"]
        if self.etag:
            own += b"ETag: ", self.etag, b"\r\n"
        if self.modified:
            own += b"Last-Modified: ", self.modified, b"\r\n"
        is_conditional = b"if-none-match" in given or b"if-modified-since" in given
        if is_conditional and status == 200 and is_unmodified(self.etag, self.modified, given):
            status, body, headers = 304, b"", Checked(b"".join(own), None)
        else:
            own.append(self.of_body)
            headers = Checked(b"".join(own), b"%d" % len(body))
            if method == "HEAD":
                body = b""
        start = {"type": "http.response.start", "status": status, "headers": headers}
        return start, {"type": "http.response.body", "body": body, "more_body": False}


@lru_cache(4)  # For all who wait for a page and take it in the same one.
def _compress(encoding: bytes, body: bytes) -> bytes:
    if encoding == b"br":
        return brotli.compress(body, quality=5)
    return zlib.compress(body, level=6, wbits=31) if encoding else body


def _decompress(encoding: bytes, body: bytes) -> bytes:
    if encoding == b"br":
        return brotli.decompress(body)
    return zlib.decompress(body, wbits=31) if encoding else body


@lru_cache(512)
def _shared(value: Any) -> Any:
    """Return one value for all equal ones: most headers of a page are those of every other."""
    return value


def _encoding_line(encoding: bytes) -> bytes:
    return lines([(b"content-encoding", encoding)]) if encoding else b""


def _is_text(headers: dict[bytes, bytes]) -> bool:
    kind = headers.get(b"content-type", b"").partition(b";")[0]
    return kind.startswith(b"text/") or kind.endswith((b"json", b"xml", b"javascript"))


def _weak(etag: bytes) -> bytes:
    # The same page in two encodings is not the same to the byte (RFC 9110, 8.8.3).
    return etag if etag.startswith(b"W/") else b"W/" + etag


def _varying(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with Accept-Encoding among what the answer varies by."""
    others = [(name, value) for name, value in headers if name.lower() != b"vary"]
    varies = [value for name, value in headers if name.lower() == b"vary"]
    return [*others, (b"vary", b", ".join([*varies, b"Accept-Encoding"]))]
