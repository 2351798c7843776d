"""The moderators' desk: what waits, decided by the dozen or one by one, and answered."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import AuditEntry
from apps.comments.models import Comment
from tests.editor.forms import fields_of

LIST = "/admin/comments/comment/"


@pytest.fixture
def desk(log_in, erika):
    return log_in(erika)


def act(desk, action: str, *comments: Comment):
    response = desk.post(
        f"{LIST}?status=all", {"action": action, "_selected_action": [row.pk for row in comments]}, follow=True
    )
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]


def test_what_waits_comes_first_with_how_much_there_is(desk, post, comment):
    comment(post, "This waits.", status="pending")
    comment(post, "This is spam.", status="spam")
    comment(post, "This is seen.")
    html = desk.get(LIST).content.decode()
    assert "This waits." in html
    assert "This is" not in html
    assert "Waiting (1)" in html
    assert "Spam (1)" in html
    assert "In the trash (0)" in html
    assert "This is seen." in desk.get(f"{LIST}?status=approved").content.decode()


def test_a_dozen_is_decided_at_once(desk, post, comment):
    rows = [comment(post, f"Text {n}.", status="pending", email="rita@example.org") for n in range(3)]
    steps = [("approve", "approved"), ("spam", "spam"), ("trash", "trash"), ("trust", "approved")]
    for action, status in steps:
        assert act(desk, action, *rows)[0].startswith("3 comments")
        assert set(Comment.objects.values_list("status", flat=True)) == {status}
    assert Comment.objects.filter(is_trusted=True).count() == 3


def test_what_is_seen_is_not_deleted_for_good_and_what_is_trash_is(desk, post, comment):
    row = comment(post)
    assert "Only spam" in act(desk, "purge", row)[0]
    act(desk, "trash", row)
    act(desk, "purge", row)
    assert not Comment.objects.exists()


def test_somebody_is_erased_from_all_their_comments(desk, post, comment):
    row = comment(post, email="rita@example.org")
    comment(post, "Another.", email="rita@example.org")
    act(desk, "erase", row)
    assert set(Comment.objects.values_list("name", "email", "body")) == {("Deleted", "", "")}


def test_the_log_of_the_desk_does_not_remember_what_was_erased(desk, post, comment):
    row = comment(post, "Secret words.", name="Rita", email="rita@example.org")
    url = reverse("admin:comments_comment_change", args=[row.pk])
    assert desk.post(url, fields_of(desk.get(url), "comment_form") | {"body": "More words."}).status_code == 302
    act(desk, "erase", row)
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {f"comment {row.pk}"}
    told = [" ".join(map(str, entry)) for entry in AuditEntry.objects.values_list("object_name", "message")]
    assert told
    assert not [words for words in told if "Rita" in words or "Secret" in words]


def test_an_answer_approves_what_waits_and_is_marked(desk, post, comment, erika):
    row = comment(post, status="pending")
    url = reverse("admin:comments_comment_change", args=[row.pk])
    form = fields_of(desk.get(url), "comment_form")
    assert desk.post(url, form | {"answer": "Thank you."}).status_code == 302
    row.refresh_from_db()
    answer = Comment.objects.get(parent=row)
    assert (row.status, answer.is_official, answer.name, answer.body) == ("approved", True, "erika", "Thank you.")


def test_a_second_moderator_is_shown_both_texts(desk, post, comment):
    row = comment(post, "First.")
    url = reverse("admin:comments_comment_change", args=[row.pk])
    form = fields_of(desk.get(url), "comment_form")
    assert desk.post(url, form | {"body": "Second."}).status_code == 302
    late = desk.post(url, form | {"body": "Third."})
    assert late.status_code == 409
    assert "Third." in late.content.decode()
    assert Comment.objects.get().body == "Second."


def test_an_e_mail_address_finds_its_comments(desk, post, comment):
    comment(post, "Hers.", status="pending", email="rita@example.org")
    comment(post, "His.", status="pending", email="bob@example.org")
    html = desk.get(f"{LIST}?q=Rita@example.org").content.decode()
    assert "Hers." in html
    assert "His." not in html


def test_authors_have_no_such_desk(log_in, alice, post, comment):
    row = comment(post)
    client = log_in(alice)
    assert client.get(LIST).status_code == 403
    assert client.get(reverse("admin:comments_comment_change", args=[row.pk])).status_code == 403
    assert "comments" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("path", [LIST, f"{LIST}?status=all", "change"])
def test_a_page_costs_the_same_with_many_and_counts_and_skips_nothing(path, desk, make_post, comment):
    def statements() -> list[str]:
        ContentType.objects.clear_cache()
        url = path if path.startswith("/") else reverse("admin:comments_comment_change", args=[row.pk])
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    row = comment(make_post("One"), status="pending")
    few = statements()
    for number in range(5):
        comment(make_post(f"Post {number}"), status="pending", name=f"N{number}")
    many = statements()
    assert len(many) == len(few) <= 12, many
    assert not [sql for sql in many if "COUNT(" in sql or "OFFSET" in sql]
