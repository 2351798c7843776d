"""The key of a page has exactly what the page depends on, and nothing else reaches the application."""

import pytest

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def test_an_unknown_parameter_is_not_part_of_the_key(site):
    pages = {site.get(f"/post-a/?{query}")[1] for query in ("", "x=1", "x=2", "utm_source=letter&x=3", "before=x")}
    assert len(pages) == 1
    assert len(site.calls_of("/post-a/")) == 1


def test_a_page_is_rendered_without_unknown_parameters(site):
    assert site.get("/post-b/?utm_source=letter")[1] == b"/post-b/? number 1 "
    assert site.get("/post-b/")[1] == b"/post-b/? number 1 "


def test_known_parameters_are_part_of_the_key_in_any_order(site):
    assert site.get("/search/?q=a&page=2")[1] == site.get("/search/?page=2&x=1&q=a")[1]
    assert site.get("/search/?q=b&page=2")[1] != site.get("/search/?q=a&page=2")[1]
    assert [call["query"] for call in site.calls_of("/search/")] == ["page=2&q=a", "page=2&q=b"]


def test_a_redirect_keeps_the_whole_query(site):
    assert site.get("/moved/x/?utm_source=letter")[0].headers["Location"] == "/new/?utm_source=letter"
    assert site.get("/moved/x/?utm_source=other")[0].headers["Location"] == "/new/?utm_source=other"
    assert site.get("/moved/x/")[0].headers["Location"] == "/new/?"


def test_the_key_of_an_api_request_has_the_whole_query(site):
    site.get("/api/v1/posts/?x=1")
    site.get("/api/v1/posts/?x=2")
    assert [call["query"] for call in site.calls_of("/api/v1/posts/")] == ["x=1", "x=2"]


def test_the_cache_answers_no_request_of_the_api_that_asks_for_what_is_committed(site):
    for number in range(3):
        site.get("/api/v1/tags/?fresh", Cache_Control="no-cache" if number else "max-age=0")
    site.get("/api/v1/tags/?fresh")
    assert len(site.calls_of("/api/v1/tags/")) == 3


def test_the_change_feed_is_not_cached(site):
    for _ in range(2):
        site.get("/api/v1/changes/")
    assert len(site.calls_of("/api/v1/changes/")) == 2


def test_no_other_headers_reach_the_application(site):
    site.get(
        "/pure/",
        Cookie="sessionid=1",
        User_Agent="somebody",
        Accept="application/json; indent=4, */*",
        Accept_Language="de",
        Accept_Encoding="br",
        If_None_Match='"x"',
        Range="bytes=0-1",
        X_Anything="1",
    )
    headers = {name for name in site.calls_of("/pure/")[0] if name.startswith("HTTP_")}
    assert headers == {"HTTP_HOST", "HTTP_X_REQUEST_ID"}


def test_http_and_https_have_separate_pages(site):
    site.get("/scheme/")
    site.get("/scheme/", X_Forwarded_Proto="https")
    assert len(site.calls_of("/scheme/")) == 2
    site.get("/scheme/", X_Forwarded_Proto="gopher")
    site.get("/scheme/", X_Forwarded_Proto="gopher")
    assert len(site.calls_of("/scheme/")) == 4


def test_of_the_formats_of_feeds_only_the_known_ones_are_part_of_the_key(site):
    assert site.get("/tags/a/?feed=rss2")[1] != site.get("/tags/a/?feed=atom")[1]
    assert {site.get(f"/tags/a/?feed={value}")[1] for value in ("", "x", "y", "rss3")} == {site.get("/tags/a/")[1]}
    assert sorted(call["query"] for call in site.calls_of("/tags/a/")) == ["", "feed=atom", "feed=rss2"]
