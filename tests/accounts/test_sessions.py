"""Sessions: only digests of their keys are stored, they end after a time and with the password, and users list theirs."""

import time
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import LimitCount, Session
from apps.accounts.sessions import SessionStore, digest
from tests import servers

pytestmark = pytest.mark.any_database

LIST = "/admin/accounts/session/"


@pytest.fixture
def at(monkeypatch):
    """Return a function that moves the clock of sessions by some hours."""
    real, moment = time.time, timezone.now

    def move(hours: float) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)
        monkeypatch.setattr(timezone, "now", lambda: moment() + timedelta(hours=hours))

    return move


def key_of(client) -> str:
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def is_logged_in(client) -> bool:
    return client.get("/admin/").status_code == 200


def log_in_with(user, agent: str, address: str = "192.0.2.1", password: str = "a-long-password") -> Client:
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": agent})
    client.post("/admin/login/", {"username": user.username, "password": password, "next": "/admin/"})
    assert is_logged_in(client)
    return client


def test_only_a_digest_of_the_key_is_stored_and_it_is_no_key(erika, log_in):
    client = log_in(erika)
    session = Session.objects.get()
    assert session.session_key == digest(key_of(client))
    assert key_of(client) not in session.session_data
    thief = Client()
    thief.cookies[django_settings.SESSION_COOKIE_NAME] = session.session_key
    assert not is_logged_in(thief)
    assert is_logged_in(client)


def test_a_key_that_the_client_chose_is_not_taken(db):
    store = SessionStore("chosen-by-the-client")
    store["a"] = 1
    store.save()
    assert store.session_key != "chosen-by-the-client"
    assert Session.objects.get().session_key == digest(store.session_key)


def test_a_new_key_and_logging_out_delete_the_row_of_the_former_key(erika):
    client = log_in_with(erika, "Firefox")
    first = key_of(client)
    new = {"old_password": "a-long-password", "new_password1": "fjord-x9-qzk", "new_password2": "fjord-x9-qzk"}
    client.post("/admin/password_change/", new)
    assert first != key_of(client)
    assert [session.session_key for session in Session.objects.all()] == [digest(key_of(client))]
    client.post("/admin/logout/")
    assert not Session.objects.exists()


def test_a_session_ends_when_it_is_not_used(erika, log_in, at):
    client = log_in(erika)
    for hours in (11, 22, 33):
        at(hours)
        assert is_logged_in(client)
    at(33 + 12.1)
    assert not is_logged_in(client)


def test_a_session_that_is_used_ends_at_its_absolute_end(erika, log_in, at, settings):
    settings.SESSION_MAX_AGE = 24 * 3600
    client = log_in(erika)
    for hours in (11, 22, 23.9):
        at(hours)
        assert is_logged_in(client)
    assert client.cookies[django_settings.SESSION_COOKIE_NAME]["max-age"] < 1000
    at(24.1)
    assert not is_logged_in(client)


def test_a_used_session_is_written_once_in_five_minutes(erika, log_in, at):
    client = log_in(erika)
    seen = Session.objects.get().seen_at
    client.get("/admin/")
    assert Session.objects.get().seen_at == seen
    at(0.1)
    client.get("/admin/")
    assert Session.objects.get().seen_at > seen


def test_users_see_their_own_sessions_and_end_them(erika, alice):
    here, there = log_in_with(erika, "Firefox", "192.0.2.7"), log_in_with(erika, "Safari", "2001:db8::1")
    stranger = log_in_with(alice, "Opera")
    page = here.get(LIST).content.decode()
    assert all(text in page for text in ("Firefox <strong>This browser</strong>", "192.0.2.7", "Safari", "2001:db8::1"))
    assert "Opera" not in page
    chosen = [digest(key_of(client)) for client in (here, there, stranger)]
    response = here.post(LIST, {"action": "log_out", "_selected_action": chosen, "index": "0"}, follow=True)
    assert "1 session was ended." in response.content.decode()
    assert [is_logged_in(client) for client in (here, there, stranger)] == [True, False, True]


@pytest.mark.parametrize("by", ["oneself", "an administrator", "a command"])
def test_a_new_password_ends_all_sessions_but_that_of_who_changes_the_own(by, erika, django_user_model, monkeypatch):
    here, there = log_in_with(erika, "Firefox"), log_in_with(erika, "Safari")
    new = "fjord-x9-qzk"
    if by == "oneself":
        fields = {"old_password": "a-long-password", "new_password1": new, "new_password2": new}
        assert here.post("/admin/password_change/", fields).status_code == 302
    elif by == "an administrator":
        root = django_user_model.objects.create_superuser("root", "root@example.org", "a-long-password")
        fields = {"password1": new, "password2": new, "usable_password": "true"}
        assert log_in_with(root, "Edge").post(f"/admin/auth/user/{erika.pk}/password/", fields).status_code == 302
    else:
        monkeypatch.setattr("getpass.getpass", lambda prompt: new)
        call_command("changepassword", "erika")
    assert (is_logged_in(here), is_logged_in(there)) == (by == "oneself", False)
    assert Session.objects.filter(user=erika).count() == (by == "oneself")


def test_clearsessions_deletes_ended_sessions_and_old_counts(erika, log_in, at):
    log_in(erika)
    LimitCount.objects.create(key="x", count=1, since=timezone.now())
    call_command("clearsessions")
    assert (Session.objects.count(), LimitCount.objects.count()) == (1, 1)
    at(48)
    call_command("clearsessions")
    assert (Session.objects.count(), LimitCount.objects.count()) == (0, 0)


def test_a_session_ends_when_its_user_is_deactivated_or_deleted(bob, erika, log_in):
    clients = [log_in(bob), log_in(erika)]
    User.objects.filter(pk=bob.pk).update(is_active=False)
    erika.delete()
    assert [client.get("/admin/").status_code for client in clients] == [302, 302]


@pytest.mark.parametrize(("https", "prefix"), [("1", "__Host-"), ("0", "")])
def test_cookies_are_of_this_host_alone_where_https_is_on(https, prefix, tmp_path):
    code = "print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_DOMAIN)"
    shell = servers.Shell(servers.environment("sqlite://:memory:", HTTPS=https), tmp_path / "log")
    try:
        assert shell.run(f"from django.conf import settings\n{code}").split() == [
            f"{prefix}sessionid",
            f"{prefix}csrftoken",
            "None",
        ]
    finally:
        shell.close()
