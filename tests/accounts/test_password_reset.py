"""Password reset by e-mail."""

import re
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import LimitCount
from apps.core import background_mail

pytestmark = pytest.mark.any_database


@pytest.fixture
def ask(client):
    """Return a function that asks for a mail to an address, and returns the response after the mail was sent."""

    def send(email: str = "alice@example.org", **options):
        response = client.post("/admin/password_reset/", {"email": email}, follow=True, **options)
        background_mail.wait()
        return response

    return send


def test_the_login_page_links_to_the_password_reset(client, db):
    page = client.get(reverse("admin:login")).content.decode()
    assert 'href="/admin/password_reset/"' in page
    assert "Broadsheet" in page


def test_the_link_in_the_mail_sets_a_new_password_once(alice, ask, client):
    response = ask()
    assert "emailed you instructions" in response.content.decode()
    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    assert "Broadsheet" in message.subject
    link = re.search(r"http://testserver(/admin/reset/\S+)", message.body)[1]
    form = client.get(link, follow=True)
    new = {"new_password1": "a-brand-new-one", "new_password2": "a-brand-new-one"}
    done = client.post(form.redirect_chain[-1][0], new, follow=True)
    assert "Your password has been set" in done.content.decode()
    assert client.post("/admin/login/", {"username": "alice", "password": "a-brand-new-one"}).status_code == 302
    assert "invalid" in client.get(link, follow=True).content.decode()


def test_the_link_uses_the_configured_site_url_and_not_the_host_header(alice, ask, settings):
    settings.ALLOWED_HOSTS = ["*"]
    ask(headers={"Host": "evil.example"})
    assert "evil.example" not in mail.outbox[0].body
    assert "http://testserver/admin/reset/" in mail.outbox[0].body


def test_an_unknown_address_gets_the_same_response_and_no_mail(ask, db):
    response = ask("nobody@example.org")
    assert "emailed you instructions" in response.content.decode()
    assert not mail.outbox


def test_the_same_work_is_done_for_known_and_unknown_addresses(alice, ask):
    """The queries of both are the same, and the mail server is not waited for, so the time tells nothing."""
    ask("first@example.org")
    done = []
    for email in ("alice@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            ask(email)
        done.append([re.sub(r"'[^']*'|_x\d+|(?<=user_id. = )\d+", "?", query["sql"]) for query in queries])
    assert done[0] == done[1]


def test_a_slow_mail_server_does_not_delay_the_response(alice, client, monkeypatch):
    delivered, released = [], threading.Event()
    monkeypatch.setattr(EmailMessage, "send", lambda self: released.wait(60) and delivered.append(self.to))
    response = client.post("/admin/password_reset/", {"email": "alice@example.org"})
    assert (response.status_code, delivered) == (302, [])
    released.set()
    background_mail.wait()
    assert delivered == [["alice@example.org"]]


def test_an_address_gets_three_mails_in_an_hour(alice, bob, ask):
    for email in ["alice@example.org", "Alice@example.org"] * 3:
        assert "emailed you instructions" in ask(email).content.decode()
    assert len(mail.outbox) == 3
    ask("bob@example.org")
    assert len(mail.outbox) == 4
    LimitCount.objects.update(since=timezone.now() - timedelta(hours=1))
    ask()
    assert len(mail.outbox) == 5


def test_a_network_that_asks_too_often_is_refused_for_any_address_and_leaves_no_more_counts(alice, ask):
    for number in range(30):
        assert ask(f"nobody-{number}@example.org", REMOTE_ADDR=f"192.0.2.{number}").status_code == 200
    counts = LimitCount.objects.count()
    for email in ("alice@example.org", "nobody@example.org"):
        refused = ask(email, REMOTE_ADDR="192.0.2.99")
        assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
        assert "from your network too often" in refused.content.decode()
    assert (len(mail.outbox), LimitCount.objects.count()) == (0, counts)
    ask(REMOTE_ADDR="198.51.100.1")
    assert len(mail.outbox) == 1


def test_addresses_are_not_stored_with_the_counts(alice, ask):
    ask()
    assert not [count for count in LimitCount.objects.all() if "alice" in count.key]
