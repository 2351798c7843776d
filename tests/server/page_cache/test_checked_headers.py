"""Headers of a page are looked through when it is made, and what gunicorn would find in them later is said along."""

from __future__ import annotations

import subprocess
import sys

import pytest
from gunicorn.asgi import protocol
from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName

from apps.server import checked_headers
from apps.server.page_cache.pages import Page
from tests import servers

HEADERS = [(b"Content-Type", b"text/html; charset=utf-8"), (b"ETag", b'"1"'), (b"Vary", b"Accept-Language")]


def page(*more: tuple[bytes, bytes], status: int = 200) -> Page:
    return Page(status, [*HEADERS, *more], b"words " * 200, None)


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ((b"X-Said", b"one\r\nX-Other: two"), InvalidResponseHeader),
        ((b"X-Said", b"one\x00"), InvalidResponseHeader),
        ((b"X Said", b"one"), InvalidResponseHeaderName),
        ((b"ETag", b'"\x01"'), InvalidResponseHeader),
    ],
)
def test_no_page_is_made_of_headers_that_must_not_be_sent(header, error):
    with pytest.raises(error):
        page(header)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("given", [{}, {b"if-none-match": b'"1"'}, {b"if-none-match": b'"2"'}])
@pytest.mark.parametrize("encoding", [b"", b"br"])
@pytest.mark.parametrize(
    "kept", [page(), page((b"Location", b"/new/"), status=301), page((b"Transfer-Encoding", b"x"))]
)
def test_what_is_said_of_them_is_what_gunicorn_finds(kept, encoding, given, method):
    start, _body = kept.encoded(encoding).messages(method, given, b"an-id", more=((b"x-accel-expires", b"@1"),))
    assert start["headers"].framing == protocol._scan_response_headers(list(start["headers"]))


def test_gunicorn_takes_the_word_of_these_and_looks_through_all_others(monkeypatch):
    monkeypatch.setattr(protocol, "_scan_response_headers", checked_headers._scan)
    checked_headers.trust()
    headers = checked_headers.Checked([(b"a", b"one\r\n")])
    headers.framing = (False, None, False)
    assert protocol._scan_response_headers(headers) == (False, None, False)
    with pytest.raises(InvalidResponseHeader):
        protocol._scan_response_headers(list(headers))


def test_every_worker_does_so():
    told = """
import runpy
runpy.run_path("blog_project/gunicorn.conf.py")["post_worker_init"](None)
from gunicorn.asgi import protocol
print(protocol._scan_response_headers.__module__)
"""
    env = servers.environment("sqlite://:memory:")
    run = subprocess.run(
        [sys.executable, "-c", told], env=env, cwd=servers.ROOT, check=True, capture_output=True, text=True
    )
    assert run.stdout.strip() == checked_headers.__name__
