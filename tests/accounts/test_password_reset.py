"""Password reset by e-mail."""

import re

import pytest
from django.core import mail
from django.urls import reverse

pytestmark = pytest.mark.any_database


def test_the_login_page_links_to_the_password_reset(client, db):
    page = client.get(reverse("admin:login")).content.decode()
    assert 'href="/admin/password_reset/"' in page
    assert "Broadsheet" in page


def test_the_link_in_the_mail_sets_a_new_password_once(alice, client):
    response = client.post("/admin/password_reset/", {"email": "alice@example.org"}, follow=True)
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


def test_the_link_uses_the_configured_site_url_and_not_the_host_header(alice, client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/admin/password_reset/", {"email": "alice@example.org"}, headers={"Host": "evil.example"})
    assert "evil.example" not in mail.outbox[0].body
    assert "http://testserver/admin/reset/" in mail.outbox[0].body


def test_an_unknown_address_gets_the_same_response_and_no_mail(client, db):
    response = client.post("/admin/password_reset/", {"email": "nobody@example.org"}, follow=True)
    assert "emailed you instructions" in response.content.decode()
    assert not mail.outbox
