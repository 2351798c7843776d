"""Headers that are checked when their page is made, and not again each time that the page is sent.

gunicorn matches the names and values of every answer, letter by letter, against what HTTP allows, so that no application
can end a header early. For a cached page that takes a fifth of the time in which it is sent, and finds what it found
before (docs/decisions/0020). `gunicorn_worker` is the server that sends `Checked` headers without looking at them again;
any other ASGI server finds pairs of names and values in them, as in a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName
from gunicorn.http.message import TOKEN_RE
from gunicorn.http.wsgi import HEADER_VALUE_RE


class Checked:
    """Headers, of which each was checked or made of what cannot be wrong. None is a Transfer-Encoding or a Date."""

    __slots__ = ("length", "others")

    def __init__(self, others: bytes, length: bytes | None) -> None:
        self.others, self.length = others, length
        """The `lines` of all but Content-Length, and the value of that, if they have it."""

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        for line in self.others.split(b"\r\n")[:-1]:
            name, _colon, value = line.partition(b": ")
            yield name, value
        if self.length is not None:
            yield b"content-length", self.length


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return headers as they are sent."""
    return b"".join([b"%b: %b\r\n" % pair for pair in headers])


def check(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raise gunicorn's InvalidResponseHeader or InvalidResponseHeaderName for what must not be sent (RFC 9110, 5)."""
    for name, value in headers:
        if not TOKEN_RE.fullmatch(name.decode("latin-1")):
            raise InvalidResponseHeaderName(repr(name))
        if not HEADER_VALUE_RE.fullmatch(value.decode("latin-1")):
            raise InvalidResponseHeader(repr(name))
