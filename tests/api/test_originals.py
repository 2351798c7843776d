"""`translation_of` over the API: the id of a post that the client may not know of is neither shown nor accepted."""

from __future__ import annotations

import pytest

from apps.posts import services
from apps.posts.models import Post
from tests.api.mirrors import Feed
from tests.api.test_change_feed import come_due, trash, update

pytestmark = pytest.mark.any_database


@pytest.fixture
def secret(make_post, bob) -> Post:
    return make_post("Merger", status="draft", authors=[bob.author])


@pytest.fixture
def own(make_post, alice, secret) -> Post:
    """A public post of Alice's, the translation of a draft of Bob's."""
    return make_post("Mine", authors=[alice.author], language="de", translation_of=secret)


def shown(client, post: Post) -> int | None:
    found = client.get(f"posts/{post.pk}/").json()["translation_of"]
    assert [row["translation_of"] for row in client.get(f"posts/?slug={post.slug}").json()["results"]] == [found]
    return found


def test_it_is_shown_to_those_who_know_of_it(client, alice_client, erika_client, bob, own, secret):
    assert [shown(each, own) for each in (client, alice_client)] == [None, None]
    assert [shown(each, own) for each in (client.as_(bob), erika_client)] == [secret.pk, secret.pk]


def test_it_is_shown_to_all_once_it_is_public_and_the_etag_changes(client, own, secret):
    before = client.get(f"posts/{own.pk}/")
    update(secret, status="published")
    after = client.get(f"posts/{own.pk}/", If_None_Match=before["ETag"])
    assert (after.status_code, after.json()["translation_of"]) == (200, secret.pk)
    assert after["ETag"] != before["ETag"]


def test_an_id_that_is_not_yours_is_one_that_does_not_exist(alice_client, secret):
    answers = [alice_client.post("posts/", {"title": "New", "translation_of": pk}) for pk in (secret.pk, 999_999)]
    assert [answer.status_code for answer in answers] == [400, 400]
    (hidden,), (missing,) = (answer.json()["errors"] for answer in answers)
    assert hidden["pointer"] == "/translation_of"
    assert hidden["detail"].replace(str(secret.pk), "?") == missing["detail"].replace("999999", "?")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_sending_back_what_was_shown_keeps_it(method, alice_client, own, secret):
    fields = {"title": "New", "language": "de", "translation_of": None}
    response = getattr(alice_client, method)(f"posts/{own.pk}/", fields, If_Match="*")
    assert (response.status_code, response.json()["translation_of"]) == (200, None)
    own.refresh_from_db()
    assert (own.title, own.translation_of) == ("New", secret)


def test_an_editor_removes_it(erika_client, own):
    assert erika_client.patch(f"posts/{own.pk}/", {"translation_of": None}, If_Match="*").status_code == 200
    own.refresh_from_db()
    assert own.translation_of is None


@pytest.mark.parametrize(
    ("change", "first", "event"),
    [
        (lambda post: update(post, status="published"), "draft", "published"),
        (lambda post: update(post, status="draft"), "published", "unpublished"),
        (trash, "published", "unpublished"),
    ],
)
def test_the_change_feed_tells_a_translation_whose_original_appears_or_leaves(change, first, event, client, make_post):
    original = make_post("Tides", status=first)
    translation = make_post("Gezeiten", language="de", translation_of=original)
    feed = Feed(client)
    change(original)
    assert feed() == [("post", original.pk, event), ("post", translation.pk, "changed")]
    update(original, title="New")
    assert ("post", translation.pk, "changed") not in feed()


def test_it_tells_it_when_the_original_comes_due(client, make_post):
    from datetime import timedelta

    from django.utils import timezone

    original = make_post("Tides", published_at=timezone.now() + timedelta(days=9))
    translation = make_post("Gezeiten", language="de", translation_of=original)
    feed = Feed(client)
    come_due()
    assert feed() == [("post", original.pk, "published"), ("post", translation.pk, "published")]
    assert client.get(f"posts/{translation.pk}/").json()["translation_of"] == original.pk


def test_a_slug_that_is_taken_names_no_post(alice_client, secret, make_post):
    services.create_alias(path="/former/", post=secret)
    for slug in ("merger", "former"):
        response = alice_client.post("posts/", {"title": "New", "slug": slug})
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "/slug"
        assert "Merger" not in response.content.decode()
