"""With nginx in front too, cached pages go on while the database is away, and while the process itself is."""

import signal

import pytest

from tests import servers
from tests.database_servers import private_server
from tests.outages import SLACK, Blog, age, assert_endured
from tests.server.clients import wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with private_server(tmp_path_factory.mktemp("database")) as made:
        yield made


def test_the_database_away_looks_as_it_does_without_nginx(start_edge, database):
    edge = start_edge(database.url)
    assert_endured(Blog.filled(edge.server, edge.client), database)


def test_kept_pages_go_on_with_their_age_while_the_process_is_away(own_edge):
    edge = own_edge
    path = "/feed.atom"
    wait_for(lambda: edge.get(path) and any(key.endswith(f" {path}") for key in edge.entries()), "a cached page")
    # Killed, so that nothing is said to anybody.
    for pid in Blog(edge.server, edge.client, [], []).processes():
        servers.os.kill(pid, signal.SIGKILL)
    edge.server.process.wait()
    wait_for(lambda: age(edge.get(path)[0]) > SLACK + 1, "the page to grow old")
    response, body = edge.get(path)
    assert (response.status, b"<entry" in body) == (200, True)
    assert edge.get("/never-asked-for/")[0].status == 502
