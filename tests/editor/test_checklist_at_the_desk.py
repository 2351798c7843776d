"""The checklist on the form, of what is stored; and an address that checks what is typed."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.any_database

URL = "/admin/posts/post/checklist/"


@pytest.fixture
def ask(erika, log_in):
    client = log_in(erika)
    return lambda **typed: client.post(URL, typed)


def test_the_form_shows_what_there_is_to_look_at(erika, log_in, make_post):
    post = make_post("Tides", body="[here](/nothing/)", status="draft")
    page = log_in(erika).get(reverse("admin:posts_post_change", args=[post.pk])).content.decode()
    for sentence in ("There is no summary", "/nothing/ (there is nothing at this address)", "“here”"):
        assert sentence in page


def test_the_form_says_where_there_is_nothing(erika, log_in, make_post):
    post = make_post("Tides", summary="About tides.")
    page = log_in(erika).get(reverse("admin:posts_post_change", args=[post.pk])).content.decode()
    assert "Nothing to look at" in page


def test_a_text_is_text(erika, log_in, make_post):
    post = make_post("Tides", body="[here](/%3Cscript%3E/)\n\n### <script>alert(1)</script> A & B", status="draft")
    page = log_in(erika).get(reverse("admin:posts_post_change", args=[post.pk])).content.decode()
    assert "<script>alert" not in page


def test_what_is_typed_is_checked_and_not_stored(ask, make_post):
    post = make_post("Tides", body="Stored.")
    response = ask(title="Tides", summary="S.", body="See [here](/nothing/).\r\n\r\n#### Four", slug=post.slug)
    assert [warning["code"] for warning in response.json()["warnings"]] == ["links", "headings", "link-text"]
    post.refresh_from_db()
    assert (post.body, post.version) == ("Stored.", 1)


def test_a_link_to_itself_is_no_broken_one(ask):
    body = "[The tides again](/tides/)"
    assert ask(title="Tides", summary="S.", body=body, slug="tides").json() == {"warnings": []}


def test_a_text_that_cannot_be_rendered_is_said(ask):
    response = ask(title="Tides", body=">" * 200 + " deep")
    assert response.status_code == 422
    assert "nests" in response.json()["error"]


def test_it_is_for_those_who_write(charlie, erika, log_in):
    assert log_in(charlie).post(URL, {}).status_code == 302
    assert log_in(erika).get(URL).status_code == 405
