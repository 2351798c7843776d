"""The headers of a page are checked when it is rendered, together with what gunicorn needs to know of them."""

from __future__ import annotations

import pytest
from gunicorn.asgi import protocol
from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName

from apps.server.checked_headers import check, lines
from apps.server.page_cache.pages import Page

HEADERS = [(b"Content-Type", b"text/html; charset=utf-8"), (b"ETag", b'"1"'), (b"Vary", b"Accept-Language")]


def page(*extra: tuple[bytes, bytes], status: int = 200) -> Page:
    return Page(status, [*HEADERS, *extra], b"words " * 200, None)


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ((b"X-Said", b"one\r\nX-Other: two"), InvalidResponseHeader),
        ((b"X-Said", b"one\x00"), InvalidResponseHeader),
        ((b"X Said", b"one"), InvalidResponseHeaderName),
        ((b"ETag", b'"\x01"'), InvalidResponseHeader),
    ],
)
def test_a_page_with_invalid_headers_raises_an_error(header, error):
    with pytest.raises(error):
        page(header)


@pytest.mark.parametrize("request_headers", [{}, {b"if-none-match": b'"1"'}, {b"if-none-match": b'"2"'}])
@pytest.mark.parametrize("encoding", [b"", b"br"])
@pytest.mark.parametrize(
    "cached", [page(), page((b"Location", b"/new/"), status=301), page((b"Transfer-Encoding", b"x"))]
)
def test_checked_headers_equal_what_gunicorn_computes(cached, encoding, request_headers):
    start, body = cached.encoded(encoding).messages(
        "GET", request_headers, b"an-id", extra=((b"x-accel-expires", b"@1"),)
    )
    headers = start["headers"]
    assert protocol._scan_response_headers(headers) == (headers.length is not None, headers.length, False)
    assert headers.length == (None if start["status"] == 304 else b"%d" % len(body["body"]))
    assert lines((name, value) for name, value in headers if name != b"content-length") == headers.others
    assert b"date" not in [name.lower() for name, _value in headers]


@pytest.mark.parametrize("first", [b"", b"br", b"gzip"])
@pytest.mark.parametrize("second", [b"", b"br", b"gzip"])
def test_a_page_names_its_content_encoding(first, second):
    start, _body = page().encoded(first).encoded(second).messages("GET", {}, b"an-id")
    assert [value for name, value in start["headers"] if name == b"content-encoding"] == ([second] if second else [])


@pytest.mark.parametrize("value", [b"plain", b"tab\there", b"", b"caf\xe9", b"one\r\ntwo", b"\x00", b"\x7f"])
@pytest.mark.parametrize("name", [b"X-Said", b"x_said", b"X Said", b"", b"X:", b"\xe9"])
def test_headers_are_checked_by_gunicorns_rules(name, value):
    def error(validate) -> type | None:
        try:
            validate([(name, value)])
        except (InvalidResponseHeader, InvalidResponseHeaderName) as refused:
            return type(refused)
        return None

    assert error(check) == error(protocol._validate_response_headers)
