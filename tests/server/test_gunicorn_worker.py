"""Our subclass of gunicorn's worker differs from its parent only where it is meant to.

The overridden names that are not documented are tested here, so that an upgrade of gunicorn that changes them fails.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import runpy
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from types import SimpleNamespace

import pytest
from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.config import Config
from gunicorn.util import load_class
from gunicorn.workers.gasgi import ASGIWorker

from apps.server import gunicorn_worker
from apps.server.connections import Connections, Limits
from apps.server.gunicorn_worker import Protocol, Worker, sending_framing
from apps.server.page_cache.pages import Page

ETAG = b'"1"'
HEADERS = [(b"Content-Type", b"text/html"), (b"ETag", ETAG), (b"Cache-Control", b"public, s-maxage=60")]
PAGE = Page(200, HEADERS, b"words " * 200, None)


LIMITS = Limits(connections=8, client_of=str, head_seconds=10, seconds=10, rate=1000)


class Transport(asyncio.Transport):
    """A transport that records the written bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def set_write_buffer_limits(self, high=None, low=None) -> None:
        """Do nothing: nothing is buffered."""

    def write(self, data: bytes) -> None:
        """Record the bytes."""
        self.written += data

    def can_write_eof(self) -> bool:
        """Return False."""
        return False

    def close(self) -> None:
        """Do nothing."""


def answer(protocol: type[ASGIProtocol], application, request: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Return the status line, the sorted headers (without Date) and the body of a protocol's response to a request."""

    async def send() -> bytes:
        log = SimpleNamespace(access_log_enabled=False, debug=print, warning=print, exception=print, error=print)
        config = Config()
        config.set("http_parser", "python")
        worker = SimpleNamespace(
            cfg=config,
            log=log,
            asgi=application,
            loop=asyncio.get_running_loop(),
            nr_conns=0,
            nr=0,
            state={},
            alive=True,
            max_requests=1000,
            connections=Connections(LIMITS, asyncio.get_running_loop(), metrics=None),
        )
        connection, transport = protocol(worker), Transport()
        connection.connection_made(transport)
        connection.data_received(request)
        for _turn in range(20):
            await asyncio.sleep(0)
        connection.connection_lost(None)
        return transport.written

    # In a separate thread, because Playwright may have an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        sent = thread.submit(asyncio.run, send()).result()
    head, _, body = sent.partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    return line, sorted(each for each in headers if not each.startswith(b"Date: ")), body


def application(status: int = 200, headers=(), body: bytes = b"ok", page: Page | None = None):
    """Return an ASGI application that sends this response, or a cached page."""

    async def sends(scope, receive, send) -> None:
        start = {"type": "http.response.start", "status": status, "headers": headers}
        messages = start, {"type": "http.response.body", "body": body, "more_body": False}
        for message in page.messages(scope["method"], dict(scope["headers"]), b"an-id") if page else messages:
            await send(message)

    return sends


def get(method: bytes = b"GET", *lines: bytes) -> bytes:
    return b"\r\n".join([method + b" / HTTP/1.1", b"Host: localhost", *lines, b"", b""])


REQUESTS = [
    get(),
    get(b"HEAD"),
    get(b"GET", b"If-None-Match: " + ETAG),
    get(b"HEAD", b"If-None-Match: " + ETAG),
    get(b"GET", b"Connection: close"),
    get().replace(b"1.1", b"1.0", 1),
]


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize(
    "page", [PAGE, PAGE.encoded(b"br"), *(Page(status, HEADERS, b"", None) for status in (204, 301, 304))]
)
def test_a_cached_page_is_sent_as_gunicorn_would_send_it(page, request_):
    ours = answer(Protocol, sending_framing(application(page=page)), request_)
    assert ours == answer(ASGIProtocol, application(page=page), request_)
    assert ours[0].startswith(b"HTTP/1.1 ") or ours[0].startswith(b"HTTP/1.0 ")


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("status", [200, 204, 304, 404, 500])
@pytest.mark.parametrize("headers", [[], [(b"content-length", b"2")], [(b"transfer-encoding", b"chunked")]])
def test_every_uncached_response_equals_gunicorns(headers, status, request_):
    other = application(status, headers)
    assert answer(Protocol, sending_framing(other), request_) == answer(ASGIProtocol, other, request_)


def test_the_headers_of_uncached_responses_are_checked():
    other = application(200, [(b"x-said", b"one\r\nx-other: two")])
    line, headers, _body = answer(Protocol, sending_framing(other), get())
    assert line.startswith(b"HTTP/1.1 500 ")
    assert not [each for each in headers if each.startswith(b"x-")]


@pytest.mark.parametrize("status", [200, 404, 412, 421, 428])
def test_every_status_has_its_reason_phrase(status):
    line, _headers, _body = answer(Protocol, application(status, [(b"content-length", b"2")]), get())
    assert line == b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())
    page = Page(status, [], b"", None)
    assert answer(Protocol, sending_framing(application(page=page)), get())[0] == line


def test_an_invalid_http_request_gets_a_problem():
    line, headers, body = answer(Protocol, application(), b"G@T / HTTP/1.1\r\n\r\n")
    assert line == b"HTTP/1.1 400 Bad Request"
    assert b"Content-Type: application/problem+json" in headers
    assert json.loads(body)["status"] == 400


def test_gunicorn_still_needs_the_overrides():
    line, _headers, _body = answer(ASGIProtocol, application(421), get())
    assert line == b"HTTP/1.1 421 Unknown"
    _line, headers, _body = answer(ASGIProtocol, application(), b"G@T / HTTP/1.1\r\n\r\n")
    assert b"Content-Type: text/plain" in headers


@pytest.mark.parametrize("ours", [Protocol, Worker])
def test_overridden_methods_exist_with_equal_parameters_and_are_documented(ours):
    class_names = {"__module__", "__doc__", "__qualname__", "__firstlineno__", "__static_attributes__"}
    for name in {name for name in vars(ours) if hasattr(ours.__mro__[1], name)} - class_names:
        parent = inspect.signature(getattr(ours.__mro__[1], name))
        assert list(inspect.signature(vars(ours)[name]).parameters) == list(parent.parameters)
        assert name in gunicorn_worker.__doc__ or not name.startswith("_") or name == "__init__"


def test_gunicorn_creates_its_protocol_with_create_server():
    assert "self.loop.create_server" in inspect.getsource(ASGIWorker._serve)


def test_gunicorn_conf_uses_this_worker_class():
    assert load_class(runpy.run_path("blog_project/gunicorn.conf.py")["worker_class"]) is Worker
