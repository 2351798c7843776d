"""Errors are problem documents in every role and for every invalid request; only the pages' own errors are HTML."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from http.client import parse_headers
from io import BytesIO

import pytest

from apps.core.problems import KINDS
from blog_project.roles import Role
from tests.security_headers import missing
from tests.server.clients import read_all

pytestmark = [pytest.mark.server, pytest.mark.any_database]

POSTS = b"/api/v1/posts/"
END = b"Connection: close\r\n\r\n"


def request(
    method: bytes = b"GET", target: bytes = POSTS, *lines: bytes, body: bytes = b"", host: bytes = b"localhost"
):
    head = b"%s %s HTTP/1.1\r\nHost: %s\r\n" % (method, target, host)
    return head + b"".join(line + b"\r\n" for line in lines) + END + body


INVALID_HTTP = {
    "no host": (b"GET / HTTP/1.1\r\n" + END, 400),
    "a target that is no address": (request(target=b"gopher://localhost/"), 400),
    "two hosts": (request(b"GET", POSTS, b"Host: localhost"), 400),
    "an address that is too long": (request(target=POSTS + b"?q=" + b"x" * 9000), 414),
    "a header that is too long": (request(b"GET", POSTS, b"X-Name: " + b"x" * 20_000), 431),
    "too many headers": (request(b"GET", POSTS, *(b"X-Name-%d: x" % number for number in range(200))), 431),
    "not HTTP": (b"\x00\x01\x02\r\n\r\n", 400),
    "an invalid method": (request(b"G@T"), 400),
    "an unknown HTTP version": (b"GET / HTTP/9.1\r\nHost: localhost\r\n" + END, 400),
    "an invalid length": (request(b"POST", POSTS, b"Content-Length: x"), 400),
    "a negative length": (request(b"POST", POSTS, b"Content-Length: -1"), 400),
    "a length of too many digits": (request(b"POST", POSTS, b"Content-Length: " + b"9" * 5000), 400),
    "an invalid chunk": (request(b"POST", POSTS, b"Transfer-Encoding: chunked", body=b"zz\r\n"), 400),
    "an unknown transfer coding": (request(b"POST", POSTS, b"Transfer-Encoding: gzip"), 400),
    # Two servers that read these differently would see different requests (smuggling).
    "a length and a transfer coding": (
        request(b"POST", POSTS, b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        400,
    ),
    "two lengths": (request(b"POST", POSTS, b"Content-Length: 5", b"Content-Length: 6"), 400),
    "a blank before the colon": (request(b"POST", POSTS, b"Transfer-Encoding : chunked"), 400),
    "a line feed alone": (request(b"GET", POSTS, b"X: a\nY: b"), 400),
    "a foreign host": (request(host=b"evil.example"), 400),
    "an invalid host": (request(host=b"no host"), 400),
}
INVALID_API_REQUESTS = {
    "invalid UTF-8": (request(target=POSTS + b"%ff/"), 404),
    "a NUL in the path": (request(target=POSTS + b"%00/"), 404),
    "a NUL in a parameter": (request(target=POSTS + b"?slug=%00"), 400),
    "a NUL in a list of fields": (request(target=POSTS + b"?fields=%00,%ff"), 400),
    "hundreds of parameters": (request(target=POSTS + b"?" + b"&".join(b"a%d=" % n for n in range(500))), 400),
    "an unavailable media type": (request(b"GET", POSTS, b"Accept: text/html"), 406),
    "an invalid Accept": (request(b"GET", POSTS, b"Accept: ;;;/\xff"), 406),
    "an invalid token": (request(b"GET", POSTS, b"Authorization: Bearer \xff\xfe"), 401),
    "an unknown method": (request(b"FOO"), 405),
    "an unknown path": (request(target=b"/api/nothing"), 404),
}


def send(port: int, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(sent)
    return connection


def problem(port: int, sent: bytes, status: int) -> dict:
    return read_problem(send(port, sent), status, sent.split(b" ", 2)[1].decode("latin-1"))


def read_problem(connection: socket.socket, status: int, path: str = "/") -> dict:
    """Read a response, which has to be a problem document with this status; return the document."""
    with connection:
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), head
    headers = parse_headers(BytesIO(head.partition(b"\r\n")[2]))
    assert headers["Content-Type"] == "application/problem+json"
    assert missing(headers, path) == []
    document = json.loads(body)
    place, kind = document["type"].split("#")
    assert place == "/api/docs/problems/"
    assert KINDS[kind].status == document["status"] == status
    assert document["request_id"] == headers["X-Request-ID"]
    assert document["detail"]
    assert b"Traceback" not in body
    return document


@pytest.fixture(scope="module")
def port_of(serve, databases) -> Iterator[Callable[[str], int]]:
    """Return the port of a process of a role; each role has one process for all tests, on one database."""
    database, started = databases.new(), {}

    def port(role: str) -> int:
        if role not in started:
            started[role] = serve(database, ROLE=role)
        return started[role].port

    yield port
    for server in started.values():  # All at once, so that they stop in parallel.
        server.process.terminate()


@pytest.fixture(scope="module")
def connections(port_of) -> dict[tuple[str, str], socket.socket]:
    """Connections that have sent each invalid request to each role.

    Opened at once, because a process that refuses a body keeps the connection open for seconds.
    """
    return {
        (role, name): send(port_of(role), sent)
        for role in ["all", *Role]
        for name, (sent, _status) in INVALID_HTTP.items()
    }


@pytest.mark.parametrize("role", ["all", *Role])
def test_an_invalid_http_request_gets_a_problem_from_every_role(connections, role):
    for name, (_sent, status) in INVALID_HTTP.items():
        assert read_problem(connections[role, name], status), name


def test_a_request_that_cannot_be_read_is_logged(serve, databases):
    server = serve(databases.new(), ROLE="read", LOG_FORMAT="json")
    told = problem(server.port, request(b"GET", POSTS, b"Host: localhost"), 400)["request_id"]
    (line,) = [line for line in map(json.loads, server.log.read_text().splitlines()) if line["request_id"] == told]
    assert (line["logger"], line["message"][:19]) == ("blog_project.refused", "Refused unread: 400")


@pytest.mark.parametrize("role", ["all", *Role])
def test_a_body_that_is_too_large_gets_a_problem_from_the_role_that_takes_it(port_of, role):
    sent = request(b"POST", POSTS, b"Content-Length: 99999999")
    assert problem(port_of(role), sent, 413 if role in ("all", "create") else 421)


@pytest.mark.parametrize("role", ["all", "read"])
def test_an_invalid_api_request_gets_a_problem(port_of, role):
    port = port_of(role)
    for name, (sent, status) in INVALID_API_REQUESTS.items():
        assert problem(port, sent, status), name
    assert problem(port, request(target=POSTS + b"?x=1"), 400)["errors"][0]["parameter"] == "x"


@pytest.mark.parametrize("role", Role)
def test_a_misdirected_request_gets_a_421_problem(port_of, role):
    port = port_of(role)
    for other, path, method in [("frontend", b"/", b"GET"), ("admin", b"/admin/", b"GET"), ("update", POSTS, b"PUT")]:
        if other != role and not (other == "update" and role in ("create", "read", "delete")):
            assert problem(port, request(method, path), 421)["role"] == other
