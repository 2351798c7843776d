"""gunicorn's asgi worker with what Broadsheet needs differently: the `worker_class` of `gunicorn.conf.py`.

What is overridden here and has no documented name, so that an upgrade of gunicorn may change it:

- `ASGIProtocol._send_error_response`, so that a client is refused with a problem document and not with plain text.
  A setting for it does not exist; `tests/server/test_every_error_is_a_problem.py` needs it. It writes by `_safe_write`.
- `ASGIProtocol._send_response_start` and the `_response_buffer` that it fills. It sends headers that were checked when
  their page was made (`checked_headers`) as they are: a cached page then takes 58 microseconds of a core instead of 68
  (docs/decisions/0023). It also names the statuses that gunicorn calls “Unknown”, 412, 421 and 428 among them.

`Worker.run` has our protocol made by way of `create_server`, which asyncio documents, because the worker has no name for
the class of its protocol. `tests/server/test_gunicorn_worker.py` compares all this with gunicorn's own.

The arbiter imports this module, so it imports nothing of Django.
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
    """Of headers that are `Checked`, those that gunicorn has to know: how long the body is."""

    __slots__ = ("others",)

    others: bytes
    """The lines of the others."""


def framing(headers: Checked) -> Framing:
    """Return what gunicorn has to know of headers."""
    known = Framing(() if headers.length is None else ((b"content-length", headers.length),))
    known.others = headers.others
    return known


def sending_framing(application: Application) -> Application:
    """Return the ASGI application, which hands gunicorn no more than the `Framing` of headers that are `Checked`."""

    def answer(scope: dict[str, Any], receive: Callable, send: Callable) -> Awaitable[None]:
        # Where an answer has no body, gunicorn drops its length by making another list of the headers.
        if scope.get("method") != "GET":
            return application(scope, receive, send)

        def send_framing(message: dict[str, Any]) -> Awaitable[None]:
            headers = message.get("headers")
            if type(headers) is Checked and (headers.length is None or message["status"] not in (204, 304)):
                message["headers"] = framing(headers)
            return send(message)

        return application(scope, receive, send_framing)

    return answer


class Protocol(ASGIProtocol):
    """One connection: gunicorn's, except for what its answers look like."""

    def _send_response_start(self, status: int, headers: Headers, request: Any, close: bool = False) -> None:
        """Buffer the head of an answer, until its body is sent with it."""
        super()._send_response_start(status, headers, request, close)
        if type(headers) is Framing:
            self._response_buffer = b"%b%b\r\n" % (self._response_buffer[:-2], headers.others)
        if self._response_buffer.startswith(b"Unknown", len("HTTP/1.1 421 ")) and status in _PHRASES:
            self._response_buffer = self._response_buffer.replace(b"Unknown", _PHRASES[status], 1)

    def _send_error_response(self, status: int, message: str, extra_headers: Iterable[tuple[str, str]] = ()) -> None:
        """Send a refusal of a request that cannot be read."""
        from . import bad_requests  # Only in a worker: it needs Django.

        self._safe_write(bad_requests.answer(status, message, extra_headers))


class Worker(ASGIWorker):
    """gunicorn's asgi worker, whose connections are our `Protocol`."""

    def load_wsgi(self) -> None:
        """Load the ASGI application, as `asgi`."""
        super().load_wsgi()
        self.asgi = sending_framing(self.asgi)

    def run(self) -> None:
        """Serve until the worker is told to stop."""
        # The parent names its protocol in the middle of a long method, which then asks the loop for a server.
        create_server = self.loop.create_server
        self.loop.create_server = lambda _gunicorns, **options: create_server(lambda: Protocol(self), **options)
        super().run()
