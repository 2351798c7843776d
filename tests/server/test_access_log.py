"""The access log: lines keep their order, none is lost at a stop, and whoever reads them slowly holds up nobody."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import threading
from contextvars import copy_context

import pytest

from apps.core.request_ids import request_id
from apps.server import access_log, logs
from tests.server.clients import Client, wait_for

REQUESTS = 300


@pytest.fixture
def pipe():
    """The two ends of a pipe."""
    reader, writer = os.pipe()
    yield reader, writer
    for end in (reader, writer):
        os.close(end)


def test_lines_are_written_in_their_order_and_none_is_lost_at_the_end(pipe):
    reader, descriptor = pipe
    writer = access_log.LineWriter(descriptor)
    received = bytearray()

    def read() -> None:
        while received.count(b"\n") < 5000:
            received.extend(os.read(reader, 65536))

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(5000):
        writer.add(f"{number}\n")
    writer.close()
    thread.join(10)
    assert received.split() == [b"%d" % number for number in range(5000)]
    assert writer.dropped == 0


def test_who_reads_nothing_holds_up_nobody_and_what_has_no_room_is_counted(pipe, caplog):
    reader, descriptor = pipe
    writer = access_log.LineWriter(descriptor, max_lines=100)
    lines = [f"{number:0999}\n" for number in range(1000)]  # More than a pipe takes.
    for line in lines:
        writer.add(line)
    assert writer.dropped >= 1000 - 100 - 65536 // 1000
    os.set_blocking(reader, False)
    received = bytearray()

    def everything_arrived() -> bool:
        with contextlib.suppress(BlockingIOError):
            received.extend(os.read(reader, 65536))
        return received.count(b"\n") + writer.dropped == 1000

    wait_for(everything_arrived, "the lines that had room")
    assert received.decode().splitlines(keepends=True) == lines[: received.count(b"\n")]
    with caplog.at_level(logging.WARNING):
        wait_for(lambda: "access lines were dropped" in caplog.text, "the number of dropped lines")


def test_a_reader_that_is_gone_stops_nothing():
    reader, descriptor = os.pipe()
    os.close(reader)
    writer = access_log.LineWriter(descriptor)
    writer.add("nobody reads this\n")
    writer.close()
    os.close(descriptor)
    assert writer.dropped == 1


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/tides/",
        '/"quoted"/',
        "/back\\slash/",
        "/caf\xe9/",
        "/new\nline/",
        "/\x1b[31m/",
        "/\x7f\x85/",
        "/%E6%B5%B7/",
    ],
)
def test_a_line_is_json_whatever_is_asked_for(path):
    def made() -> str:
        request_id.set("a-request-of-the-test")
        return access_log.json_line(logging.INFO, "GET", path, 404, 1.5, 300)

    line = json.loads(copy_context().run(made))
    assert (line["path"], line["status"], line["bytes"], line["duration_ms"]) == (path, 404, 300, 1.5)
    assert line["message"] == f"GET {path} 404 1.5 ms 300 bytes"
    assert line["request_id"] == "a-request-of-the-test"


def test_credentials_in_a_path_are_masked():
    line = access_log.json_line(logging.INFO, "GET", "/bst_0123456789abcdef/", 404, 1.5, 300)
    assert "0123456789abcdef" not in line


@pytest.mark.server
@pytest.mark.any_database
def test_a_server_that_stops_has_written_each_request(serve):
    blog = serve(LOG_FORMAT="json")
    client = Client(blog.url)
    for number in range(REQUESTS):
        client.request("GET", "/robots.txt", X_Request_ID=f"request-{number:04}")
    os.kill(blog.process.pid, signal.SIGTERM)
    blog.process.wait(30)
    lines = [json.loads(line) for line in blog.log.read_text().splitlines()]
    found = [line["request_id"] for line in lines if line["logger"] == logs.access_logger.name]
    assert [each for each in found if each.startswith("request-")] == [f"request-{n:04}" for n in range(REQUESTS)]
