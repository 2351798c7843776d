"""gunicorn's asgi worker with what Broadsheet needs differently: the `worker_class` of `gunicorn.conf.py`.

What is overridden here and has no documented name, so that an upgrade of gunicorn may change it:

- `ASGIProtocol._send_error_response`, so that a client whose request is refused gets a problem document and not plain
  text. gunicorn has no setting for this; `tests/server/test_every_error_is_a_problem.py` tests it. It writes with `_safe_write`.
- `ASGIProtocol._send_response_start` and the `_response_buffer` that it fills, so that headers which were checked when
  their page was rendered (`checked_headers`) are sent as they are: a cached page then takes 58 microseconds of a core
  instead of 68 (docs/decisions/0023). It also sends the reason phrase of statuses that gunicorn calls “Unknown”, such as
  412, 421 and 428.
- `ASGIProtocol._current_request`, which is None from a response to the complete head of the next request: only then is the
  client waited for.
- `ASGIProtocol._will_close`, so that a response which is sent before the end of its request's body, as
  `_callback_parser.is_complete` tells it, says `Connection: close` and ends the connection (RFC 9112, 9.6). gunicorn ends
  it without saying so, or keeps it if the rest of the body comes after all.
- `ASGIProtocol._max_buffer_size`, which has no setting: how much of a connection is held that nobody has read yet.

`Worker.run` replaces the protocol class through asyncio's documented `create_server`, because gunicorn's worker has no
attribute for it. `tests/server/test_gunicorn_worker.py` compares all this with gunicorn's own behaviour.

The arbiter imports this module, so it must not import Django.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers.gasgi import ASGIWorker

from .checked_headers import Checked
from .connections import Connections, Limits

Application = Callable[[dict[str, Any], Callable, Callable], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

_PHRASES = {status.value: status.phrase.encode() for status in HTTPStatus}


class Framing(list[tuple[bytes, bytes]]):
    """The headers of a `Checked` response that gunicorn needs: Content-Length, if there is one."""

    __slots__ = ("others",)

    others: bytes
    """The serialized lines of all other headers."""


def framing(headers: Checked) -> Framing:
    """Return the part of checked headers that gunicorn needs."""
    result = Framing(() if headers.length is None else ((b"content-length", headers.length),))
    result.others = headers.others
    return result


def sending_framing(application: Application) -> Application:
    """Wrap an ASGI application so that gunicorn gets only the `Framing` of headers that are `Checked`."""

    def wrapped(scope: dict[str, Any], receive: Callable, send: Callable) -> Awaitable[None]:
        # For a response without a body gunicorn drops Content-Length by copying the headers to a plain list.
        if scope.get("method") != "GET":
            return application(scope, receive, send)

        def send_framing(message: dict[str, Any]) -> Awaitable[None]:
            headers = message.get("headers")
            if type(headers) is Checked and (headers.length is None or message["status"] not in (204, 304)):
                message["headers"] = framing(headers)
            return send(message)

        return application(scope, receive, send_framing)

    return wrapped


RECEIVE_BUFFER = 64 * 1024
"""Bytes of a connection that the kernel receives ahead, and that are held of what nobody has read yet.

The loop reads from all connections before anybody can refuse what was sent, so this bounds the memory of many at once.
"""


class Protocol(ASGIProtocol):
    """gunicorn's connection with our response heads and error responses, and with deadlines (`connections.py`)."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker)
        self._max_buffer_size = RECEIVE_BUFFER
        self.connections = worker.connections
        self.address = ""
        """The client's IP address or network, or "" if the peer is a proxy."""
        self.is_used = False
        """Whether it has brought a request."""
        self.active_at = self.connections.loop.time()
        """When the connection was made, or the last request begun (by the clock of the sweep, which is read faster)."""
        self.head_since: float | None = None
        """When the incomplete head of a request began; None if there is none."""
        self.head_size = 0
        """Bytes of it."""
        self.late_at: float | None = None
        """When what was written has to be on its way; None while nothing waits for the client to read."""

    @property
    def is_waiting(self) -> bool:
        """Whether no request is being answered, and the head of the next one is not complete."""
        return self._current_request is None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin, or refuse the connection if there are too many."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.address = self.connections.limits.client_of(peer[0]) if isinstance(peer, tuple) else ""
        if not self.connections.add(self):
            self.refuse(503, "", ("Retry-After", "10"))

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.connections.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what was received, and note when the head of a request began unless that was all of it."""
        try:
            super().data_received(data)
        except ValueError:
            # Python reads no number of thousands of digits, which a Content-Length can have.
            self.refuse(400, "its head cannot be read")
            return
        if self._current_request is None:
            self._wait_for_head(len(data))
        else:
            self.is_used, self.active_at, self.head_since = True, self.connections.now, None

    def _wait_for_head(self, size: int) -> None:
        if self.head_since is None:
            self.head_since, self.head_size = self.connections.loop.time(), 0
        self.head_size += size
        limit = self.connections.limits.head_size
        if self.head_size > limit and not self.transport.is_closing():
            self.refuse(431, f"its head has more than {limit} bytes")

    def _will_close(self, request: Any, response_requires_close: bool) -> bool:
        """Return whether the connection is closed after this response."""
        return not self._callback_parser.is_complete or super()._will_close(request, response_requires_close)

    def pause_writing(self) -> None:
        """Stop writing, and note until when the client has to read what was written."""
        super().pause_writing()
        self.late_at = self.connections.loop.time() + self.connections.limits.seconds_for(
            self.transport.get_write_buffer_size()
        )

    def resume_writing(self) -> None:
        """Write on."""
        self.late_at = None
        super().resume_writing()

    def refuse(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        """Send an error response that no request waits for, and close the connection."""
        self._send_error_response(status, message, headers)
        self.transport.close()

    def _send_response_start(self, status: int, headers: Headers, request: Any, close: bool = False) -> None:
        """Buffer the head of a response; it is sent together with the body."""
        super()._send_response_start(status, headers, request, close)
        if type(headers) is Framing:
            self._response_buffer = b"%b%b\r\n" % (self._response_buffer[:-2], headers.others)
        if self._response_buffer.startswith(b"Unknown", len("HTTP/1.1 421 ")) and status in _PHRASES:
            self._response_buffer = self._response_buffer.replace(b"Unknown", _PHRASES[status], 1)

    def _send_error_response(self, status: int, message: str, extra_headers: Iterable[tuple[str, str]] = ()) -> None:
        """Send a problem document for a request that cannot be parsed."""
        from . import bad_requests  # Only in a worker: it needs Django.

        self._safe_write(bad_requests.error_response(status, message, extra_headers))


class Worker(ASGIWorker):
    """gunicorn's asgi worker with our `Protocol`."""

    def load_wsgi(self) -> None:
        """Load the ASGI application, as `asgi`."""
        super().load_wsgi()
        self.asgi = sending_framing(self.asgi)

    def run(self) -> None:
        """Serve until the worker is told to stop."""
        from django.conf import settings  # Only in a worker, which has loaded Django.

        from apps.core import clients, metrics

        limits = Limits(
            connections=settings.MAX_CONNECTIONS,
            client_of=lambda peer: "" if settings.TRUSTED_PROXIES else clients.network_of(peer, ""),
            head_seconds=settings.REQUEST_HEAD_SECONDS,
            seconds=settings.REQUEST_BODY_SECONDS,
            rate=settings.REQUEST_BODY_RATE,
        )
        self.connections = Connections(limits, self.loop, metrics)
        self.connections.watch()
        for listener in self.sockets:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        # The parent class passes its own protocol to `loop.create_server` in the middle of a long method.
        create_server = self.loop.create_server
        self.loop.create_server = lambda _protocol_factory, **options: create_server(lambda: Protocol(self), **options)
        super().run()
