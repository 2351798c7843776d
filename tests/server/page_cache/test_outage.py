"""While the database is unavailable, cached pages are served and others get a 503; then the site recovers."""

import pytest

from tests.database_servers import private_server
from tests.outages import Blog, assert_survives_outage, outage
from tests.server.clients import Client, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with private_server(tmp_path_factory.mktemp("database")) as server:
        yield server


@pytest.fixture(scope="module")
def blog(database, serve):
    server = serve(database.url, ROLE="read.frontend")
    return Blog.filled(server, Client(server.url))


def test_cached_pages_are_served_during_an_outage_and_the_site_recovers(blog, database):
    assert_survives_outage(blog, database)


def test_cached_api_responses_are_served_during_an_outage(blog, database):
    page = "/api/v1/posts/?page_size=3"
    blog.client.get(page)
    with outage(database):
        assert blog.client.request("GET", page)[0].status == 200
        response, _body = blog.client.request("GET", "/api/v1/tags/")
        assert (response.status, response.headers["Content-Type"]) == (503, "application/problem+json")
    wait_for(lambda: blog.client.request("GET", "/api/v1/tags/")[0].status == 200, "the API to be back")
