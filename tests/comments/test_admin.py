"""The admin of comments: the moderation queue, bulk actions, answers and erasure."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.comments.models import Comment
from tests.editor.forms import fields_of

LIST = "/admin/comments/comment/"


@pytest.fixture
def moderator(log_in, erika):
    return log_in(erika)


def run_action(moderator, action: str, *comments: Comment):
    response = moderator.post(
        f"{LIST}?status=all", {"action": action, "_selected_action": [row.pk for row in comments]}, follow=True
    )
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]


def test_pending_comments_are_listed_by_default_and_statuses_are_counted(moderator, post, comment):
    comment(post, "This waits.", status="pending")
    comment(post, "This is spam.", status="spam")
    comment(post, "This is seen.")
    html = moderator.get(LIST).content.decode()
    assert "This waits." in html
    assert "This is" not in html
    assert "Waiting (1)" in html
    assert "Spam (1)" in html
    assert "In the trash (0)" in html
    assert "This is seen." in moderator.get(f"{LIST}?status=approved").content.decode()


def test_bulk_actions_set_the_status_of_all_selected_comments(moderator, post, comment):
    rows = [comment(post, f"Text {n}.", status="pending", email="rita@example.org") for n in range(3)]
    steps = [("approve", "approved"), ("spam", "spam"), ("trash", "trash"), ("trust", "approved")]
    for action, status in steps:
        assert run_action(moderator, action, *rows)[0].startswith("3 comments")
        assert set(Comment.objects.values_list("status", flat=True)) == {status}
    assert Comment.objects.filter(is_trusted=True).count() == 3


def test_only_spam_and_trash_can_be_deleted_permanently(moderator, post, comment):
    row = comment(post)
    assert "Only spam" in run_action(moderator, "purge", row)[0]
    run_action(moderator, "trash", row)
    run_action(moderator, "purge", row)
    assert not Comment.objects.exists()


def test_erasing_a_commenter_empties_all_their_comments(moderator, post, comment):
    row = comment(post, email="rita@example.org")
    comment(post, "Another.", email="rita@example.org")
    run_action(moderator, "erase", row)
    assert set(Comment.objects.values_list("name", "email", "body")) == {("Deleted", "", "")}


def test_the_admin_log_and_the_audit_have_no_personal_data_of_comments(moderator, post, comment):
    row = comment(post, "Secret words.", name="Rita", email="rita@example.org")
    url = reverse("admin:comments_comment_change", args=[row.pk])
    assert (
        moderator.post(url, fields_of(moderator.get(url), "comment_form") | {"body": "More words."}).status_code == 302
    )
    run_action(moderator, "erase", row)
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {f"comment {row.pk}"}
    logged = [" ".join(map(str, entry)) for entry in AuditEntry.objects.values_list("object_name", "message")]
    assert logged
    assert not [words for words in logged if "Rita" in words or "Secret" in words]


def test_an_answer_is_official_and_approves_a_pending_parent(moderator, post, comment, erika):
    row = comment(post, status="pending")
    url = reverse("admin:comments_comment_change", args=[row.pk])
    form = fields_of(moderator.get(url), "comment_form")
    assert moderator.post(url, form | {"answer": "Thank you."}).status_code == 302
    row.refresh_from_db()
    answer = Comment.objects.get(parent=row)
    assert (row.status, answer.is_official, answer.name, answer.body) == ("approved", True, "erika", "Thank you.")


def test_a_concurrent_edit_is_a_409_that_shows_both_texts(moderator, post, comment):
    row = comment(post, "First.")
    url = reverse("admin:comments_comment_change", args=[row.pk])
    form = fields_of(moderator.get(url), "comment_form")
    assert moderator.post(url, form | {"body": "Second."}).status_code == 302
    response = moderator.post(url, form | {"body": "Third."})
    assert response.status_code == 409
    assert "Third." in response.content.decode()
    assert Comment.objects.get().body == "Second."


def test_the_search_finds_comments_by_e_mail_address(moderator, post, comment):
    comment(post, "Hers.", status="pending", email="rita@example.org")
    comment(post, "His.", status="pending", email="bob@example.org")
    html = moderator.get(f"{LIST}?q=Rita@example.org").content.decode()
    assert "Hers." in html
    assert "His." not in html


def test_authors_cannot_open_the_admin_of_comments(log_in, alice, post, comment):
    row = comment(post)
    client = log_in(alice)
    assert client.get(LIST).status_code == 403
    assert client.get(reverse("admin:comments_comment_change", args=[row.pk])).status_code == 403
    assert "comments" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("path", [LIST, f"{LIST}?status=all", "change"])
def test_the_query_count_does_not_grow_with_the_comments(path, moderator, make_post, comment):
    def statements() -> list[str]:
        ContentType.objects.clear_cache()
        url = path if path.startswith("/") else reverse("admin:comments_comment_change", args=[row.pk])
        with CaptureQueriesContext(connection) as captured:
            assert moderator.get(url).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    row = comment(make_post("One"), status="pending")
    few = statements()
    for number in range(5):
        comment(make_post(f"Post {number}"), status="pending", name=f"N{number}")
    many = statements()
    assert len(many) == len(few) <= 12, many
    assert not [sql for sql in many if "COUNT(" in sql or "OFFSET" in sql]
