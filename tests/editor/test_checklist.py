"""The checklist on the form of a stored post, and the endpoint that checks a text that is being edited."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.any_database

URL = "/admin/posts/post/checklist/"


@pytest.fixture
def check_text(erika, log_in):
    client = log_in(erika)
    return lambda **typed: client.post(URL, typed)


def test_the_form_shows_the_warnings_about_the_stored_post(erika, log_in, make_post):
    post = make_post("Tides", body="[here](/nothing/)", status="draft")
    page = log_in(erika).get(reverse("admin:posts_post_change", args=[post.pk])).content.decode()
    for sentence in ("There is no summary", "/nothing/ (there is nothing at this address)", "“here”"):
        assert sentence in page


def test_the_form_says_that_there_are_no_warnings(erika, log_in, make_post):
    post = make_post("Tides", summary="About tides.")
    page = log_in(erika).get(reverse("admin:posts_post_change", args=[post.pk])).content.decode()
    assert "Nothing to mend" in page


def test_warnings_escape_markup_from_the_text(erika, log_in, make_post):
    post = make_post("Tides", body="[here](/%3Cscript%3E/)\n\n### <script>alert(1)</script> A & B", status="draft")
    page = log_in(erika).get(reverse("admin:posts_post_change", args=[post.pk])).content.decode()
    assert "<script>alert" not in page


def test_the_endpoint_checks_the_submitted_text_and_stores_nothing(check_text, make_post):
    post = make_post("Tides", body="Stored.")
    response = check_text(title="Tides", summary="S.", body="See [here](/nothing/).\r\n\r\n#### Four", slug=post.slug)
    assert [warning["code"] for warning in response.json()["warnings"]] == ["links", "headings", "link-text"]
    post.refresh_from_db()
    assert (post.body, post.version) == ("Stored.", 1)


def test_a_link_of_a_post_to_itself_is_not_broken(check_text):
    body = "[The tides again](/tides/)"
    assert check_text(title="Tides", summary="S.", body=body, slug="tides").json() == {"warnings": []}


def test_a_text_that_cannot_be_rendered_is_a_422(check_text):
    response = check_text(title="Tides", body=">" * 200 + " deep")
    assert response.status_code == 422
    assert "nests" in response.json()["error"]


def test_the_endpoint_requires_permission_and_post(charlie, erika, log_in):
    assert log_in(charlie).post(URL, {}).status_code == 302
    assert log_in(erika).get(URL).status_code == 405
