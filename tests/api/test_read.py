"""GET on one post: visibility and the number of queries."""

import pytest

from apps.posts import services
from apps.posts.models import Author


def test_a_published_post_is_readable_without_a_token(client, make_post):
    post = make_post("Hello", body="Some *text*.")
    shown = client.get(f"posts/{post.pk}/").json()
    assert (shown["title"], shown["body"]) == ("Hello", "Some *text*.")
    assert "<em>text</em>" in shown["body_html"]
    assert client.send("HEAD", f"posts/{post.pk}/").status_code == 200


@pytest.fixture
def draft(make_post, alice):
    return make_post("A draft", status="draft", authors=[Author.objects.get(user=alice)])


def test_a_draft_is_a_404_for_users_who_may_not_change_it(client, draft, bob, charlie):
    for reader in (client, client.as_(bob), client.as_(charlie)):
        response = reader.get(f"posts/{draft.pk}/")
        assert response.status_code == 404
        assert "A draft" not in response.content.decode()


def test_a_draft_is_visible_to_its_author_and_to_editors(draft, alice_client, erika_client):
    assert alice_client.get(f"posts/{draft.pk}/").json()["title"] == "A draft"
    assert erika_client.get(f"posts/{draft.pk}/").json()["title"] == "A draft"


def test_a_trashed_post_is_visible_only_to_editors(client, erika_client, make_post):
    post = make_post()
    services.trash_post(post, by=None, expected_version=1)
    assert client.get(f"posts/{post.pk}/").status_code == 404
    assert erika_client.get(f"posts/{post.pk}/").json()["trashed"] is True


TOO_LONG = pytest.mark.in_process("requests a URL that exceeds gunicorn's limit")


@pytest.mark.parametrize("number", ["0{}", "000{}"])
def test_an_id_with_leading_zeros_is_a_404(client, make_post, number):
    assert client.get(f"posts/{number.format(make_post().pk)}/").status_code == 404


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 30, pytest.param("9" * 5000, marks=TOO_LONG)])
def test_an_unknown_id_of_any_size_is_a_404(client, pk):
    assert client.get(f"posts/{pk}/").status_code == 404


def test_reading_a_post_without_a_token_needs_one_query(client, make_post, django_assert_num_queries):
    authors = [services.create_author(name=f"Author {number}") for number in range(5)]
    tags = [services.create_tag(name=f"Tag {number}") for number in range(5)]
    post = make_post(authors=authors, tags=tags)
    with django_assert_num_queries(1):
        client.get(f"posts/{post.pk}/")


def test_responses_must_be_revalidated_and_vary_by_authorization(client, make_post):
    response = client.get(f"posts/{make_post().pk}/")
    assert response["Cache-Control"] == "no-cache"
    assert "Authorization" in response["Vary"]
