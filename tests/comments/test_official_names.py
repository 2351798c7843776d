"""A comment with the badge of the site has the name of whoever writes it."""

import pytest
from django.core.exceptions import ValidationError

from apps.comments import services


@pytest.fixture(autouse=True)
def _open(policy):
    policy("open")


@pytest.mark.parametrize("name", ["Bob Brown", "Erika", "The editors"])
def test_an_author_cannot_write_under_another_name(alice_client, bob, post, name):
    response = alice_client.post("comments/", {"post": post.pk, "name": name, "body": "Well said."})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/name")
    assert "You write for this site as “Alice Adams”" in response.json()["errors"][0]["detail"]


@pytest.mark.parametrize("name", [{}, {"name": "Alice Adams"}, {"name": " alice  ADAMS "}])
def test_the_name_of_an_author_is_their_own(alice_client, post, name):
    comment = alice_client.post("comments/", {"post": post.pk, "body": "Well said.", **name}).json()
    assert (comment["name"], comment["official"]) == ("Alice Adams", True)


@pytest.mark.parametrize("name", ["Bob Brown", "bob brown", "Bob\u200b Brown"])
def test_an_editor_without_an_author_cannot_write_as_one(erika_client, bob, post, name):
    response = erika_client.post("comments/", {"post": post.pk, "name": name, "body": "Well said."})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/name")
    assert erika_client.post("comments/", {"post": post.pk, "name": "The editors", "body": "Words."}).status_code == 201


def test_a_moderator_cannot_change_it_to_another_name(erika, alice, bob, post):
    comment = services.create_comment(by=alice, post=post, body="Well said.")
    with pytest.raises(ValidationError, match="Alice Adams"):
        services.update_comment(comment, by=erika, expected_version=1, name="Bob Brown")
    comment.refresh_from_db()
    assert services.update_comment(comment, by=erika, expected_version=1, body="*Well* said.").name == "Alice Adams"


def test_a_reader_may_have_any_name(client, bob, post):
    response = client.post("comments/", {"post": post.pk, "name": "Bob Brown", "body": "Well said."})
    assert (response.status_code, response.json()["official"]) == (201, False)
