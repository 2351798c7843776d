"""A moderator who may not change the posts of others sees the comments on posts that they may know of."""

import pytest
from django.contrib.auth.models import Permission, User

from apps.comments.models import Comment
from apps.posts import services

LIST = "/admin/comments/comment/"


@pytest.fixture
def moderator(alice) -> User:
    alice.user_permissions.set(Permission.objects.filter(codename__in=["view_comment", "change_comment"]))
    return User.objects.get(pk=alice.pk)


@pytest.fixture
def withdrawn(make_post, bob, comment):
    """A pending comment on a post of Bob's that is a draft again."""
    post = make_post("Merger", authors=[bob.author])
    waiting = comment(post, "Is this true?", status="pending")
    services.update_post(post, by=None, expected_version=1, status="draft")
    return waiting


def test_the_desk_shows_and_counts_no_others(moderator, withdrawn, post, comment, log_in):
    comment(post, "Well said.", status="pending")
    client = log_in(moderator)
    page = client.get(LIST).content.decode()
    assert "Well said." in page
    assert f"{Comment.Status.PENDING.label} (1)" in page
    assert "Merger" not in page
    assert "Is this true?" not in page
    assert client.get(f"{LIST}{withdrawn.pk}/change/").status_code == client.get(f"{LIST}999999/change/").status_code
    start = client.get("/admin/").content.decode()
    assert "Well said." in start
    assert "Is this true?" not in start


def test_the_api_neither(moderator, withdrawn, client):
    own = client.as_(moderator)
    assert own.get("comments/?status=pending").json()["results"] == []
    assert own.get(f"comments/?status=any&post={withdrawn.post_id}").json()["results"] == []
    for response in (
        own.get(f"comments/{withdrawn.pk}/"),
        own.patch(f"comments/{withdrawn.pk}/", {"status": "approved"}, If_Match="*"),
    ):
        assert response.status_code == 404


def test_an_editor_sees_all(erika, withdrawn, log_in, client):
    assert "Merger" in log_in(erika).get(LIST).content.decode()
    assert client.as_(erika).get(f"comments/{withdrawn.pk}/").status_code == 200
