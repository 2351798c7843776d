"""Mail about comments: to whom, when, how to end it; and that nothing depends on it."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from apps.comments import notifications, services
from apps.comments.models import Comment
from blog_project.roles import Role


@pytest.fixture
def sent(django_capture_on_commit_callbacks):
    """Run a write, and return the mails that it sent."""

    def run(write) -> list:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            write()
        notifications.wait()
        return list(mail.outbox)

    return run


@pytest.fixture
def asked(post, comment) -> Comment:
    return comment(post, email="rita@example.org", notify=True)


def write(post, **fields):
    return lambda: services.create_comment(by=None, post=post, **{"body": "A text.", "name": "Ada"} | fields)


def test_the_post_s_authors_and_the_moderators_learn_what_waits(sent, make_post, alice, bob, settings):
    settings.COMMENT_MODERATORS = ["desk@example.org", "alice@example.org"]
    mails = sent(write(make_post("Tides", authors=[alice.author])))
    assert [message.to for message in mails] == [["alice@example.org"], ["desk@example.org"]]
    assert mails[0].subject == "A comment on “Tides” waits for you"
    assert f"/admin/comments/comment/{Comment.objects.get().pk}/change/" in mails[0].body
    assert mails[0].extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_process_of_the_api_alone_cannot_look_up_authors_and_tells_the_moderators(sent, make_post, alice, settings):
    settings.COMMENT_MODERATORS, settings.ROLES = ["desk@example.org"], frozenset({Role.CREATE})
    assert [message.to for message in sent(write(make_post("Tides", authors=[alice.author])))] == [["desk@example.org"]]


def test_spam_and_the_site_s_own_comments_are_mailed_to_nobody(sent, post, alice, settings):
    settings.COMMENT_MODERATORS = ["desk@example.org"]
    assert sent(write(post, visit=services.Visit(is_trapped=True))) == []
    assert sent(lambda: services.create_comment(by=alice, post=post, body="Thanks.")) == []


def test_who_asked_for_answers_gets_each_once_when_it_is_seen(sent, post, asked):
    assert sent(write(post, parent=asked, body="An answer.")) == []
    answer = Comment.objects.get(parent=asked)

    def becomes(status):
        row = Comment.objects.get(pk=answer.pk)
        return lambda: services.update_comment(row, by=None, expected_version=row.version, status=status)

    (message,) = sent(becomes("approved"))
    assert message.to == ["rita@example.org"]
    assert "An answer." in message.body
    assert f"/tides/#comment-{answer.pk}" in message.body
    assert sent(becomes("trash")) == []
    assert sent(becomes("approved")) == []


def test_what_nobody_of_the_site_has_read_is_mailed_as_a_link_alone(sent, post, asked, alice, policy):
    policy("open")
    (message,) = sent(write(post, parent=asked, body="Buy now.", name="Shop"))
    assert f"/tides/#comment-{Comment.objects.latest('pk').pk}" in message.body
    assert not [words for words in ("Buy now.", "Shop") if words in message.body + message.subject]
    (message,) = sent(lambda: services.create_comment(by=alice, parent=asked, body="Thank you."))
    assert "Thank you." in message.body


def test_nobody_is_mailed_what_they_wrote_or_did_not_ask_for(sent, post, asked, comment, policy):
    policy("open")
    assert sent(write(post, parent=asked, email="rita@example.org")) == []
    silent = comment(post, "Silent.", email="silent@example.org")
    assert sent(write(post, parent=silent, body="Hello?")) == []


def test_the_link_in_a_mail_ends_them_by_a_button_or_by_one_click(sent, post, asked, policy):
    policy("open")
    (message,) = sent(write(post, parent=asked))
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.fullmatch(
        r"<http://testserver(/api/v1/comments/unsubscribe/\S+/)>", message.extra_headers["List-Unsubscribe"]
    )[1]
    browser = Client()
    page = browser.get(path)
    assert (page.status_code, Comment.objects.get(pk=asked.pk).notify) == (200, True)
    assert '<form method="post">' in page.content.decode()
    one_click = browser.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert (one_click.status_code, Comment.objects.get(pk=asked.pk).notify) == (200, False)
    assert sent(write(post, parent=Comment.objects.get(pk=asked.pk), body="Again.")) == []


@pytest.mark.parametrize("token", ["1", "MQ:bad:signature", "x" * 500])
def test_a_link_that_we_did_not_make_ends_nothing(token, asked):
    for method in (Client().get, Client().post):
        assert method(f"/api/v1/comments/unsubscribe/{token}/").status_code == 404
    assert Comment.objects.get(pk=asked.pk).notify


def test_a_mail_server_that_is_away_costs_a_line_in_the_log_and_no_comment(sent, post, settings, caplog):
    settings.COMMENT_MODERATORS = ["desk@example.org"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert sent(write(post)) == []
    assert Comment.objects.count() == 1
    assert "could not be sent" in caplog.text


def test_a_title_of_several_lines_is_no_header_of_its_own(sent, make_post, settings):
    settings.COMMENT_MODERATORS = ["desk@example.org"]
    post = make_post("Tides")
    post.title = "Tides\nBcc: somebody@example.org"
    (message,) = sent(write(post))
    assert message.message()["Bcc"] is None
