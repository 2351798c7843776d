"""Bodies over the limit get a 413 as problem+json on every path, by Content-Length or while reading."""

from __future__ import annotations

import json
import socket

import pytest

from apps.server.bridge import MAX_LARGE_BODIES
from tests.server.applications import BODY_LIMIT, UPLOAD_LIMIT
from tests.server.clients import Client, read_all, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def assert_too_large(answer: bytes, limit: int = BODY_LIMIT) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"content-type: application/problem+json" in head.lower()
    assert b"connection: close" in head.lower()
    document = json.loads(body)
    assert document["status"] == 413
    assert str(limit) in document["detail"]
    assert f"X-Request-ID: {document['request_id']}".encode() in head


def test_a_body_of_the_limit_is_accepted_and_one_byte_more_is_refused(bench):
    assert bench.client.request("POST", "/environ", b"x" * BODY_LIMIT)[0].status == 200
    assert bench.client.request("POST", "/environ", b"x" * (BODY_LIMIT + 1))[0].status == 413
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


def test_a_client_that_keeps_sending_can_still_read_the_response(bench):
    connection = bench.client.send(b"POST /environ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n")
    for _ in range(30):
        connection.sendall(b"x" * 100_000)
    connection.shutdown(socket.SHUT_WR)
    assert_too_large(read_all(connection))


def test_uploads_have_a_higher_limit(bench):
    assert bench.client.request("POST", "/environ/upload", b"x" * UPLOAD_LIMIT)[0].status == 200
    response, body = bench.client.request("POST", "/environ/upload", b"x" * (UPLOAD_LIMIT + 1))
    assert (response.status, str(UPLOAD_LIMIT) in json.loads(body)["detail"]) == (413, True)
    assert bench.client.request("PUT", "/environ/upload", b"x" * (BODY_LIMIT + 1))[0].status == 413
    assert bench.client.request("POST", "/environ/upload/", b"x" * (BODY_LIMIT + 1))[0].status == 413


@pytest.mark.parametrize("chunked", [False, True], ids=["by its length", "in chunks"])
def test_the_number_of_large_bodies_in_memory_is_limited(bench, chunked):
    head = b"POST /environ/upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    part = b"x" * (BODY_LIMIT + 1)
    if chunked:
        head += b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(part), part)
        rest = b"0\r\n\r\n"
    else:
        head += b"Content-Length: %d\r\n\r\n%s" % (len(part) + 1, part)
        rest = b"x"
    waiting = [bench.client.send(head) for _ in range(MAX_LARGE_BODIES)]
    another = b"x" * (BODY_LIMIT + 1)
    wait_for(lambda: bench.client.request("POST", "/environ/upload", another)[0].status == 503, "all slots to be taken")
    response, body = bench.client.request("POST", "/environ/upload", another)
    assert (response.status, response.headers["Content-Type"]) == (503, "application/problem+json")
    assert int(response.headers["Retry-After"]) > 0
    # Requests with smaller bodies are answered meanwhile.
    assert bench.client.request("POST", "/environ/upload", b"x" * BODY_LIMIT)[0].status == 200
    for connection in waiting:
        connection.sendall(rest)
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")
    assert bench.client.request("POST", "/environ/upload", another)[0].status == 200


def test_a_client_that_disconnects_during_a_large_body_frees_its_slot(bench):
    head = b"POST /environ/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n" + b"x" * 1500
    for _ in range(MAX_LARGE_BODIES + 1):
        bench.client.send(head).close()
    another = b"x" * (BODY_LIMIT + 1)
    wait_for(lambda: bench.client.request("POST", "/environ/upload", another)[0].status == 200, "a free slot")


PATHS = ["/", "/admin/login/", "/api/v1/posts/", "/nothing-is-here", "/livez"]


@pytest.fixture(scope="module")
def refused(serve) -> dict[str, socket.socket]:
    """Connections with too large a body to a blog with a low limit. Opened at once, because closing takes seconds."""
    client = Client(serve(REQUEST_BODY_LIMIT="2000").url)
    head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2001\r\n\r\n"
    return {path: client.send((head % path).encode()) for path in PATHS}


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_the_blog_answers_413(refused, path):
    assert_too_large(read_all(refused[path]), limit=2000)
