"""nginx sends the same responses as the process behind it: status, headers and body, for every kind of request."""

from __future__ import annotations

import json
import re

import pytest

from apps.frontend import responses
from tests.edge.conftest import Edge
from tests.server.clients import wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database, pytest.mark.heavy]

PER_RESPONSE = {"date", "server", "connection", "x-request-id", "age", "transfer-encoding", "keep-alive"}
"""Headers that may differ between two responses to the same request."""


@pytest.fixture(scope="module")
def posts(edge) -> list[str]:
    """The original slugs of three posts: an unchanged one, a moved one, and one in the trash."""
    return edge.server.shell(
        "from apps.posts import services; from apps.posts.models import Post\n"
        "stays, moved, gone = Post.objects.order_by('pk')[:3]; print(stays.slug, moved.slug, gone.slug)\n"
        "services.update_post(moved, by=None, expected_version=moved.version, slug='another-address')\n"
        "services.trash_post(gone, by=None, expected_version=gone.version)"
    ).split()


def paths(posts: list[str]) -> list[str]:
    """Return URLs of every kind, canonical and not."""
    stays, moved, gone = posts
    return [
        "/",
        "/?x=1",
        "/?before=nonsense",
        f"/{stays}/",
        f"/{stays}/?utm_source=letter",
        f"/{stays}",
        f"/{stays.upper()}/",
        f"/%{ord(stays[0]):x}{stays[1:]}/",
        f"/{moved}/",
        f"/{moved}/?utm_source=letter",
        f"/{gone}/",
        "/no-such-page/",
        "/feed.atom",
        "/sitemap.xml",
        "/robots.txt",
        "/tags/",
        "/archive/",
        "/search/?q=garden",
        "/search/?q=garden&page=2",
        "/static/frontend/broadsheet.css",
        "/static/nothing.css",
        "/livez",
        "/readyz",
        "/admin/",
        "/admin/login/?next=/admin/",
        "/preview/1/",
        "/api/v1/posts/",
        "//",
        "/a//b/",
    ]


HEADERS = [
    {},
    {"Accept_Encoding": "gzip, deflate, br"},
    {"Accept_Encoding": "gzip"},
    {"Accept_Encoding": "br;q=0, gzip;q=0.5"},
    {"Accept_Encoding": "xbr, notgzip"},
    {"If_None_Match": "*"},
    {"If_None_Match": '"another"'},
    {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"If_Match": '"another"'},
    {"Range": "bytes=0-9"},
    {"Host": "elsewhere.example.org"},
    {"X_Forwarded_Proto": "https"},
    {"X_Forwarded_Proto": "gopher"},
    {"Cookie": "sessionid=1234", "Authorization": "Bearer bst_nonsense"},
    {"X_Edge_Cache": "EXPIRED"},
]


def answer(edge: Edge, through_nginx: bool, method: str, path: str, **headers: str) -> tuple:
    """Return the status, the compared headers, and the body of a response."""
    client = edge.client if through_nginx else edge.origin
    # Problem documents carry the request's id.
    own = {"Host": f"{edge.client.address[0]}:{edge.client.address[1]}", "X_Request_ID": "the-same-request"}
    headers = own | headers
    response, body = client.request(method, path, **headers)
    compared = {name.lower(): value for name, value in response.getheaders() if name.lower() not in PER_RESPONSE}
    return response.status, compared, body


def assert_same_response(edge: Edge, *request, **headers: str) -> None:
    direct = answer(edge, False, *request, **headers)
    direct[1].pop("x-accel-expires", None)
    # The second response comes from nginx's cache, if the page is cached.
    for _time in range(2):
        through = answer(edge, True, *request, **headers)
        assert through == direct, (request, headers)


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_every_kind_of_url_gets_the_same_response_as_without_nginx(edge, posts, headers):
    for path in paths(posts):
        assert_same_response(edge, "GET", path, **headers)
        assert_same_response(edge, "HEAD", path, **headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_passed_to_the_process(edge, posts, method):
    for path in ("/", f"/{posts[0]}/", "/no-such-page/", "/api/v1/posts/", "/admin/"):
        direct, through = (answer(edge, which, method, path) for which in (False, True))
        assert direct == through, (method, path)


def test_statuses_are_correct_and_not_only_equal(edge, posts):
    stays, moved, gone = posts
    etag = edge.get(f"/{stays}/")[0].headers["ETag"]
    for _time in range(2):
        assert edge.get(f"/{stays}/")[0].status == 200
        assert edge.get(f"/{stays}/", If_None_Match=etag)[0].status == 304
        assert edge.get(f"/{stays}/", If_None_Match=etag.removeprefix("W/"))[0].status == 304
        assert edge.get(f"/{moved}/")[0].status == 301
        assert edge.get(f"/{gone}/")[0].status == 410
        assert edge.get("/no-such-page/")[0].status == 404
        assert edge.get("/admin/")[0].status == edge.get("/api/v1/posts/")[0].status == 421
        response, body = edge.client.request("HEAD", f"/{stays}/")
        assert (response.status, body) == (200, b"")
        assert int(response.headers["Content-Length"]) == len(edge.get(f"/{stays}/")[1])


def test_cache_headers_for_clients_are_those_of_the_process(edge, posts):
    for _time in range(2):
        response, _body = edge.get(f"/{posts[0]}/")
        assert response.headers["Cache-Control"] == responses.CACHE_CONTROL
        assert "X-Accel-Expires" not in response.headers
        assert "Set-Cookie" not in response.headers


def test_every_response_has_the_id_of_its_own_request(edge, posts):
    path = f"/{posts[0]}/"
    for given in ("first-request", "second-request", "third-request"):
        assert edge.get(path, X_Request_ID=given)[0].headers.get_all("X-Request-ID") == [given]
    made = {edge.get(path)[0].headers["X-Request-ID"] for _time in range(3)}
    made |= {edge.get(path, X_Request_ID="bad id\t!")[0].headers["X-Request-ID"]}
    assert len(made) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", request_id) for request_id in made)


def test_each_request_is_logged_once_with_its_id(edge, posts):
    ids = [f"logged-request-{number}" for number in range(5)]
    for request_id in ids:
        edge.get(f"/{posts[0]}/?token=secret" if request_id == ids[0] else f"/{posts[0]}/", X_Request_ID=request_id)

    def lines() -> list[dict]:
        found = [*edge.log().splitlines(), *edge.server.log.read_text().splitlines()]
        return [line for line in map(json.loads, filter(lambda text: text.startswith("{"), found)) if line.get("path")]

    wait_for(lambda: {line["request_id"] for line in lines()} >= set(ids), "all requests to be logged")
    logged = [line for line in lines() if line["request_id"] in ids]
    assert sorted(line["request_id"] for line in logged) == sorted(ids)
    assert {(line["method"], line["path"], line["status"]) for line in logged} == {("GET", f"/{posts[0]}/", 200)}
    assert "HIT" in {line.get("cache") for line in logged}
    assert "secret" not in json.dumps(logged)
