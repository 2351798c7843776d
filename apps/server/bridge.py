"""The bridge between gunicorn's event loop and Django's WSGI handler, which runs in a fixed pool of threads.

A request is handled in three steps. The event loop reads the whole body, so that a slow or incomplete upload takes
memory but no thread. Then one thread runs Django and joins the response. Then the loop sends the response, so that a
slow client takes no thread either. A thread is occupied while Django works and never waits for the network.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from io import BytesIO
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes
from wsgiref.util import FileWrapper

from django.db import connections
from django.http import HttpResponse
from django.utils.translation import gettext as _

from apps.core import problems

from . import logs

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

FILE_BLOCK = 256 * 1024
"""Bytes of a file response that are read at a time. Other responses, which are small, are sent as one block."""
MAX_LARGE_BODIES = 4
"""How many bodies over `body_limit` may be in memory at a time; each may have up to `upload_limit` bytes."""
RETRY_AFTER = "10"
"""Seconds in the Retry-After header of an upload that exceeds MAX_LARGE_BODIES."""
LINGER_SECONDS = 2.0
"""How long the rest of a refused body is read and discarded, so that the client can read the response."""


class Refused(Exception):
    """The request is refused before it reaches Django: status, detail and headers of the problem response."""

    def __init__(self, status: int, detail: str, kind: str = "", **headers: str) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind, self.headers = status, detail, kind, headers


class Answer(NamedTuple):
    """A response: the whole body, or its first block and the file from which the rest is read."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: FileWrapper | None = None


class Bridge:
    """An ASGI application that runs a WSGI application in threads.

    At most `threads` requests are processed at a time; others wait in the executor's queue. Bodies over `body_limit`
    bytes are refused with 413; POSTs to the paths of `uploads` may have up to `upload_limit` bytes.
    """

    def __init__(
        self,
        wsgi: Callable,
        *,
        threads: int,
        body_limit: int,
        upload_limit: int = 0,
        uploads: Collection[str] = (),
    ) -> None:
        self.wsgi, self.threads, self.body_limit = wsgi, threads, body_limit
        self.upload_limit, self.uploads, self.large_bodies = upload_limit, uploads, 0
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
        with ExitStack() as stack:
            try:
                body = await self._read_body(scope, receive, stack)
            except Refused as refusal:
                headers = {"Connection": "close", **refusal.headers}
                await _send(_problem(refusal.status, refusal.detail, refusal.kind, headers), scope, send)
                await _discard(receive)
                return
            await self._answer(scope, body, send)

    async def _answer(self, scope: Scope, body: bytes, send: Send) -> None:
        call = self.pool.submit(_run_wsgi, self.wsgi, environ(scope, body))
        try:
            answer = await asyncio.wrap_future(call)
        except asyncio.CancelledError:
            # The client disconnected. A call that still waits for a thread is cancelled; one that has begun is completed,
            # because it may be writing, and its response is discarded.
            call.add_done_callback(_close_unsent_file)
            raise
        except Exception:
            logger.exception("%s %s failed outside of Django", scope["method"], logs.path(scope))
            answer = _problem(500, _("Something went wrong on our side. It has been logged."))
        try:
            await _send(answer, scope, send)
            while answer.rest and (block := await self._in_thread(answer.rest.filelike.read, FILE_BLOCK)):
                await send({"type": "http.response.body", "body": block, "more_body": True})
            if answer.rest:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if answer.rest:
                self.pool.submit(answer.rest.close)

    async def _read_body(self, scope: Scope, receive: Receive, stack: ExitStack) -> bytes:
        """Return the whole body; raises Refused if it is too large or incomplete.

        A body over `body_limit` is counted as a large one until `stack` is closed.
        """
        body, more, is_large = bytearray(), True, False
        size = int(dict(scope["headers"]).get(b"content-length", 0))
        limit = self._limit(scope)
        while True:
            if max(size, len(body)) > limit:
                raise Refused(413, _("A request's body can have %(limit)d bytes at most.") % {"limit": limit})
            if max(size, len(body)) > self.body_limit and not is_large:
                is_large = True
                stack.enter_context(self._large_body())
            if not more:
                return bytes(body)
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refused(408, _("The request's body stopped before its end, so nothing was done."))
            body += message.get("body", b"")
            more = message.get("more_body", False)

    def _limit(self, scope: Scope) -> int:
        is_upload = scope["method"] == "POST" and scope["path"] in self.uploads
        return self.upload_limit if is_upload else self.body_limit

    @contextmanager
    def _large_body(self) -> Iterator[None]:
        # No lock: this runs only in the event loop's thread.
        if self.large_bodies >= MAX_LARGE_BODIES:
            detail = _("Too much is being uploaded at the moment. Try again.")
            raise Refused(503, detail, "busy", **{"Retry-After": RETRY_AFTER})
        self.large_bodies += 1
        try:
            yield
        finally:
            self.large_bodies -= 1

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


def environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the WSGI environ (PEP 3333) of an ASGI request and its whole body."""
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
        "wsgi.input": BytesIO(body),
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
    return result | {"CONTENT_TYPE": result.pop("HTTP_CONTENT_TYPE", ""), "CONTENT_LENGTH": str(len(body))}


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
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body", False):
                pass


def _problem(status: int, detail: str, kind: str = "", headers: dict[str, str] | None = None) -> Answer:
    request = SimpleNamespace(id=logs.request_id.get())
    response: HttpResponse = problems.problem(request, status, detail, kind=kind, headers=headers)
    response["X-Request-ID"] = request.id
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    return Answer(status, encoded, response.content)


def _close_connections(barrier: threading.Barrier) -> None:
    with suppress(threading.BrokenBarrierError):  # A thread is stuck in a query; the others close their connections.
        barrier.wait(timeout=2)
    connections.close_all()
