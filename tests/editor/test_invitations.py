"""Inviting somebody: a mail with a link that is good once and for a week, and rights within those of the inviter."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.test import Client

from apps.audit.models import AuditEntry
from apps.core import background_mail
from apps.editor import invitations
from apps.posts import services
from apps.posts.models import Author

INVITE = "/admin/auth/user/invite/"
FIELDS = {"email": "ida@example.org", "name": "Ida Lund", "role": "Authors"}
CHOICE = {
    "name": "Ida Lund",
    "username": "ida",
    "new_password1": "a-long-and-new-password",
    "new_password2": "a-long-and-new-password",
}


@pytest.fixture
def invite(anna, log_in):
    """Invite somebody and return the path in the mail."""

    def send(**fields) -> str:
        mail.outbox.clear()
        response = log_in(anna).post(INVITE, FIELDS | fields)
        assert response.status_code == 302, response.context["form"].errors
        return mailed_path()

    return send


def mailed_path() -> str:
    background_mail.wait()
    (message,) = mail.outbox
    assert message.to == ["ida@example.org"]
    return re.search(r"http://testserver(/admin/invitation/\S+/)", message.body)[1]


def test_the_invited_choose_name_and_password_and_log_in_with_them(invite, client):
    path = invite(role="Editors")
    assert 'value="Ida Lund"' in client.get(path).content.decode()
    response = client.post(path, CHOICE | {"name": "Ida L."}, follow=True)
    assert response.redirect_chain == [("/admin/login/", 302)]
    user = User.objects.get(username="ida")
    assert (user.author.name, user.is_staff, user.is_superuser) == ("Ida L.", True, False)
    assert [group.name for group in user.groups.all()] == ["Editors"]
    fields = {"username": "ida", "password": CHOICE["new_password1"]}
    assert client.post("/admin/login/", fields).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(username="ida", message="Accepted the invitation.").exists()


def test_looking_at_the_link_changes_nothing_and_nothing_is_known_of_where_it_leads(invite, client):
    path = invite()
    page = client.get(path)
    assert (page["Referrer-Policy"], client.head(path).status_code) == ("no-referrer", 200)
    assert "no-store" in page["Cache-Control"]
    assert not User.objects.get(email="ida@example.org").has_usable_password()


def test_a_link_is_good_once(invite, client):
    path = invite()
    client.post(path, CHOICE)
    again = client.post(path, CHOICE | {"username": "somebody"})
    assert (again.status_code, "no longer good" in again.content.decode()) == (404, True)
    assert not User.objects.filter(username="somebody").exists()


def test_a_link_ends_after_a_week_and_with_the_account(invite, client, monkeypatch):
    path = invite()
    with monkeypatch.context() as later:
        later.setattr(invitations, "LIFETIME", timedelta(seconds=-1))
        assert client.get(path).status_code == 404
    assert client.get(path).status_code == 200
    User.objects.filter(email="ida@example.org").update(is_active=False)
    assert client.get(path).status_code == client.post(path, CHOICE).status_code == 404


def test_inviting_again_mails_another_link_and_ends_the_first(invite, client, anna, log_in):
    first = invite()
    mail.outbox.clear()
    key = User.objects.get(email="ida@example.org").pk
    log_in(anna).post("/admin/auth/user/", {"action": "invite_again", "_selected_action": [key], "index": "0"})
    second = mailed_path()
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)


def test_who_accepted_is_not_invited_again(anna, alice, log_in):
    page = log_in(anna).post(
        "/admin/auth/user/", {"action": "invite_again", "_selected_action": [alice.pk], "index": "0"}, follow=True
    )
    assert "lice has no open invitation." in page.content.decode()
    alice.refresh_from_db()
    assert alice.check_password("a-long-password")


def test_nobody_gives_rights_that_they_lack(charlie, log_in):
    charlie.is_staff = True
    charlie.save()
    charlie.user_permissions.set(Permission.objects.filter(codename="add_user"))
    Group.objects.get(name="Authors").user_set.add(charlie)
    client = log_in(charlie)
    page = client.get(INVITE)
    assert [value for value, _name in page.context["form"].fields["role"].choices] == ["Authors"]
    assert client.post(INVITE, FIELDS | {"role": "Editors"}).status_code == 200
    assert not User.objects.filter(email="ida@example.org").exists()


def test_who_may_not_add_users_invites_nobody(erika, log_in):
    assert log_in(erika).get(INVITE).status_code == log_in(erika).post(INVITE, FIELDS).status_code == 403


def test_an_author_without_an_account_becomes_that_of_the_invited(invite):
    author = services.create_author(name="Ida Lund")
    invite()
    assert User.objects.get(email="ida@example.org").author == author
    assert Author.objects.filter(name="Ida Lund").count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"email": "ALICE@example.org"}, "has an account already"), ({"name": "alice  ADAMS"}, "has this name already")],
)
def test_a_name_or_an_address_of_somebody_else_is_refused(fields, words, anna, alice, log_in):
    assert words in log_in(anna).post(INVITE, FIELDS | fields).content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"username": "ALICE"}, "has this user name already"),
        ({"username": "two words"}, "Enter a valid username"),
        ({"name": "Alice Adams"}, "has this name already"),
        ({"new_password1": "password1234", "new_password2": "password1234"}, "too common"),
    ],
)
def test_what_the_invited_cannot_choose_is_said(fields, words, invite, alice, client):
    path = invite()
    page = client.post(path, CHOICE | fields)
    assert (page.status_code, words in page.content.decode()) == (200, True)
    assert client.get(path).status_code == 200


def test_inviting_asks_for_the_password_again(anna, settings):
    settings.PASSWORD_AGAIN_MINUTES = 0
    client = Client()
    client.force_login(anna)
    session = client.session
    session["password_given_at"] = 0
    session.save()
    assert "Your password again" in client.get(INVITE).content.decode()
