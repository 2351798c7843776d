"""Comments in the API: the operations of everybody, and those of moderators."""

from __future__ import annotations

import pytest

from apps.comments.models import Comment

PRIVATE = {"email", "address", "notify", "body", "is_trusted"}


def test_a_client_without_a_token_can_comment(client, post):
    response = client.post("comments/", {"post": post.pk, "name": "Rita", "email": "r@example.org", "body": "*Yes*."})
    assert response.status_code == 201
    data = response.json()
    assert (data["status"], data["body_html"], data["official"]) == ("pending", "<p><em>Yes</em>.</p>\n", False)
    assert not PRIVATE & data.keys()
    assert client.get(response["Location"]).status_code == 404


def test_a_comment_with_an_author_s_token_is_official(alice_client, post):
    data = alice_client.post("comments/", {"post": post.pk, "body": "Thanks."}).json()
    assert (data["status"], data["official"], data["name"]) == ("approved", True, "Alice Adams")


def test_a_token_without_the_create_scope_is_refused(client, alice, post):
    response = client.as_(alice, "read").post("comments/", {"post": post.pk, "body": "Thanks."})
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"body": " "}, "/body"),
        ({"body": "x" * 5001}, "/body"),
        ({"email": "nobody"}, "/email"),
        ({"notify": True}, "/email"),
        ({"website": "javascript:alert(1)"}, "/website"),
        ({"post": None}, "/post"),
        ({"post": 10**30}, "/post"),
        ({"parent": 1}, "/parent"),
        ({"status": "approved", "is_trusted": True}, "/is_trusted"),
        ({"topic": "x"}, "/topic"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "\u0007"}, "/name"),
    ],
)
def test_invalid_fields_are_reported_by_pointer_and_nothing_is_written(fields, pointer, client, post):
    response = client.post("comments/", {"post": post.pk, "name": "Rita", "body": "Text."} | fields)
    assert response.status_code == 400
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert not Comment.objects.exists()


def test_a_commenter_cannot_approve_their_own_comment(client, post):
    fields = {"post": post.pk, "name": "Rita", "body": "Text.", "status": "approved"}
    assert client.post("comments/", fields).json()["status"] == "pending"


def test_an_answer_belongs_to_the_post_of_its_parent(client, post, make_post, comment):
    first, other = comment(post), make_post("Other")
    assert client.post("comments/", {"parent": first.pk, "name": "A", "body": "x"}).json()["post"] == post.pk
    assert client.post("comments/", {"post": other.pk, "parent": first.pk, "name": "A", "body": "y"}).status_code == 400
    waiting = comment(post, "Waits.", status="pending")
    assert client.post("comments/", {"parent": waiting.pk, "name": "A", "body": "z"}).status_code == 400


def test_a_comment_on_a_closed_post_is_a_409(client, make_post):
    closed = make_post("Closed", comments_allowed=False)
    response = client.post("comments/", {"post": closed.pk, "name": "Rita", "body": "Text."})
    assert (response.status_code, response.json()["type"]) == (409, "/api/docs/problems/#conflict")


def test_too_many_comments_are_a_429_with_a_retry_after(client, post, settings):
    settings.COMMENTS_PER_HOUR = 1
    send = lambda body: client.post("comments/", {"post": post.pk, "name": "Rita", "body": body})  # noqa: E731
    assert [send("1").status_code, (second := send("2")).status_code] == [201, 429]
    assert int(second["Retry-After"]) > 0
    assert second["Content-Type"] == "application/problem+json"


def test_anybody_can_list_the_comments_of_a_post_in_threads(client, post, make_post, comment):
    first, second = comment(post, "1", name="A"), comment(post, "2", name="B")
    answer = comment(post, "3", parent=first, name="C")
    comment(make_post("Other"), "4", name="D")
    comment(post, "5", status="pending", name="E")
    page = client.get(f"comments/?post={post.pk}&page_size=2").json()
    assert [row["id"] for row in page["results"]] == [first.pk, answer.pk]
    assert [row["id"] for row in client.get(page["next"]).json()["results"]] == [second.pk]
    assert not PRIVATE & page["results"][0].keys()


@pytest.mark.parametrize("query", ["", "?status=approved"])
def test_only_moderators_can_list_comments_without_naming_a_post(query, client):
    response = client.get(f"comments/{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "post"


@pytest.mark.parametrize("query", ["post=1&status=pending", "post=1&status=any", "post=1&email=r@example.org"])
def test_filters_for_hidden_comments_are_for_moderators(query, client, alice_client, erika_client):
    assert client.get(f"comments/?{query}").status_code == 401
    assert alice_client.get(f"comments/?{query}").status_code == 403
    assert erika_client.get(f"comments/?{query}").status_code == 200


def test_the_comments_of_a_trashed_post_are_hidden_from_readers(client, erika_client, make_post, comment):
    post = make_post("Gone")
    written = comment(post)
    assert client.get(f"comments/{written.pk}/").status_code == 200
    erika_client.delete(f"posts/{post.pk}/", If_Match="*")
    assert client.get(f"comments/{written.pk}/").status_code == 404
    assert client.get(f"comments/?post={post.pk}").json()["results"] == []
    assert erika_client.get(f"comments/{written.pk}/").status_code == 200


def test_a_moderator_can_approve_change_and_trash_in_the_api(erika_client, client, post, comment):
    written = comment(post, status="pending", email="r@example.org")
    shown = erika_client.get(f"comments/{written.pk}/")
    assert shown.json()["email"] == "r@example.org"
    path = f"comments/{written.pk}/"
    assert erika_client.patch(path, {"status": "approved"}).status_code == 428
    approved = erika_client.patch(path, {"status": "approved"}, If_Match=shown["ETag"])
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")
    assert erika_client.patch(path, {"body": "x"}, If_Match=shown["ETag"]).status_code == 412
    assert erika_client.patch(path, {"body": "*x*"}, If_Match="*").json()["body_html"] == "<p><em>x</em></p>\n"
    assert erika_client.delete(path, If_Match="*").status_code == 204
    assert client.get(path).status_code == 404
    assert Comment.objects.get().status == "trash"


def test_authors_and_anonymous_clients_cannot_moderate(alice_client, client, post, comment):
    written = comment(post)
    for somebody, status in ((client, 401), (alice_client, 403)):
        assert somebody.patch(f"comments/{written.pk}/", {"status": "spam"}, If_Match="*").status_code == status
        assert somebody.delete(f"comments/{written.pk}/", If_Match="*").status_code == status


def test_a_form_is_accepted_for_new_comments_only(erika_client, post, comment):
    written = comment(post)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "If_Match": "*"}
    assert erika_client.send("PATCH", f"comments/{written.pk}/", raw=b"status=spam", **headers).status_code == 415
