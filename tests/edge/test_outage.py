"""With nginx in front, cached pages are served while the database or the process itself is down."""

import signal

import pytest

from tests import servers
from tests.database_servers import private_server
from tests.outages import AGE_TOLERANCE, Blog, age, assert_survives_outage
from tests.server.clients import wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database, pytest.mark.heavy]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with private_server(tmp_path_factory.mktemp("database")) as server:
        yield server


def test_a_database_outage_looks_the_same_as_without_nginx(start_edge, database):
    edge = start_edge(database.url)
    assert_survives_outage(Blog.filled(edge.server, edge.client), database)


def test_cached_pages_are_served_with_their_age_while_the_process_is_down(module_edge):
    edge = module_edge
    path = "/feed.atom"
    wait_for(lambda: edge.get(path) and any(key.endswith(f" {path}") for key in edge.entries()), "a cached page")
    # Killed, so that no connection is closed gracefully.
    for pid in Blog(edge.server, edge.client, [], []).processes():
        servers.os.kill(pid, signal.SIGKILL)
    edge.server.process.wait()
    wait_for(lambda: age(edge.get(path)[0]) > AGE_TOLERANCE + 1, "the page to age")
    response, body = edge.get(path)
    assert (response.status, b"<entry" in body) == (200, True)
    assert edge.get("/never-asked-for/")[0].status == 502
