"""nginx caches only what the process allows, so clients cannot fill its cache, and it has no private pages."""

from __future__ import annotations

import pytest

from blog_project import addresses
from tests.server.clients import wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database, pytest.mark.heavy]

ENCODINGS = {"": "", "gzip, deflate": "gzip", "gzip, deflate, br, zstd": "br", "br;q=0.9,gzip;q=0.1": "br", "*": ""}


@pytest.fixture
def post(edge) -> str:
    """The path of a post."""
    return "/" + edge.server.shell("from apps.posts.models import Post; print(Post.objects.last().slug)").strip() + "/"


def test_a_page_is_cached_once_per_encoding(edge, post):
    host = f"{edge.client.address[0]}:{edge.client.address[1]}"
    for accepted in ENCODINGS:
        edge.get(post, Accept_Encoding=accepted)
        edge.get(post, Accept_Encoding=accepted + " ,x-unknown")
    found = {key for key in edge.entries() if key.endswith(f" {post}")}
    assert found == {f"{host}  {encoding} {post}" for encoding in ENCODINGS.values()}


def test_a_request_for_a_cached_page_does_not_reach_the_process(edge, post):
    # nginx may cache until the end of a second, which may end at any moment, so several requests are made.
    wait_for(lambda: _hits(edge, post), "a page from nginx's cache")


def _hits(edge, path: str) -> bool:
    ids = [f"asked-{path.strip('/')[:30]}-{number}" for number in range(4)]
    for request_id in ids:
        assert edge.get(path, X_Request_ID=request_id)[0].status == 200
    log = edge.server.log.read_text()
    return sum(request_id not in log for request_id in ids) >= 2


def test_unbounded_requests_are_not_cached(edge, post):
    before = edge.entries()
    paths = [f"{path}?{name}={number}" for path in ("/", post) for name in ("x", "before") for number in range(3)]
    paths += [f"{post}?", "/search/", "/search/?q=garden", "/no-such-page/", post.upper(), post.rstrip("/")]
    paths += [f"/%{ord(post[1]):x}{post[2:]}", "/wp-login.php", "/static/frontend/nothing.css", "/livez"]
    for path in paths:
        for _time in range(2):
            edge.get(path)
    for host in ("elsewhere.example.org", "localhost", f"127.0.0.1:{edge.server.port}"):
        edge.get(post, Host=host)
    edge.get(post, X_Forwarded_Proto="gopher")
    edge.get(post, Authorization="Bearer bst_nonsense")
    edge.get("/feed.atom", X_Edge_Cache="EXPIRED", Range="bytes=0-9")
    assert {key.rpartition(" ")[2] for key in edge.entries() - before} <= {"/search/"}


@pytest.mark.parametrize("path", ["/", "/tags/", "/search/"])
def test_a_parameter_that_the_page_reads_is_never_ignored(edge, path):
    cached = edge.get(path)[1]
    for name in addresses.parameters(path):
        for query in (f"{name}=zzz", f"{name}=", f"%{ord(name[0]):x}{name[1:]}=zzz", f"x=1&{name}=zzz"):
            direct = edge.origin.request("GET", f"{path}?{query}", Host=_host(edge))[1]
            assert edge.get(f"{path}?{query}")[1] == direct
    assert edge.get(path)[1] == cached


def _host(edge) -> str:
    return f"{edge.client.address[0]}:{edge.client.address[1]}"
