"""The bridge between gunicorn's event loop and Django's WSGI handler, which runs in a fixed pool of threads.

A request is handled in three steps. The event loop reads the whole body if the request takes one (`request_bodies`), so
that a slow or incomplete upload takes no thread. Then one thread runs Django and joins the response. Then the loop sends
the response, so that a slow client takes no thread either. A thread is occupied while Django works and never waits for
the network.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes
from wsgiref.util import FileWrapper

from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _

from . import logs, refusals, request_target
from .refusals import Refused
from .request_bodies import Body, BodyReader, is_announced

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

FILE_BLOCK = 256 * 1024
"""Bytes of a file response that are read at a time. Other responses, which are small, are sent as one block."""
LINGER_SECONDS = 2.0
"""How long the rest of a refused body is read and discarded, so that the client can read the response."""


class Answer(NamedTuple):
    """A response: the whole body, or its first block and the file from which the rest is read."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: FileWrapper | None = None


class Bridge:
    """An ASGI application that runs a WSGI application in threads.

    At most `threads` requests are processed at a time; others wait in the executor's queue. `bodies` reads their bodies.
    """

    def __init__(self, wsgi: Callable, *, threads: int, bodies: BodyReader) -> None:
        self.wsgi, self.threads, self.bodies = wsgi, threads, bodies
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="wsgi")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one HTTP request or the worker's lifespan."""
        if scope["type"] == "http":
            await self._handle_http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._handle_lifespan(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _handle_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            scope = request_target.resolve(scope)
            if not is_announced(scope):
                await self._answer(scope, None, send)
            elif self.bodies.takes(scope):
                await self._answer(scope, await self.bodies.read(scope, receive), send)
            else:
                await self._answer_without_body(scope, receive, send)
        except Refused as refusal:
            answer = _problem(scope, refusal.status, refusal.detail, refusal.kind, refusal.headers)
            await _send(answer, scope, send)
            await _discard(receive)

    async def _answer_without_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose body nobody takes. The body is discarded as it arrives, and meanwhile held nowhere."""
        body = asyncio.create_task(_discard_all(receive))
        try:
            await self._answer(scope, None, send)
            with suppress(TimeoutError):
                await asyncio.wait_for(body, LINGER_SECONDS)
        finally:
            body.cancel()

    async def _answer(self, scope: Scope, body: Body | None, send: Send) -> None:
        call = self.pool.submit(_run_wsgi, self.wsgi, environ(scope, body))
        if body:
            # The thread needs it to the end, even if the client has left.
            call.add_done_callback(lambda _call: body.close())
        try:
            answer = await asyncio.wrap_future(call)
        except asyncio.CancelledError:
            # The client disconnected. A call that still waits for a thread is cancelled; one that has begun is completed,
            # because it may be writing, and its response is discarded.
            call.add_done_callback(_close_unsent_file)
            raise
        except Exception:
            logger.exception("%s %s failed outside of Django", scope["method"], logs.path(scope))
            answer = _problem(scope, 500, _("Something went wrong on our side. It has been logged."))
        try:
            await _send(answer, scope, send)
            while answer.rest and (block := await self._in_thread(answer.rest.filelike.read, FILE_BLOCK)):
                await send({"type": "http.response.body", "body": block, "more_body": True})
            if answer.rest:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if answer.rest:
                self.pool.submit(answer.rest.close)

    def _in_thread(self, function: Callable, *args: Any) -> Awaitable[Any]:
        # Unlike asyncio.to_thread, this does not copy the context: Django keeps database connections and the language
        # there, and both have to belong to the thread so that they persist from one request to the next.
        return asyncio.get_running_loop().run_in_executor(self.pool, function, *args)

    async def _handle_lifespan(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        # Every thread closes its own connections. The barrier keeps one thread from running two of these calls.
        barrier = threading.Barrier(self.threads)
        await asyncio.gather(*(self._in_thread(_close_connections, barrier) for _thread in range(self.threads)))
        await send({"type": "lifespan.shutdown.complete"})


def environ(scope: Scope, body: Body | None) -> dict[str, Any]:
    """Return the WSGI environ (PEP 3333) of an ASGI request and its whole body; None is an empty one."""
    root = scope.get("root_path", "").encode().decode("latin-1")
    sent = scope.get("raw_path") or quote(scope["path"]).encode()
    path = unquote_to_bytes(sent).decode("latin-1")
    client, server = scope.get("client") or ("", 0), scope.get("server") or ("localhost", 80)
    result: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root,
        "PATH_INFO": path.removeprefix(root),
        "broadsheet.sent_path": sent.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body.file if body else BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    for name, value in scope["headers"]:
        if b"_" in name:  # A client's `X_Forwarded_Proto` would overwrite the proxy's `X-Forwarded-Proto`.
            continue
        key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        separator = "; " if key == "HTTP_COOKIE" else ","
        text = value.decode("latin-1")
        result[key] = f"{result[key]}{separator}{text}" if key in result else text
    result.pop("HTTP_TRANSFER_ENCODING", None)  # The body is complete, so CONTENT_LENGTH below is exact.
    result.pop("HTTP_CONTENT_LENGTH", None)
    size = body.size if body else 0
    return result | {"CONTENT_TYPE": result.pop("HTTP_CONTENT_TYPE", ""), "CONTENT_LENGTH": str(size)}


def _run_wsgi(wsgi: Callable, environ: dict[str, Any]) -> Answer:
    """Run a WSGI application in this thread and return its joined response; of a file, only the first block."""
    start: list[Any] = []
    parts: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable:
        start[:] = status, headers
        return parts.append

    result, rest = wsgi(environ, start_response), None
    try:
        if environ["REQUEST_METHOD"] == "HEAD" and isinstance(result, FileWrapper):
            pass
        elif isinstance(result, FileWrapper):
            parts.append(result.filelike.read(FILE_BLOCK))
            rest = result if parts[-1] else None
        else:
            parts.extend(result)
    finally:
        if rest is None and hasattr(result, "close"):
            result.close()
    status, headers = start
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return Answer(int(status.split(" ", 1)[0]), encoded, b"".join(parts), rest)


def _close_unsent_file(call: Future[Answer]) -> None:
    if not call.cancelled() and not call.exception() and (rest := call.result().rest):
        rest.close()


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    """Send a response; for HEAD and for statuses without a body (RFC 9110, 6.4.1), only its head."""
    bodiless = answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    headers = answer.headers
    if bodiless:
        # Django sets it to 0, but it would have to be the length of the body of a 200 (RFC 9110, 8.6).
        headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
    if not (bodiless or answer.rest or any(name.lower() == b"content-length" for name, _value in headers)):
        headers = [*headers, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if bodiless or scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body, "more_body": answer.rest is not None})


async def _discard(receive: Receive) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(_discard_all(receive), LINGER_SECONDS)


async def _discard_all(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


def _problem(scope: Scope, status: int, detail: str, kind: str = "", headers: dict[str, str] | None = None) -> Answer:
    is_secure = scope.get("scheme") == "https"
    if settings.SECURE_PROXY_SSL_HEADER:
        is_secure = dict(scope["headers"]).get(b"x-forwarded-proto") == b"https"
    response = refusals.problem(status, detail, kind, headers, request_id=logs.request_id.get(), is_secure=is_secure)
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    return Answer(status, encoded, response.content)


def _close_connections(barrier: threading.Barrier) -> None:
    with suppress(threading.BrokenBarrierError):  # A thread is stuck in a query; the others close their connections.
        barrier.wait(timeout=2)
    connections.close_all()
