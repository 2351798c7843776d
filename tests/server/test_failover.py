"""After a failover, open connections to a server that is read-only now are closed at the first refused write."""

from __future__ import annotations

import json

import pytest

from tests.database_servers import private_server
from tests.server.clients import Client

pytestmark = [pytest.mark.server, pytest.mark.any_database]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with private_server(tmp_path_factory.mktemp("database")) as server:
        yield server
        server.execute("SET GLOBAL read_only = 0")


class Writer:
    """A site with one thread; it writes through the API, and its database user has no server privileges."""

    def __init__(self, server, database) -> None:
        self.client, self.database = Client(server.url), database
        server.shell(
            "from django.contrib.auth.models import Group, User; from apps.posts.services import create_author;"
            "erika = User.objects.create_user('erika', is_staff=True);"
            "erika.groups.set(Group.objects.filter(name='Editors')); create_author(name='Erika', user=erika)"
        )
        self.token = server.manage("create_token", "--user=erika", "--scopes=create,read").split()[-1]

    def write(self, title: str) -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json"}
        body = json.dumps({"title": title, "body": "Text."}).encode()
        response, answer = self.client.request("POST", "/api/v1/posts/", body, **headers)
        return response.status, dict(response.headers) | json.loads(answer)

    def read(self) -> int:
        return self.client.request("GET", "/api/v1/posts/?page_size=1", Authorization=f"Bearer {self.token}")[0].status

    def connections(self) -> set[int]:
        """Return the ids of the site's connections on the server."""
        select = "SELECT id FROM information_schema.processlist WHERE user = 'blog'"
        return {row[0] for row in self.database.execute(select)}


@pytest.fixture
def writer(database, serve):
    url = database.new_user("blog")
    return Writer(serve(url, WSGI_THREADS="1", PAGE_CACHE_MB="0"), database)


def test_a_connection_is_closed_when_its_server_has_become_read_only(writer, database):
    assert writer.write("Before")[0] == 201
    (connection,) = writer.connections()
    database.execute("SET GLOBAL read_only = 1")
    assert writer.read() == 200
    assert writer.connections() == {connection}, "a connection that only reads is kept"
    status, answer = writer.write("Meanwhile")
    assert (status, answer["Content-Type"]) == (503, "application/problem+json")
    assert connection not in writer.connections()
    database.execute("SET GLOBAL read_only = 0")
    assert writer.write("Afterwards")[0] == 201
    (another,) = writer.connections()
    assert writer.write("Much later")[0] == 201
    assert writer.connections() == {another}, "a connection without a failure is kept"
