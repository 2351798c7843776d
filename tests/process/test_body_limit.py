"""Bodies over the limit: 413 as problem+json for every path, told by the length or while reading, and then go on."""

from __future__ import annotations

import json
import socket

import pytest

from tests.process.applications import BODY_LIMIT
from tests.process.clients import Client, read_all

pytestmark = pytest.mark.server


def assert_too_large(answer: bytes, limit: int = BODY_LIMIT) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"content-type: application/problem+json" in head.lower()
    assert b"connection: close" in head.lower()
    document = json.loads(body)
    assert document["status"] == 413
    assert str(limit) in document["detail"]
    assert f"X-Request-ID: {document['request_id']}".encode() in head


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(bench):
    assert bench.client.ask("POST", "/environ", b"x" * BODY_LIMIT)[0].status == 200
    assert bench.client.ask("POST", "/environ", b"x" * (BODY_LIMIT + 1))[0].status == 413
    assert bench.client.get("/ok") == b"ok"


def test_a_length_over_the_limit_is_refused_before_the_body_is_sent(bench):
    connection = bench.client.send(
        b"POST /environ HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n"
    )
    assert_too_large(read_all(connection))


def test_a_chunked_body_is_refused_once_it_passes_the_limit(bench):
    chunk = b"1f4\r\n" + b"x" * 500 + b"\r\n"
    connection = bench.client.send(
        b"POST /chunked HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 3
    )
    assert_too_large(read_all(connection))
    assert "/chunked" not in bench.client.calls()


def test_a_client_that_goes_on_sending_can_still_read_why(bench):
    connection = bench.client.send(b"POST /environ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n")
    for _ in range(30):
        connection.sendall(b"x" * 100_000)
    connection.shutdown(socket.SHUT_WR)
    assert_too_large(read_all(connection))


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/api/v1/posts/", "/nothing-is-here", "/livez"])
def test_every_path_of_the_blog_answers_413(blog, path):
    answer = read_all(
        Client(blog.url).send(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2001\r\n\r\n" % path.encode())
    )
    assert_too_large(answer, limit=2000)


@pytest.fixture(scope="module")
def blog(serve):
    """The blog with a low limit."""
    return serve(REQUEST_BODY_LIMIT="2000")
