"""While the database is down, read-only or frozen, a write gets a 503 instead of waiting for it; a retry succeeds afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial

import pytest

from tests import servers
from tests.api.writers import ApiResponse, Writers
from tests.database_servers import PrivateServer, private_server
from tests.server.clients import wait_for
from tools.local_cluster.processes import children

pytestmark = [pytest.mark.server, pytest.mark.any_database]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with private_server(tmp_path_factory.mktemp("database")) as server:
        servers.manage(servers.environment(server.url), "migrate", "-v0")
        yield server


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


@pytest.mark.parametrize("outage", [stopped, read_only, PrivateServer.frozen])
def test_writes_get_a_503_during_an_outage_and_a_retry_is_carried_out_once(writers, database, outage):
    title = outage.__name__
    create = partial(writers.send, "POST", "posts/", {"title": title, "status": "published"}, Idempotency_Key=title)
    path = writers.send("POST", "tags/", {"name": title}).headers["Location"]
    before = children(writers.server.process.pid)
    with outage(database):
        for write in (create, create, partial(writers.send, "PATCH", path, {"name": "x"}, If_Match="*"), create):
            response = write()  # While nothing has been done about the outage yet; a client gives up later.
            assert (response.status, response.headers["Retry-After"]) == (503, "5")
            assert response.headers["Content-Type"] == "application/problem+json"
    responses: list[ApiResponse] = []
    wait_for(lambda: responses.append(create()) or responses[-1].status == 201, "writes to work again")
    assert create().stored_parts == responses[-1].stored_parts
    assert writers.evaluate(f"Post.objects.filter(title='{title}').count()") == 1
    assert children(writers.server.process.pid) == before, "a worker was restarted"
