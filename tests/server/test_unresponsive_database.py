"""An unresponsive database, as behind a network that drops every packet, blocks at most one thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.database_servers import private_server
from tests.server.clients import Client, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]

CONCURRENT = 60
"""Concurrent requests: if each waited for the database, the last response would take minutes."""


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with private_server(tmp_path_factory.mktemp("database")) as server:
        yield server


@pytest.fixture
def client(database, serve) -> Client:
    return Client(serve(database.url, ROLE="read.frontend", DATABASE_STATEMENT_SECONDS="1", WSGI_THREADS="2").url)


def status(client: Client, path: str) -> int:
    return client.request("GET", path)[0].status


def test_an_unresponsive_database_blocks_neither_probes_nor_cached_pages(database, client):
    client.get("/")
    with ThreadPoolExecutor(CONCURRENT) as pool, database.frozen():
        answers = [pool.submit(status, client, f"/missing-{number}/") for number in range(CONCURRENT)]
        assert {answer.result() for answer in answers} == {503}
        assert [status(client, path) for path in ("/livez", "/readyz", "/")] == [200, 200, 200]
    wait_for(lambda: status(client, "/missing/") == 404, "the database to be used again")
