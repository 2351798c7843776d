"""Concurrent requests for a page render it once."""

import pytest

from tests.server.clients import abort, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]


@pytest.fixture
def site(start_site):
    """A server for each test, because the tests open its gate."""
    return start_site()


def test_concurrent_requests_for_a_page_render_it_once(site):
    responses = site.get_concurrently(30, "/slow/")
    site.gate.touch()
    assert {response.result()[1] for response in responses} == {b"/slow/? number 1 "}
    assert len(site.calls_of("/slow/")) == 1


def test_others_get_the_page_when_the_first_client_disconnects(site):
    first = site.client.send(b"GET /slow/left/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    wait_for(lambda: site.calls_of("/slow/left/"), "the first request")
    others = [site.pool.submit(site.get, "/slow/left/") for _ in range(3)]
    abort(first)
    site.gate.touch()
    assert {response.result()[0].status for response in others} == {200}


def test_requests_for_other_pages_do_not_wait(site):
    responses = site.get_concurrently(30, "/slow/one/")
    assert site.get("/other/")[0].status == 200
    site.gate.touch()
    assert all(response.result()[0].status == 200 for response in responses)


def test_a_request_after_a_change_gets_a_page_rendered_after_it(site):
    responses = site.get_concurrently(2, "/slow/changed/")
    site.change_content()
    wait_for(
        lambda: site.pool.submit(site.get, "/slow/changed/") and len(site.calls_of("/slow/changed/")) == 2,
        "the second request",
    )
    site.gate.touch()
    assert all(response.result()[1].endswith(b"number 1 ") for response in responses)
    assert site.get("/slow/changed/")[1].endswith(b"number 2 ")


def test_a_page_that_fails_to_render_is_served_stale(site):
    rendered = site.get("/fails-later/")[1]
    site.change_content()
    wait_for(
        lambda: site.get("/fails-later/") and len(site.calls_of("/fails-later/")) > 1, "the page to be rendered again"
    )
    response, body = site.get("/fails-later/")
    assert (response.status, body) == (200, rendered)
    assert int(response.headers["Age"]) >= 0
