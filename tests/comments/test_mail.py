"""Mail about comments: recipients, occasions, unsubscribing, and failures of the mail server."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from apps.accounts import preferences
from apps.comments import services
from apps.comments.models import Comment
from apps.core import background_mail
from blog_project.roles import Role


@pytest.fixture
def sent(django_capture_on_commit_callbacks):
    """Run a write and return the mails that it sent."""

    def run(write) -> list:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            write()
        background_mail.wait()
        return list(mail.outbox)

    return run


@pytest.fixture
def subscribed(post, comment) -> Comment:
    return comment(post, email="rita@example.org", notify=True)


def write(post, **fields):
    return lambda: services.create_comment(by=None, post=post, **{"body": "A text.", "name": "Ada"} | fields)


def test_authors_and_moderators_are_mailed_a_pending_comment(sent, make_post, alice, bob, settings):
    settings.COMMENT_MODERATORS = ["desk@example.org", "alice@example.org"]
    mails = sent(write(make_post("Tides", authors=[alice.author])))
    assert [message.to for message in mails] == [["alice@example.org"], ["desk@example.org"]]
    assert mails[0].subject == "A comment on “Tides” waits for you"
    assert f"/admin/comments/comment/{Comment.objects.get().pk}/change/" in mails[0].body
    assert mails[0].extra_headers["Auto-Submitted"] == "auto-generated"


def test_each_is_mailed_in_the_language_that_they_chose_for_the_desk(sent, make_post, alice, bob, settings):
    settings.COMMENT_MODERATORS = ["desk@example.org"]
    preferences.choose(alice, language="de")
    mails = sent(write(make_post("Tides", authors=[alice.author, bob.author])))
    subjects = {message.to[0]: message.subject for message in mails}
    assert subjects["alice@example.org"] == "Ein Kommentar zu „Tides“ wartet auf Sie"
    assert subjects["bob@example.org"] == subjects["desk@example.org"] == "A comment on “Tides” waits for you"


def test_an_api_only_process_mails_the_moderators_but_not_the_authors(sent, make_post, alice, settings):
    settings.COMMENT_MODERATORS, settings.ROLES = ["desk@example.org"], frozenset({Role.CREATE})
    assert [message.to for message in sent(write(make_post("Tides", authors=[alice.author])))] == [["desk@example.org"]]


def test_spam_and_official_comments_are_not_mailed(sent, post, alice, settings):
    settings.COMMENT_MODERATORS = ["desk@example.org"]
    assert sent(write(post, visit=services.Visit(has_filled_honeypot=True))) == []
    assert sent(lambda: services.create_comment(by=alice, post=post, body="Thanks.")) == []


def test_an_answer_is_mailed_once_when_it_is_first_approved(sent, post, subscribed):
    assert sent(write(post, parent=subscribed, body="An answer.")) == []
    answer = Comment.objects.get(parent=subscribed)

    def set_status(status):
        row = Comment.objects.get(pk=answer.pk)
        return lambda: services.update_comment(row, by=None, expected_version=row.version, status=status)

    (message,) = sent(set_status("approved"))
    assert message.to == ["rita@example.org"]
    assert "An answer." in message.body
    assert f"/tides/#comment-{answer.pk}" in message.body
    assert sent(set_status("trash")) == []
    assert sent(set_status("approved")) == []


def test_an_unmoderated_answer_is_mailed_as_a_link_without_its_text(sent, post, subscribed, alice, policy):
    policy("open")
    (message,) = sent(write(post, parent=subscribed, body="Buy now.", name="Shop"))
    assert f"/tides/#comment-{Comment.objects.latest('pk').pk}" in message.body
    assert not [words for words in ("Buy now.", "Shop") if words in message.body + message.subject]
    (message,) = sent(lambda: services.create_comment(by=alice, parent=subscribed, body="Thank you."))
    assert "Thank you." in message.body


def test_own_answers_and_answers_without_notify_are_not_mailed(sent, post, subscribed, comment, policy):
    policy("open")
    assert sent(write(post, parent=subscribed, email="rita@example.org")) == []
    silent = comment(post, "Silent.", email="silent@example.org")
    assert sent(write(post, parent=silent, body="Hello?")) == []


def test_the_unsubscribe_link_shows_a_button_and_supports_one_click(sent, post, subscribed, policy):
    policy("open")
    (message,) = sent(write(post, parent=subscribed))
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.fullmatch(
        r"<http://testserver(/api/v1/comments/unsubscribe/\S+/)>", message.extra_headers["List-Unsubscribe"]
    )[1]
    browser = Client()
    page = browser.get(path)
    assert (page.status_code, Comment.objects.get(pk=subscribed.pk).notify) == (200, True)
    assert '<form method="post">' in page.content.decode()
    one_click = browser.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert (one_click.status_code, Comment.objects.get(pk=subscribed.pk).notify) == (200, False)
    assert sent(write(post, parent=Comment.objects.get(pk=subscribed.pk), body="Again.")) == []


@pytest.mark.parametrize("token", ["1", "MQ:bad:signature", "x" * 500])
def test_an_unsubscribe_token_with_a_bad_signature_is_a_404(token, subscribed):
    for method in (Client().get, Client().post):
        assert method(f"/api/v1/comments/unsubscribe/{token}/").status_code == 404
    assert Comment.objects.get(pk=subscribed.pk).notify


def test_an_unreachable_mail_server_is_logged_and_the_comment_is_saved(sent, post, settings, caplog):
    settings.COMMENT_MODERATORS = ["desk@example.org"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert sent(write(post)) == []
    assert Comment.objects.count() == 1
    assert "could not be sent" in caplog.text


def test_a_newline_in_a_title_cannot_inject_a_mail_header(sent, make_post, settings):
    settings.COMMENT_MODERATORS = ["desk@example.org"]
    post = make_post("Tides")
    post.title = "Tides\nBcc: somebody@example.org"
    (message,) = sent(write(post))
    assert message.message()["Bcc"] is None
