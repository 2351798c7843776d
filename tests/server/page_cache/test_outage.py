"""While the database is away readers get what is kept, and are told so where nothing is; then all goes on by itself."""

import pytest

from tests.database_servers import private_server
from tests.outages import Blog, assert_endured, outage
from tests.server.clients import Client, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with private_server(tmp_path_factory.mktemp("database")) as made:
        yield made


@pytest.fixture(scope="module")
def blog(database, serve):
    server = serve(database.url, ROLE="read.frontend")
    return Blog.filled(server, Client(server.url))


def test_kept_pages_go_on_misses_say_so_and_all_is_back_by_itself(blog, database):
    assert_endured(blog, database)


def test_what_programs_read_goes_on_too(blog, database):
    page = "/api/v1/posts/?page_size=3"
    blog.client.get(page)
    with outage(database):
        assert blog.client.ask("GET", page)[0].status == 200
        response, _body = blog.client.ask("GET", "/api/v1/tags/")
        assert (response.status, response.headers["Content-Type"]) == (503, "application/problem+json")
    wait_for(lambda: blog.client.ask("GET", "/api/v1/tags/")[0].status == 200, "the API to be back")
