"""Texts have one Unicode form; names that look alike are one, and a text that nobody sees is empty."""

import pytest
from django.core.exceptions import ValidationError

from apps.core.text import is_blank
from apps.posts import services
from apps.posts.models import Tag

LOOK_ALIKES = ["Flambe\u0301", "FLAMBÉ", "flambé", " Flambé ", "Fl\u200bamb\u00adé", "Ｆlambé", "\u202aFlambé\u202c"]


@pytest.mark.parametrize("name", LOOK_ALIKES, ids=ascii)
def test_names_of_tags_that_look_alike_are_one(erika_client, name):
    assert erika_client.post("tags/", {"name": "Flambé"}).status_code == 201
    refused = erika_client.post("tags/", {"name": name})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/name")
    assert "There is a tag of this name already" in refused.content.decode()
    other = erika_client.post("tags/", {"name": "Flambee"})
    renamed = erika_client.patch(f"tags/{other.json()['id']}/", {"name": name}, If_Match="*")
    assert renamed.status_code == 400
    assert len(services.tags_named([name, "Flambé"])) == 1


INVISIBLE = ["\u200b", "\u00ad\u2060", "\u3164", "\u2800", "\u202a\u202c", "\u00a0 \u3000"]


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_a_required_text_that_nobody_sees_is_refused(erika_client, client, make_post, text):
    post = make_post("Tides")
    for resource, body, name in [
        ("posts", {"title": text}, "title"),
        ("tags", {"name": text}, "name"),
        ("authors", {"name": text}, "name"),
        ("comments", {"post": post.pk, "name": text, "body": "Hello"}, "name"),
        ("comments", {"post": post.pk, "name": "Reader", "body": text}, "body"),
        ("comments", {"post": post.pk, "name": "Reader", "body": "&#8203;"}, "body"),
    ]:
        sender = client if resource == "comments" else erika_client
        response = sender.post(f"{resource}/", body)
        assert response.status_code == 400, (resource, name)
        assert [error["pointer"] for error in response.json()["errors"]] == [f"/{name}"]


def test_texts_are_stored_in_one_form(erika_client):
    made = erika_client.post(
        "posts/", {"title": "Cafe\u0301", "body": "Creme bru\u0302le\u0301e", "status": "published"}
    )
    assert (made.json()["title"], made.json()["body"]) == ("Café", "Creme brûlée")
    assert erika_client.post("posts/", {"title": "e\u0301" * 200}).status_code == 201


def test_control_characters_are_no_visible_text():
    assert is_blank("\0\t\u0085\u2028")
    assert not is_blank("\u0600")
    assert not is_blank("❤\ufe0f")


@pytest.mark.django_db
def test_a_tag_of_an_earlier_release_that_looks_like_another_one_can_still_be_changed():
    tag = services.create_tag(name="Salt water")
    old = Tag.objects.create(name="Salt  water", slug="old")
    services.update_tag(old, expected_version=1, description="Of the sea.")
    assert (Tag.objects.get(pk=old.pk).name_key, Tag.objects.get(pk=old.pk).version) == (None, 2)
    other = services.create_tag(name="Other")
    with pytest.raises(ValidationError, match="already"):
        services.update_tag(other, expected_version=1, name="salt water")
    services.update_tag(tag, expected_version=1, name="Brine")
    services.update_tag(Tag.objects.get(pk=old.pk), expected_version=2, name="salt water")
    assert services.tags_named(["Salt Water"]) == [old]


@pytest.mark.django_db
def test_the_database_refuses_a_tag_that_was_made_meanwhile(monkeypatch):
    services.create_tag(name="Flambé")
    # Nothing is found by the check before the transaction, as if both were made at once.
    monkeypatch.setattr(type(Tag.objects), "find_by_name", lambda tags, name: None)
    for name in ("Flambe\u0301", "Fl\u200bambé", "FLAMBÉ"):
        with pytest.raises(ValidationError, match="already"):
            services.create_tag(name=name)
