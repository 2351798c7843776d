"""A database that says nothing at all, as behind a network that loses every packet, holds up nobody but one thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.database_servers import private_server
from tests.server.clients import Client, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]

CROWD = 60
"""Requests at once: were each to wait for the database, the last would be answered after minutes."""


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with private_server(tmp_path_factory.mktemp("database")) as made:
        yield made


@pytest.fixture
def client(database, serve) -> Client:
    return Client(serve(database.url, ROLE="read.frontend", DATABASE_STATEMENT_SECONDS="1", WSGI_THREADS="2").url)


def status(client: Client, path: str) -> int:
    return client.ask("GET", path)[0].status


def test_what_is_not_kept_is_refused_at_once_probes_are_answered_and_all_comes_back(database, client):
    client.get("/")
    with ThreadPoolExecutor(CROWD) as crowd, database.frozen():
        answers = [crowd.submit(status, client, f"/missing-{number}/") for number in range(CROWD)]
        assert {answer.result() for answer in answers} == {503}
        assert [status(client, path) for path in ("/livez", "/readyz", "/")] == [200, 200, 200]
    wait_for(lambda: status(client, "/missing/") == 404, "the database to be asked again")
