"""gunicorn's asgi worker with what Broadsheet needs differently: the `worker_class` of `gunicorn.conf.py`.

What is overridden here and has no documented name, so that an upgrade of gunicorn may change it:

- `ASGIProtocol._send_error_response`, so that a client whose request is refused gets a problem document and not plain
  text. gunicorn has no setting for this; `tests/server/test_every_error_is_a_problem.py` tests it. It writes with `_safe_write`.
- `ASGIProtocol._send_response_start` and the `_response_buffer` that it fills, so that headers which were checked when
  their page was rendered (`checked_headers`) are sent as they are: a cached page then takes 58 microseconds of a core
  instead of 68 (docs/decisions/0023). It also sends the reason phrase of statuses that gunicorn calls “Unknown”, such as
  412, 421 and 428.

`Worker.run` replaces the protocol class through asyncio's documented `create_server`, because gunicorn's worker has no
attribute for it. `tests/server/test_gunicorn_worker.py` compares all this with gunicorn's own behaviour.

The arbiter imports this module, so it must not import Django.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers.gasgi import ASGIWorker

from .checked_headers import Checked

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


class Protocol(ASGIProtocol):
    """gunicorn's connection with our response heads and error responses."""

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
        # The parent class passes its own protocol to `loop.create_server` in the middle of a long method.
        create_server = self.loop.create_server
        self.loop.create_server = lambda _protocol_factory, **options: create_server(lambda: Protocol(self), **options)
        super().run()
