"""The link in the mail about a comment opens a page that asks once more; a press there moderates this one comment."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from apps.audit.models import AuditEntry
from apps.comments import moderation_links, services
from apps.comments.models import Comment
from apps.core import background_mail

BROWSER = Client(enforce_csrf_checks=True)


@pytest.fixture
def mailed(post, settings, django_capture_on_commit_callbacks):
    """Write a comment and return the paths of the links that were mailed, by address."""
    settings.COMMENT_MODERATORS = ["desk@example.org"]

    def write(on=post) -> dict[str, str]:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            services.create_comment(by=None, post=on, body="A <b>text</b>.", name="Ada", email="ada@example.org")
        background_mail.wait()
        pattern = r"http://testserver(/admin/comments/by-mail/\S+/)"
        links = {message.to[0]: re.search(pattern, message.body) for message in mail.outbox}
        return {address: link and link[1] for address, link in links.items()}

    return write


def press(path: str, status: str, version: int = 1):
    return BROWSER.post(path, {"status": status, "version": version})


def test_the_page_shows_the_comment_and_its_buttons_and_changes_nothing(mailed):
    path = mailed()["desk@example.org"]
    for method in (BROWSER.get, BROWSER.head):
        assert method(path).status_code == 200
    page = BROWSER.get(path)
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    for words in ("Ada", "A &lt;b&gt;text&lt;/b&gt;.", "Approve", "Spam", "Trash"):
        assert words in page.content.decode()
    assert Comment.objects.get().status == "pending"


@pytest.mark.parametrize("status", ["approved", "spam", "trash"])
def test_a_press_moderates_and_is_in_the_audit_trail(status, mailed):
    path = mailed()["desk@example.org"]
    assert press(path, status).status_code == 200
    assert Comment.objects.get().status == status
    entry = AuditEntry.objects.get(model="comments.comment")
    assert (entry.username, entry.user, entry.object_id) == ("desk@example.org", None, str(Comment.objects.get().pk))
    assert "By a link in a mail" in entry.message
    assert "Ada" not in entry.object_name + entry.message


def test_a_comment_that_changed_meanwhile_is_shown_again(mailed):
    path = mailed()["desk@example.org"]
    services.update_comment(Comment.objects.get(), by=None, expected_version=1, body="Another text.")
    page = press(path, "approved")
    assert page.status_code == 409
    assert "Another text." in page.content.decode()
    assert Comment.objects.get().status == "pending"


@pytest.mark.parametrize("fields", [{}, {"status": "pending", "version": 1}, {"status": "spam", "version": "x"}])
def test_a_press_of_nothing_known_is_a_400(fields, mailed):
    path = mailed()["desk@example.org"]
    assert BROWSER.post(path, fields).status_code == 400
    assert Comment.objects.get().status == "pending"


def test_the_link_ends_after_a_week_and_with_the_right_to_moderate(mailed, settings, monkeypatch):
    path = mailed()["desk@example.org"]
    settings.COMMENT_MODERATORS = ["other@example.org"]
    assert BROWSER.get(path).status_code == 404
    settings.COMMENT_MODERATORS = ["desk@example.org"]
    monkeypatch.setattr(moderation_links, "LIFETIME", timedelta(seconds=-1))
    path = mailed()["desk@example.org"]
    assert BROWSER.get(path).status_code == press(path, "approved").status_code == 404
    assert set(Comment.objects.values_list("status", flat=True)) == {"pending"}


def test_a_changed_token_is_a_404(mailed):
    path = mailed()["desk@example.org"]
    assert BROWSER.get(path.replace("/by-mail/", "/by-mail/x")).status_code == 404
    assert press("/admin/comments/by-mail/nothing/", "approved").status_code == 404


def test_an_author_without_the_right_to_moderate_gets_no_link_and_an_editor_does(mailed, make_post, alice, erika):
    authors = [alice.author, services.Author.objects.create(name="E", slug="e", user=erika)]
    links = mailed(make_post("Ebb", authors=authors))
    assert links["alice@example.org"] is None
    assert press(links["erika@example.org"], "approved").status_code == 200
    assert AuditEntry.objects.get(model="comments.comment").username == "erika"
    erika.is_active = False
    erika.save()
    assert BROWSER.get(links["erika@example.org"]).status_code == 404
