"""The bridge converts requests to WSGI (PEP 3333) and responses to HTTP (RFC 9110)."""

from __future__ import annotations

import json

import pytest

from tests.server.applications import LARGE
from tests.server.clients import read_all, wait_for

pytestmark = pytest.mark.server


def test_the_application_gets_a_wsgi_environ(bench):
    connection = bench.client.send(
        b"GET /environ/caf%C3%A9%20%2Fx?q=%C3%A9&q=2 HTTP/1.1\r\nHost: blog.example.org\r\n"
        b"Cookie: a=1\r\nCookie: b=2\r\nAccept: text/html\r\nAccept: text/plain\r\n"
        b"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nContent-Type: text/plain\r\n"
        b"Connection: close\r\n\r\n"
    )
    environ = json.loads(read_all(connection).partition(b"\r\n\r\n")[2])
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["SCRIPT_NAME"] == ""
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/environ/café /x"
    assert environ["QUERY_STRING"] == "q=%C3%A9&q=2"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["HTTP_HOST"] == "blog.example.org"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_ACCEPT"] == "text/html,text/plain"
    assert environ["HTTP_X_FORWARDED_FOR"] == "203.0.113.9"
    assert environ["HTTP_X_FORWARDED_PROTO"] == "https"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["CONTENT_LENGTH"] == "0"


def test_a_path_that_is_not_utf8_arrives_unchanged(bench):
    environ = json.loads(bench.client.get("/environ/%ff%fe"))
    assert environ["PATH_INFO"].encode("latin-1") == b"/environ/\xff\xfe"


def test_a_header_with_an_underscore_is_dropped(bench):
    connection = bench.client.send(
        b"GET /environ HTTP/1.1\r\nHost: localhost\r\nX_Forwarded_Proto: https\r\nConnection: close\r\n\r\n"
    )
    assert b"X_FORWARDED_PROTO" not in read_all(connection)


def test_head_gets_the_content_length_and_no_body(bench):
    for path, length in (("/ok", "2"), ("/file", str(LARGE))):
        response, body = bench.client.request("HEAD", path)
        assert (response.status, response.headers["Content-Length"], body) == (200, length, b"")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_sends_none(bench, status):
    connection = bench.client.send(
        b"GET /status/%d HTTP/1.1\r\nHost: localhost\r\n\r\nGET /ok HTTP/1.1\r\nHost: localhost\r\n"
        b"Connection: close\r\n\r\n" % status
    )
    first, second = read_all(connection).split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"%d " % status)
    assert first.endswith(b"\r\n\r\n")
    assert second.endswith(b"\r\n\r\nok")


def test_pipelined_requests_are_answered_in_order(bench):
    request = b"GET /environ/%d HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
    last = b"Connection: close\r\n"
    connection = bench.client.send(b"".join(request % (number, last if number == 9 else b"") for number in range(10)))
    answers = read_all(connection).split(b"HTTP/1.1 200 OK")[1:]
    paths = [json.loads(answer.partition(b"\r\n\r\n")[2])["PATH_INFO"] for answer in answers]
    assert paths == [f"/environ/{number}" for number in range(10)]


def test_a_body_in_parts_is_joined_and_its_iterable_closed(bench):
    response, body = bench.client.request("GET", "/closing")
    assert (body, response.headers["Content-Length"]) == (b"one, two", "8")
    wait_for((bench.gates / "closed").exists, "close() to be called")


def test_a_failing_application_causes_a_500_and_a_log_without_secrets(bench):
    response, body = bench.client.request("GET", "/fail?token=very-secret")
    assert response.status == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["request_id"] == response.headers["X-Request-ID"]
    log = bench.server.log.read_text()
    assert "GET /fail failed outside of Django" in log
    assert "RuntimeError: asked to fail with bst_***" in log
    assert "very-secret" not in log
    assert bench.client.get("/ok") == b"ok"


def test_a_large_file_is_sent_completely(bench):
    response, body = bench.client.request("GET", "/file")
    assert int(response.headers["Content-Length"]) == len(body) == body.count(b"y")
