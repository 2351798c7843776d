"""A client that retries a request after a crash with the same key gets one post."""

from __future__ import annotations

import json
import os
import signal
import socket

import pytest

from tests.api.writers import Writers, connect_rival
from tests.server.clients import Client, abort, wait_for
from tools.local_cluster.processes import children

pytestmark = pytest.mark.server

POST = {"title": "Without response", "status": "published"}


@pytest.fixture(scope="module")
def writers(serve) -> Writers:
    return Writers(serve())


def send_without_reading(writers: Writers, key: str) -> socket.socket:
    """Send a request, and return its connection without reading the response."""
    body = json.dumps(POST).encode()
    head = (
        f"POST /api/v1/posts/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {writers.token}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Client(writers.server.url).send(head.encode() + body)


def kill_the_worker(writers: Writers) -> None:
    """Kill the worker by SIGKILL, and wait for the next one."""
    before = children(writers.server.process.pid)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not set(before) & set(children(writers.server.process.pid)), "the worker to be gone")
    wait_for(lambda: is_ready(writers), "another worker")


def is_ready(writers: Writers) -> bool:
    try:
        return Client(writers.server.url).request("GET", "/readyz")[0].status == 200
    except OSError:
        return False


def test_a_retry_after_a_crash_between_commit_and_response_creates_no_second_post(writers):
    connection = send_without_reading(writers, "after")
    wait_for(lambda: writers.evaluate("IdempotencyKey.objects.count()"), "the post to be committed")
    abort(connection)
    kill_the_worker(writers)
    again = writers.send("POST", "posts/", POST, Idempotency_Key="after")
    assert again.status == 201
    assert writers.send("GET", again.headers["Location"]).json == again.json
    assert writers.evaluate("[Post.objects.count(), IdempotencyKey.objects.count()]") == [1, 1]


def test_a_retry_after_a_crash_before_the_commit_creates_the_post(writers):
    if not writers.server.env["DATABASE_URL"].startswith("mysql"):
        pytest.skip("on SQLite no other connection can block a write halfway")
    before = writers.evaluate("Post.objects.count()")
    with connect_rival(writers.server) as rival:
        with rival.locking_the_generation():
            connection = send_without_reading(writers, "before")
            rival.wait_until_executing()
            kill_the_worker(writers)
            abort(connection)
        again = writers.send("POST", "posts/", POST, Idempotency_Key="before")
    assert again.status == 201
    assert writers.evaluate("Post.objects.count()") == before + 1
    assert writers.send("POST", "posts/", POST, Idempotency_Key="before").stored_parts == again.stored_parts
