"""Bodies over the limit of their address get a 413 as problem+json; what takes no body is answered without it."""

from __future__ import annotations

import json
import socket
from hashlib import sha256

import pytest

from apps.server.request_bodies import MAX_LARGE_BODIES
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


HALF = MAX_LARGE_BODIES // 2
"""How many uploads one address may have at a time."""


@pytest.mark.parametrize("chunked", [False, True], ids=["by its length", "in chunks"])
def test_one_address_may_send_half_of_the_large_bodies_that_there_may_be(bench, chunked):
    head = b"POST /environ/upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    part = b"x" * (BODY_LIMIT + 1)
    if chunked:
        head += b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(part), part)
        rest = b"0\r\n\r\n"
    else:
        head += b"Content-Length: %d\r\n\r\n%s" % (len(part) + 1, part)
        rest = b"x"
    waiting = [bench.client.send(head) for _ in range(HALF)]
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


def test_a_large_body_arrives_unchanged(bench):
    body = bytes(range(250)) * 1000
    environ = json.loads(bench.client.request("POST", "/environ/upload", body)[1])
    assert (environ["body"], environ["CONTENT_LENGTH"]) == (sha256(body).hexdigest(), str(len(body)))


BODIES = {
    "with a length": (b"Content-Length: 3000000", b"x" * 3_000_000),
    "in chunks": (b"Transfer-Encoding: chunked", b"10000\r\n%s\r\n" % (b"x" * 0x10000) * 45 + b"0\r\n\r\n"),
}


@pytest.mark.parametrize(("header", "body"), BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("method", [b"POST", b"GET"])
def test_a_body_that_nobody_takes_is_answered_before_it_is_sent(bench, method, header, body):
    connection = bench.client.send(b"%s /nothing/environ HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n" % (method, header))
    head = connection.recv(65536)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in head.lower()
    # A client that sends it nevertheless finds the connection closed after it.
    connection.sendall(body)
    assert read_all(connection) == b""


def test_a_short_body_that_nobody_takes_does_not_end_the_connection(bench):
    request = b"DELETE /environ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
    last = b"GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    first, second, third = read_all(bench.client.send(request * 2 + last)).split(b"HTTP/1.1 200 OK\r\n")[1:]
    for answer in (first, second):
        assert b"connection: close" not in answer.lower()
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["CONTENT_LENGTH"] == "0"
    assert third.endswith(b"\r\n\r\nok")


OVER = {"/admin/login/": 413, "/api/v1/posts/": 413, "/": 405, "/nothing-is-here": 404, "/api/v1/": 405, "/livez": 200}


@pytest.fixture(scope="module")
def answered(serve) -> dict[str, socket.socket]:
    """Connections with too large a body to a blog with a low limit. Opened at once, because closing takes seconds."""
    client = Client(serve(REQUEST_BODY_LIMIT="2000").url)
    head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2001\r\n\r\n"
    return {path: client.send((head % path).encode()) for path in OVER}


@pytest.mark.parametrize(("path", "status"), OVER.items())
def test_a_body_is_too_large_only_where_one_is_taken(answered, path, status):
    answer = read_all(answered[path])
    if status == 413:
        assert_too_large(answer, limit=2000)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"connection: close" in answer.lower()
