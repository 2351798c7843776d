"""However many ask for a page at once, it is made once."""

import pytest

from tests.server.clients import vanish, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]


@pytest.fixture
def site(count):
    """A server of its own for each test: they open its gate."""
    return count()


def test_many_readers_of_one_page_have_it_made_once(site):
    answers = site.get_at_once(30, "/slow/")
    site.gate.touch()
    assert {answer.result()[1] for answer in answers} == {b"/slow/? number 1 "}
    assert len(site.asked("/slow/")) == 1


def test_others_get_the_page_when_the_first_one_leaves(site):
    first = site.client.send(b"GET /slow/left/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    wait_for(lambda: site.asked("/slow/left/"), "the first request")
    others = [site.crowd.submit(site.get, "/slow/left/") for _ in range(3)]
    vanish(first)
    site.gate.touch()
    assert {answer.result()[0].status for answer in others} == {200}


def test_readers_of_other_pages_do_not_wait(site):
    answers = site.get_at_once(30, "/slow/one/")
    assert site.get("/other/")[0].status == 200
    site.gate.touch()
    assert all(answer.result()[0].status == 200 for answer in answers)


def test_whoever_asks_after_a_change_gets_what_is_made_after_it(site):
    answers = site.get_at_once(2, "/slow/changed/")
    site.change_content()
    wait_for(
        lambda: site.crowd.submit(site.get, "/slow/changed/") and len(site.asked("/slow/changed/")) == 2, "another"
    )
    site.gate.touch()
    assert all(answer.result()[1].endswith(b"number 1 ") for answer in answers)
    assert site.get("/slow/changed/")[1].endswith(b"number 2 ")


def test_a_page_that_cannot_be_made_any_more_is_served_as_it_was(site):
    kept = site.get("/fails-later/")[1]
    site.change_content()
    wait_for(lambda: site.get("/fails-later/") and len(site.asked("/fails-later/")) > 1, "the page to be made again")
    response, body = site.get("/fails-later/")
    assert (response.status, body) == (200, kept)
    assert int(response.headers["Age"]) >= 0
