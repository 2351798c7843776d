"""The search of the list of posts: words of titles and texts, of drafts too, and only of posts that the user may see."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from apps.editor.admin import posts as posts_admin
from apps.posts import search, services
from apps.posts.models import Post
from tests.editor.test_post_list import shown_titles

# InnoDB's full-text index has only committed rows.
pytestmark = pytest.mark.django_db(transaction=connection.vendor == "mysql")

URL = reverse("admin:posts_post_changelist")


@pytest.fixture
def states(make_post, erika):
    """A post of each state, all with a word in the text."""
    body = {"body": "About the café and its *crème* of 日本."}
    make_post("Live", **body)
    make_post("To come", published_at=timezone.now() + timedelta(days=1), **body)
    make_post("Draft", status="draft", **body)
    make_post("In the summary", status="draft", summary="A café.", body="Nothing.")
    make_post("Page", kind="page", **body)
    services.trash_post(make_post("Thrown", **body), by=erika, expected_version=1)
    make_post("Other", body="Nothing of it.")


@pytest.mark.parametrize("query", ["café", "CAFE", "cafe creme", "日本", "of ca"])
@pytest.mark.parametrize("matches", [search.MATCHES, 0])
def test_words_of_texts_are_found_in_every_state(states, erika, log_in, monkeypatch, query, matches):
    monkeypatch.setattr(search, "MATCHES", matches)
    client = log_in(erika)
    summary = {"In the summary"} if query in ("café", "CAFE") else set()
    assert set(shown_titles(client.get(URL, {"q": query}))) == {"Live", "To come", "Draft", "Page"} | summary
    assert set(shown_titles(client.get(URL, {"q": query, "state": "draft"}))) == {"Draft"} | summary
    assert shown_titles(client.get(URL, {"q": query, "state": "trash"})) == ["Thrown"]


def test_posts_that_the_user_may_not_see_are_not_found_and_take_no_places(make_post, alice, log_in, monkeypatch):
    monkeypatch.setattr(search, "MAX_FILTERED", 3)
    monkeypatch.setattr(search, "SCANNED", 3)
    monkeypatch.setattr(posts_admin, "MAX_TEXTS", 3)
    monkeypatch.setattr("apps.editor.admin.titles.MAX_FOUND", 3)
    own = {"authors": [alice.author], "body": "All about the crocus."}
    make_post("Mine", status="draft", **own)
    make_post("A crocus of mine", status="draft", **own)
    for number in range(5):
        make_post(f"Crocus {number}", status="draft", body="All about the crocus.")
    assert set(shown_titles(log_in(alice).get(URL, {"q": "crocus"}))) == {"Mine", "A crocus of mine"}


def test_more_texts_than_are_shown_are_told(make_post, erika, log_in, monkeypatch):
    monkeypatch.setattr(posts_admin, "MAX_TEXTS", 2)
    for number in range(4):
        make_post(f"Post {number}", body="All about the crocus.")
    response = log_in(erika).get(URL, {"q": "crocus"})
    assert len(shown_titles(response)) == 2
    assert "More than 2 posts have these words" in response.content.decode()


def test_the_choice_of_a_post_in_a_form_offers_titles_alone(states, make_post, erika, log_in):
    make_post("The café itself")
    query = {"app_label": "posts", "model_name": "post", "field_name": "translation_of", "term": "café"}
    found = log_in(erika).get(reverse("admin:autocomplete"), query).json()["results"]
    assert [row["text"] for row in found] == ["The café itself"]


def test_the_number_of_queries_does_not_depend_on_the_matches(make_post, django_assert_max_num_queries):
    for number in range(9):
        make_post(f"Post {number}", body="All about the crocus.", status=("draft", "published")[number % 2])
    with django_assert_max_num_queries(6):
        assert len(search.find_among("the crocus xy", Post.objects.all(), 9)) == 0
    with django_assert_max_num_queries(6):
        assert len(search.find_among("the crocus", Post.objects.all(), 9)) == 9
