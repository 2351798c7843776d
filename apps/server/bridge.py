"""The bridge between gunicorn's event loop and Django's WSGI handler, which runs in a fixed pool of threads.

A request crosses it in three steps. The body is read on the loop, whole or not at all, so that a slow or false
upload costs memory and no thread. Then one thread runs Django and joins its answer. Then the loop sends it, so that
a slow reader costs no thread either. A thread is held for as long as Django works, and never for a network.
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
"""Bytes of a file that are in memory at a time. Everything else is joined: pages and JSON are small."""
LARGE_AT_ONCE = 4
"""Bodies over the limit of ordinary ones that are in memory at a time; each can be as large as an image's may be."""
RETRY_AFTER = "10"
"""Seconds after which to ask again where there are as many already."""
LINGER_SECONDS = 2.0
"""How long the rest of a refused body is thrown away, so that the client reads why before the connection closes."""


class Refused(Exception):
    """A request that Django never sees: the status and the sentence it is answered with."""

    def __init__(self, status: int, detail: str, kind: str = "", **headers: str) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind, self.headers = status, detail, kind, headers


class Answer(NamedTuple):
    """A response: all of its body, or the first block and the file that the rest is read from."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: FileWrapper | None = None


class Bridge:
    """An ASGI application that serves a WSGI one.

    `threads` is how many requests it works on at a time; more wait their turn on the loop. Bodies over `body_limit`
    bytes are refused with 413; at the paths of `uploads`, those over `upload_limit`.
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
        self.upload_limit, self.uploads, self.large = upload_limit, uploads, 0
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="wsgi")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the worker's lifespan."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as room:
            try:
                body = await self._read(scope, receive, room)
            except Refused as refusal:
                headers = {"Connection": "close", **refusal.headers}
                await _send(_problem(refusal.status, refusal.detail, refusal.kind, headers), scope, send)
                await _discard(receive)
                return
            await self._answer(scope, body, send)

    async def _answer(self, scope: Scope, body: bytes, send: Send) -> None:
        call = self.pool.submit(_call, self.wsgi, environ(scope, body))
        try:
            answer = await asyncio.wrap_future(call)
        except asyncio.CancelledError:
            # The client left. A call that still waits for a thread is never made; one that has begun runs to its end,
            # because it may be writing, and nobody reads what it answers.
            call.add_done_callback(_close_unread)
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

    async def _read(self, scope: Scope, receive: Receive, room: ExitStack) -> bytes:
        """Return the whole body; raises Refused where it is too large, or where not all of it came.

        A large one takes its place among those that may be in memory, until `room` is closed.
        """
        body, more, is_large = bytearray(), True, False
        size = int(dict(scope["headers"]).get(b"content-length", 0))
        limit = self._limit(scope)
        while True:
            if max(size, len(body)) > limit:
                raise Refused(413, _("A request's body can have %(limit)d bytes at most.") % {"limit": limit})
            if max(size, len(body)) > self.body_limit and not is_large:
                is_large = True
                room.enter_context(self._room())
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
    def _room(self) -> Iterator[None]:
        # Only the loop's thread counts.
        if self.large >= LARGE_AT_ONCE:
            detail = _("Too much is being uploaded at the moment. Try again.")
            raise Refused(503, detail, "busy", **{"Retry-After": RETRY_AFTER})
        self.large += 1
        try:
            yield
        finally:
            self.large -= 1

    def _in_thread(self, function: Callable, *args: Any) -> Awaitable[Any]:
        # Without a copy of the context (as asyncio.to_thread makes): Django keeps its database connections and its
        # language there, and they belong to the thread, so that they last from one request to the next.
        return asyncio.get_running_loop().run_in_executor(self.pool, function, *args)

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        # Every thread closes its own connections: each waits here until all have come, so none is asked twice.
        everyone = threading.Barrier(self.threads)
        await asyncio.gather(*(self._in_thread(_close_connections, everyone) for _thread in range(self.threads)))
        await send({"type": "lifespan.shutdown.complete"})


def environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the WSGI environment (PEP 3333) of an ASGI request whose body has come whole."""
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
        if b"_" in name:  # `X_Forwarded_Proto` would pass for the proxy's own `X-Forwarded-Proto`.
            continue
        key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        separator = "; " if key == "HTTP_COOKIE" else ","
        text = value.decode("latin-1")
        result[key] = f"{result[key]}{separator}{text}" if key in result else text
    result.pop("HTTP_TRANSFER_ENCODING", None)  # The body is whole now, so its length is the one it has.
    result.pop("HTTP_CONTENT_LENGTH", None)
    return result | {"CONTENT_TYPE": result.pop("HTTP_CONTENT_TYPE", ""), "CONTENT_LENGTH": str(len(body))}


def _call(wsgi: Callable, environ: dict[str, Any]) -> Answer:
    """Run a WSGI application in this thread and join what it answers, up to the first block of a file."""
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


def _close_unread(call: Future[Answer]) -> None:
    if not call.cancelled() and not call.exception() and (rest := call.result().rest):
        rest.close()


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer; to HEAD, and with a status that has no body (RFC 9110, 6.4.1), only its head."""
    bodiless = answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    headers = answer.headers
    if bodiless:
        # Django says 0, where the length is that of the body which is not sent (RFC 9110, 8.6).
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


def _close_connections(everyone: threading.Barrier) -> None:
    with suppress(threading.BrokenBarrierError):  # One of us is stuck in a query: the others close theirs.
        everyone.wait(timeout=2)
    connections.close_all()
