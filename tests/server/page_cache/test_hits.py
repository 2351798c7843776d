"""A page is rendered once, and then sent from memory as the application would send it."""

import gzip
import re

import brotli
import pytest

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def test_a_page_is_rendered_once(site):
    first, second = site.get("/once/"), site.get("/once/")
    assert first[1] == second[1] == b"/once/? number 1 "
    assert len(site.calls_of("/once/")) == 1


def test_a_page_is_sent_in_the_best_encoding_that_the_client_accepts(site):
    plain = site.get("/large/")[1]
    for accepted, name, unpack in [
        ("br, gzip", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("gzip;q=1.0, br;q=0", "gzip", gzip.decompress),
    ]:
        response, body = site.get("/large/", Accept_Encoding=accepted)
        assert response.headers["Content-Encoding"] == name
        assert len(body) * 10 < len(plain)
        assert unpack(body) == plain
        assert int(response.headers["Content-Length"]) == len(body)
    for accepted in ("", "identity", "zstd", "br;q=0, gzip; q=0"):
        response, body = site.get("/large/", Accept_Encoding=accepted)
        assert (response.headers["Content-Encoding"], body) == (None, plain)
    assert len(site.calls_of("/large/")) == 1


def test_compressible_pages_vary_by_accept_encoding(site):
    for accepted in ("br", "identity"):
        assert site.get("/large/", Accept_Encoding=accepted)[0].headers["Vary"] == "Accept-Encoding"


def test_a_client_that_has_the_page_gets_a_304(site):
    etag = site.get("/large/known/", Accept_Encoding="br")[0].headers["ETag"]
    assert etag == 'W/"/large/known/-1"'
    for tag in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        response, body = site.get("/large/known/", Accept_Encoding="br", If_None_Match=tag)
        assert (response.status, body) == (304, b"")
        assert response.headers["ETag"] == etag
        assert response.headers["Cache-Control"].startswith("public")
        assert response.headers["Content-Length"] is None
    assert site.get("/large/known/", If_None_Match='"other"')[0].status == 200


def test_an_empty_validator_is_ignored(site):
    for tag in ("", "W/"):
        response, body = site.get("/untagged/", If_None_Match=tag)
        assert (response.status, body[:10]) == (200, b"/untagged/")


def test_last_modified_is_compared_unless_there_is_an_if_none_match(site):
    assert site.get("/dated/", If_Modified_Since="Mon, 02 Mar 2026 10:00:00 GMT")[0].status == 304
    assert site.get("/dated/", If_Modified_Since="Mon, 02 Mar 2026 09:59:59 GMT")[0].status == 200
    assert site.get("/dated/", If_Modified_Since="soon")[0].status == 200
    later = {"If_Modified_Since": "Mon, 02 Mar 2026 10:00:00 GMT", "If_None_Match": '"other"'}
    assert site.get("/dated/", **later)[0].status == 200


def test_head_gets_the_headers_of_the_same_page(site):
    head, body = site.get("/head/", method="HEAD")
    page = site.get("/head/")[0]
    assert body == b""
    assert [call["method"] for call in site.calls_of("/head/")] == ["GET"]
    same = ("Content-Length", "ETag", "Content-Type", "Cache-Control")
    assert [head.headers[name] for name in same] == [page.headers[name] for name in same]


def test_each_response_has_a_new_request_id_or_the_gateways(site):
    ids = [site.get("/ids/")[0].headers["X-Request-ID"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)
    assert site.get("/ids/", X_Request_ID="from-the-gateway")[0].headers["X-Request-ID"] == "from-the-gateway"


@pytest.mark.parametrize("path", ["/moved/", "/gone/"])
def test_redirects_and_410_pages_are_cached(site, path):
    assert site.get(path)[0].status == site.get(path)[0].status
    assert len(site.calls_of(path)) == 1


@pytest.mark.parametrize("path", ["/missing/", "/failing/", "/uncached/", "/personal/", "/api/v1/uncached/"])
def test_uncacheable_responses_are_never_cached(site, path):
    site.get(path)
    before = len(site.calls_of(path))
    site.get(path)
    assert len(site.calls_of(path)) > before


def test_only_anonymous_safe_requests_are_answered_from_the_cache(site):
    site.get("/api/v1/things/")
    site.get("/api/v1/things/")
    assert len(site.calls_of("/api/v1/things/")) == 1
    site.get("/api/v1/things/", Authorization="Bearer bst_x")
    site.get("/api/v1/things/", method="POST")
    site.get("/api/v1/things/", Accept="text/csv")
    assert len(site.calls_of("/api/v1/things/")) == 4


def test_only_allowed_hosts_are_answered_from_the_cache(site):
    site.get("/host/")
    before = len(site.calls_of("/host/"))
    site.get("/host/", Host="evil.example.org")
    assert len(site.calls_of("/host/")) == before + 1


@pytest.mark.parametrize("header", ["If_Match", "If_Unmodified_Since"])
def test_a_request_with_a_rare_condition_is_passed_to_the_application(site, header):
    path = f"/{header.lower()}/"
    site.get(path)
    site.get(path, **{header: '"x"'})
    assert len(site.calls_of(path)) == 2
