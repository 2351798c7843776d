"""While the database is away or takes no writes a program is told within two seconds to come again, and then it works."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial

import pytest

from tests import servers
from tests.api.writers import Answer, Writers
from tests.database_servers import PrivateServer, private_server
from tests.server.clients import wait_for
from tools.local_cluster.processes import children

pytestmark = [pytest.mark.server, pytest.mark.any_database]

WITHIN, SLACK = 2, 1
"""Seconds that a program waits at most to be told, and that this machine may need besides."""


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with private_server(tmp_path_factory.mktemp("database")) as made:
        servers.manage(servers.environment(made.url), "migrate", "-v0")
        yield made


@pytest.fixture(scope="module")
def writers(database, serve) -> Writers:
    return Writers(serve(database.new_user("blog")))


@contextmanager
def stopped(database):
    database.stop()
    try:
        yield
    finally:
        database.start()


@contextmanager
def read_only(database):
    database.execute("SET GLOBAL read_only = 1")
    try:
        yield
    finally:
        database.execute("SET GLOBAL read_only = 0")


@pytest.mark.parametrize("away", [stopped, read_only, PrivateServer.frozen])
def test_each_write_is_told_when_to_come_again_and_is_done_once_when_it_does(writers, database, away):
    title = away.__name__
    sent = partial(writers.send, "POST", "posts/", {"title": title, "status": "published"}, Idempotency_Key=title)
    path = writers.send("POST", "tags/", {"name": title}).headers["Location"]
    before = children(writers.server.process.pid)
    with away(database):
        for write in (sent, sent, partial(writers.send, "PATCH", path, {"name": "x"}, If_Match="*"), sent):
            since = time.monotonic()
            answer = write()
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert time.monotonic() - since < WITHIN + SLACK
    answers: list[Answer] = []
    wait_for(lambda: answers.append(sent()) or answers[-1].status == 201, "writes to work again")
    assert sent().kept == answers[-1].kept
    assert writers.ask(f"Post.objects.filter(title='{title}').count()") == 1
    assert children(writers.server.process.pid) == before, "something was restarted"
