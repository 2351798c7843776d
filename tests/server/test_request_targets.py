"""The target of a request: in absolute form it names the host; HTTP/1.1 needs a host (RFC 9112, 3.2)."""

from __future__ import annotations

import json

import pytest

from tests.server.clients import read_all

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def environ(bench, target: str, *lines: str, version: str = "1.1") -> dict:
    head = "\r\n".join([f"GET {target} HTTP/{version}", *lines, "Connection: close", "", ""])
    answer = read_all(bench.client.send(head.encode()))
    assert answer.startswith(b"HTTP/1.%b 200 " % version[-1:].encode()), answer
    return json.loads(answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    ("target", "path", "query", "host"),
    [
        ("http://blog.example.org/environ/x?q=1", "/environ/x", "q=1", "blog.example.org"),
        ("HTTP://blog.example.org:8080/environ/%20", "/environ/ ", "", "blog.example.org:8080"),
        ("https://blog.example.org/environ/?u=http://x/", "/environ/", "u=http://x/", "blog.example.org"),
        ("/environ/?u=http://x/", "/environ/", "u=http://x/", "other.example.org"),
        ("/environ/http://x/", "/environ/http://x/", "", "other.example.org"),
    ],
)
def test_the_host_of_an_absolute_target_is_the_host_of_the_request(bench, target, path, query, host):
    found = environ(bench, target, "Host: other.example.org")
    assert (found["PATH_INFO"], found["QUERY_STRING"], found["HTTP_HOST"]) == (path, query, host)
    # The client does not decide whether the request came by HTTPS.
    assert found["wsgi.url_scheme"] == "http"


def test_an_absolute_target_without_a_path_is_the_root(bench):
    answer = read_all(bench.client.send(b"GET http://localhost HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    assert answer.endswith(b"\r\n\r\nok")
    assert "/" in bench.client.calls()


@pytest.mark.parametrize(
    "target",
    [
        "gopher://localhost/",
        "http:///x",
        "http://user@localhost/",
        "http://[x/",
        "x://",
        "%2Fok",
        "%2F://x",
        "ok",
        "*",
        "?a",
    ],
)
def test_a_target_that_is_no_address_is_refused(bench, target):
    answer = read_all(bench.client.send(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer


def test_http_1_1_without_a_host_is_refused_and_http_1_0_is_not(bench):
    answer = read_all(bench.client.send(b"GET /ok HTTP/1.1\r\nConnection: close\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Host" in answer.partition(b"\r\n\r\n")[2]
    assert environ(bench, "/environ/", version="1.0")["PATH_INFO"] == "/environ/"


def test_the_blog_answers_an_absolute_target_like_a_path(serve):
    server = serve(ROLE="frontend")
    from tests.server.clients import Client

    client, host = Client(server.url), server.url.removeprefix("http://")
    for _time in range(2):  # The second time from the page cache, if it were one.
        for target in (f"http://{host}/", "/"):
            request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            assert read_all(client.send(request.encode())).startswith(b"HTTP/1.1 200 ")
    for target in ("http://evil.example/", f"http://{host}/nothing/"):
        request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        assert read_all(client.send(request.encode())).startswith(b"HTTP/1.1 40")
