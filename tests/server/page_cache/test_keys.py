"""What a page depends on is all that its key has, and all that reaches the application."""

import pytest

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def test_an_unknown_parameter_makes_no_page_of_its_own(site):
    pages = {site.get(f"/post-a/?{query}")[1] for query in ("", "x=1", "x=2", "utm_source=letter&x=3", "before=x")}
    assert len(pages) == 1
    assert len(site.asked("/post-a/")) == 1


def test_a_page_that_is_first_asked_for_with_an_unknown_parameter_is_made_without_it(site):
    assert site.get("/post-b/?utm_source=letter")[1] == b"/post-b/? number 1 "
    assert site.get("/post-b/")[1] == b"/post-b/? number 1 "


def test_known_parameters_are_told_apart_in_any_order(site):
    assert site.get("/search/?q=a&page=2")[1] == site.get("/search/?page=2&x=1&q=a")[1]
    assert site.get("/search/?q=b&page=2")[1] != site.get("/search/?q=a&page=2")[1]
    assert [call["query"] for call in site.asked("/search/")] == ["page=2&q=a", "page=2&q=b"]


def test_a_redirect_keeps_the_whole_query(site):
    assert site.get("/moved/x/?utm_source=letter")[0].headers["Location"] == "/new/?utm_source=letter"
    assert site.get("/moved/x/?utm_source=other")[0].headers["Location"] == "/new/?utm_source=other"
    assert site.get("/moved/x/")[0].headers["Location"] == "/new/?"


def test_the_api_is_asked_with_its_whole_query(site):
    site.get("/api/v1/posts/?x=1")
    site.get("/api/v1/posts/?x=2")
    assert [call["query"] for call in site.asked("/api/v1/posts/")] == ["x=1", "x=2"]


def test_nothing_else_of_a_request_reaches_the_application(site):
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
    given = {name for name in site.asked("/pure/")[0] if name.startswith("HTTP_")}
    assert given == {"HTTP_HOST", "HTTP_X_REQUEST_ID"}


def test_a_page_for_https_is_not_the_one_for_http(site):
    site.get("/scheme/")
    site.get("/scheme/", X_Forwarded_Proto="https")
    assert len(site.asked("/scheme/")) == 2
    site.get("/scheme/", X_Forwarded_Proto="gopher")
    site.get("/scheme/", X_Forwarded_Proto="gopher")
    assert len(site.asked("/scheme/")) == 4
