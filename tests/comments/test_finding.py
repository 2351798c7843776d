"""Moderators find comments by words of the text and of the author's name, at a cost that has a limit."""

import pytest
from django.contrib.auth.models import Permission, User

from apps.comments import finding
from apps.comments.models import Comment

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

LIST = "/admin/comments/comment/"


@pytest.fixture
def say(make_post):
    """Return a function that makes a comment."""
    post = make_post("Tides")

    def make(name: str, body: str, status: str = "approved", **fields) -> Comment:
        return Comment.objects.create(post=post, name=name, body=body, status=status, **fields)

    return make


def found(query: str) -> list[int]:
    return finding.find(Comment.objects.all(), query).keys


def test_all_words_have_to_be_in_the_text_or_the_name_whatever_their_case_and_accents(say):
    older = say("Renée", "High water at noon.")
    newer = say("Bob", "Renee was right about the WATER.")
    assert found("water") == [newer.pk, older.pk]
    assert found("RENEE noon") == [older.pk]
    assert found("renée right") == [newer.pk]
    assert found("ebb water") == []


def test_a_search_without_a_status_looks_at_all_of_them(log_in, erika, say):
    say("Ann", "About herrings.", "approved")
    say("Ben", "About herrings, too.", "spam")
    client = log_in(erika)
    page = client.get(f"{LIST}?q=herrings").content.decode()
    assert "Ann" in page
    assert "Ben" in page
    of_spam = client.get(f"{LIST}?q=herrings&status=spam").content.decode()
    assert "Ben" in of_spam
    assert "Ann" not in of_spam


def test_only_the_newest_comments_are_read_and_the_list_says_so(log_in, erika, say, monkeypatch):
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 2)
    say("Ann", "About herrings.")
    say("Ben", "About crabs.")
    assert len(found("herrings")) == 1
    say("Cid", "About gulls.")
    client = log_in(erika)
    page = client.get(f"{LIST}?q=herrings").content.decode()
    assert "The newest 2 comments of this list were looked through." in page
    assert "Ann" not in page
    assert "were looked through" not in client.get(f"{LIST}?q=herrings&status=spam").content.decode()


def test_more_comments_than_a_list_takes_are_cut_and_the_list_says_so(log_in, erika, say, monkeypatch):
    monkeypatch.setattr(finding, "MAX_FOUND", 1)
    say("Ann", "About herrings.")
    say("Ben", "About herrings, too.")
    page = log_in(erika).get(f"{LIST}?q=herrings").content.decode()
    assert "More than 1 comments have these words." in page
    assert "Ben" in page
    assert "Ann" not in page


def test_moderators_of_some_posts_find_no_comments_on_others(log_in, alice, bob, make_post):
    alice.user_permissions.set(Permission.objects.filter(codename__in=["view_comment", "change_comment"]))
    draft = make_post("Merger", authors=[bob.author], status="draft")
    Comment.objects.create(post=draft, name="Ann", body="About herrings.")
    assert "herrings." not in log_in(User.objects.get(pk=alice.pk)).get(f"{LIST}?q=herrings").content.decode()
