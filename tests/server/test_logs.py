"""Logs: one JSON object per line, one line per request, and no credentials."""

from __future__ import annotations

import json
import logging

import pytest

from apps.server import logs
from tests.server.clients import Client, wait_for

pytestmark = pytest.mark.any_database

TOKEN = "bst_" + "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def blog(serve):
    """The blog, logging as it does without a terminal."""
    return serve(LOG_FORMAT="auto")


def lines(server) -> list[dict]:
    return [json.loads(line) for line in server.log.read_text().splitlines() if line.strip()]


def access_lines(server, request_id: str) -> list[dict]:
    """Return the access lines of a request; they are written just after the response."""
    wait_for(lambda: request_id in server.log.read_text(), "the access line")
    return [
        line for line in lines(server) if line["request_id"] == request_id and line["logger"] == logs.access_logger.name
    ]


@pytest.mark.server
def test_each_response_is_logged_in_one_line_with_its_fields(blog):
    response, body = Client(blog.url).request("GET", "/api/v1/posts/?tag=x", X_Request_ID="from-the-gateway-1")
    (line,) = access_lines(blog, "from-the-gateway-1")
    assert response.headers["X-Request-ID"] == "from-the-gateway-1"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/posts/", response.status)
    assert line["bytes"] == len(body)
    assert line["duration_ms"] > 0
    assert (line["role"], line["level"]) == ("all", "INFO")
    assert line["time"].endswith("+00:00")


@pytest.mark.server
def test_every_line_is_json_including_gunicorns(blog):
    assert {"gunicorn.error"} <= {line["logger"] for line in lines(blog)}
    assert {line["role"] for line in lines(blog)} == {"all"}


def test_the_command_line_of_gunicorn_decides_how_much_it_logs_itself():
    """`make run` makes it quiet, so that the password is the last thing on the screen."""
    loggers = logs.config({"format": "text", "level": "INFO", "role": "all", "access": True})["loggers"]
    assert "level" not in loggers["gunicorn.error"]


@pytest.mark.server
def test_an_access_line_has_the_common_fields_and_its_own(blog):
    Client(blog.url).request("GET", "/robots.txt", X_Request_ID="beside-the-others")
    (line,) = access_lines(blog, "beside-the-others")
    another = next(line for line in lines(blog) if line["logger"] == "gunicorn.error")
    assert line.keys() == another.keys() | {"method", "path", "status", "duration_ms", "bytes"}
    assert line["message"].startswith("GET /robots.txt 200 ")
    assert {type(line[key]) for key in another} == {type(value) for value in another.values()}


@pytest.mark.server
def test_no_secrets_are_logged(blog):
    client = Client(blog.url)
    client.request(
        "GET", "/api/v1/posts/?token=query-secret", Authorization=f"Bearer {TOKEN}", Cookie="sessionid=cookie-secret"
    )
    client.request("GET", "/admin/reset/MQ/c1abcd-0123456789abcdef/", X_Request_ID="the-reset-link")
    client.request("GET", f"/{TOKEN}/", Host="wrong.example.org")
    (line,) = access_lines(blog, "the-reset-link")
    assert line["path"] == "/admin/reset/MQ/***/"
    log = blog.log.read_text()
    for secret in (TOKEN, "query-secret", "cookie-secret", "0123456789abcdef"):
        assert secret not in log


@pytest.mark.server
@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space and more", 'quote"and\\more'])
def test_an_invalid_request_id_is_replaced(blog, given):
    response, _ = Client(blog.url).request("GET", "/api/v1/", X_Request_ID=given)
    assert response.headers["X-Request-ID"] != given
    assert len(response.headers["X-Request-ID"]) == 32


@pytest.mark.server
def test_probes_that_succeed_are_not_logged(blog):
    client = Client(blog.url)
    client.request("GET", "/livez", X_Request_ID="quiet-probe")
    client.request("GET", "/api/v1/", X_Request_ID="after-the-probe")
    assert access_lines(blog, "after-the-probe")
    assert "quiet-probe" not in blog.log.read_text()


def formatted(kind: str, record: logging.LogRecord) -> str:
    configuration = logs.config({"format": kind, "level": "INFO", "role": "read", "access": True})
    formatter = dict(configuration["formatters"][kind])
    made = formatter.pop("()")(**{{"format": "fmt"}.get(name, name): value for name, value in formatter.items()})
    logs.ContextFilter("read").filter(record)
    return made.format(record)


@pytest.mark.parametrize("kind", ["json", "text"])
def test_an_exception_is_logged_with_its_traceback_and_without_the_request(kind):
    try:
        raise RuntimeError(f"refused {TOKEN}")
    except RuntimeError as error:
        record = logging.LogRecord(
            "django.request",
            logging.ERROR,
            __file__,
            1,
            "Internal Server Error: %s",
            ("/x",),
            (RuntimeError, error, error.__traceback__),
        )
    record.request = "<WSGIRequest: GET '/x?token=query-secret'>"
    line = formatted(kind, record)
    assert "Traceback (most recent call last)" in line
    assert "RuntimeError: refused bst_***" in line
    assert "query-secret" not in line
    assert kind == "text" or json.loads(line)["role"] == "read"


@pytest.mark.parametrize("kind", ["json", "text"])
def test_nobody_can_write_a_line_of_their_own_or_steer_a_terminal(kind):
    text = "x\n12:00:00 INFO forged\r\x1b[31mred\x85\u2028next"
    line = formatted(kind, logging.LogRecord("x", logging.INFO, __file__, 1, "Named %s", (text,), None))
    assert not any(character in line for character in "\r\x1b\x85\u2028")
    assert all(rest.startswith("  ") for rest in line.split("\n")[1:])


def test_access_lines_can_be_turned_off():
    for access, level in ((True, "INFO"), (False, "WARNING")):
        configuration = logs.config({"format": "json", "level": "INFO", "role": "all", "access": access})
        assert configuration["loggers"][logs.access_logger.name]["level"] == level
