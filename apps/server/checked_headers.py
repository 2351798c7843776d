"""Headers that are looked through when their page is made, and not again each time that it is sent.

gunicorn matches the names and values of every answer, letter by letter, against what HTTP allows, so that no application
can end a header early. For a cached page that takes a fifth of the time in which it is sent, and finds what it found before.
docs/decisions/0020 says what this leans on.
"""

from __future__ import annotations

from collections.abc import Iterable

from gunicorn.asgi import protocol

Framing = tuple[bool, bytes | None, bool]
"""What gunicorn finds in headers: whether they say a length, which one, and whether they say a transfer encoding."""

_scan = protocol._scan_response_headers


class Checked(list[tuple[bytes, bytes]]):
    """Headers of which each was checked, or made of what cannot be wrong, with their framing."""

    __slots__ = ("framing",)

    framing: Framing


def check(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raise gunicorn's InvalidResponseHeader or InvalidResponseHeaderName for what must not be sent (RFC 9110, 5)."""
    _scan(headers)


def scan(headers: Iterable[tuple[bytes, bytes]]) -> Framing:
    """Return the framing of headers, as gunicorn does, and do not check them again if they are `Checked`."""
    return headers.framing if type(headers) is Checked else _scan(headers)


def trust() -> None:
    """Have gunicorn, in this process, take the word of headers that are `Checked`."""
    protocol._scan_response_headers = scan
