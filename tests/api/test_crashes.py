"""Whoever was not answered sends it again with the same key, and there is one post, whatever happened on our side."""

from __future__ import annotations

import json
import os
import signal
import socket

import pytest

from tests.api.writers import Writers, rival_of
from tests.server.clients import Client, vanish, wait_for
from tools.local_cluster.processes import children

pytestmark = pytest.mark.server

POST = {"title": "Never answered", "status": "published"}


@pytest.fixture(scope="module")
def writers(serve) -> Writers:
    return Writers(serve())


def send_and_leave_open(writers: Writers, key: str) -> socket.socket:
    """Send a request and read no answer."""
    body = json.dumps(POST).encode()
    head = (
        f"POST /api/v1/posts/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {writers.token}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Client(writers.server.url).send(head.encode() + body)


def kill_the_worker(writers: Writers) -> None:
    """End it without a chance to clean up, and wait for the next one."""
    before = children(writers.server.process.pid)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not set(before) & set(children(writers.server.process.pid)), "the worker to be gone")
    wait_for(lambda: is_ready(writers), "another worker")


def is_ready(writers: Writers) -> bool:
    try:
        return Client(writers.server.url).ask("GET", "/readyz")[0].status == 200
    except OSError:
        return False


def test_a_process_that_ends_after_the_commit_and_before_the_answer(writers):
    sent = send_and_leave_open(writers, "after")
    wait_for(lambda: writers.ask("IdempotencyKey.objects.count()"), "the post to be committed")
    vanish(sent)
    kill_the_worker(writers)
    again = writers.send("POST", "posts/", POST, Idempotency_Key="after")
    assert again.status == 201
    assert writers.send("GET", again.headers["Location"]).json == again.json
    assert writers.ask("[Post.objects.count(), IdempotencyKey.objects.count()]") == [1, 1]


def test_a_process_that_ends_before_the_commit(writers):
    if not writers.server.env["DATABASE_URL"].startswith("mysql"):
        pytest.skip("on SQLite nothing can hold a write half-way")
    before = writers.ask("Post.objects.count()")
    with rival_of(writers.server) as rival:
        with rival.holding_the_counter():
            sent = send_and_leave_open(writers, "before")
            rival.wait_for_writers()
            kill_the_worker(writers)
            vanish(sent)
        again = writers.send("POST", "posts/", POST, Idempotency_Key="before")
    assert again.status == 201
    assert writers.ask("Post.objects.count()") == before + 1
    assert writers.send("POST", "posts/", POST, Idempotency_Key="before").kept == again.kept
