"""What happens to an account is on record, and its owner is told: one call does both."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.urls import reverse

from apps.accounts import events
from apps.accounts.events import Event
from apps.accounts.models import Session
from apps.accounts.second_factor import factors
from apps.api.models import ApiToken
from apps.audit.models import AuditEntry
from apps.core import background_mail
from tests.accounts.factors import PAGE, code_of, with_app
from tests.editor.forms import fields_of

APPS = Path(__file__).parents[2] / "apps"
EVENTS = {name: event for name, event in vars(events).items() if isinstance(event, Event)}


@pytest.fixture
def recorded(erika):
    """Return a function that returns who did what to whom since the users were made."""
    User.objects.filter(pk=erika.pk).update(last_login="2026-01-01T00:00Z")
    erika.refresh_from_db()
    AuditEntry.objects.all().delete()

    def read() -> list[tuple[str, str, str]]:
        entries = AuditEntry.objects.exclude(action="logged_in").order_by("position")
        return [(entry.username, entry.object_name, entry.message) for entry in entries if entry.model]

    return read


@pytest.fixture
def desk(erika, log_in, recorded):
    """Erika's browser."""
    client = log_in(erika)
    AuditEntry.objects.all().delete()
    return client


@pytest.fixture
def boss(anna, log_in, recorded):
    """The browser of a superuser."""
    User.objects.filter(pk=anna.pk).update(is_superuser=True)
    client = log_in(User.objects.get(pk=anna.pk))
    AuditEntry.objects.all().delete()
    return client


def callers(name: str) -> set[str]:
    """Return the modules of the apps that call a function of this name."""
    found = set()
    for path in APPS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and name in (getattr(node.func, "attr", ""), getattr(node.func, "id", "")):
                found.add(str(path.relative_to(APPS)))
    return found


def test_nothing_is_told_that_is_not_recorded():
    assert callers("tell") == {"accounts/events.py"}


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_happens_somewhere(name):
    sources = [path for path in APPS.rglob("*.py") if f"events.{name}" in path.read_text()]
    assert sources, f"nothing makes {name} happen"


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_an_event_is_recorded_and_told_in_one_call(event, erika, recorded):
    details = dict.fromkeys(("what", "count", "name", "kind", "kinds", "scopes", "until"), "Detail")
    said = events.happened(event, erika, **details)
    assert recorded() == [("manage.py", "erika", said)]
    assert "%" not in said
    background_mail.wait()
    texts = [message.body for message in mail.outbox]
    assert [str(event.mail) % details in text for text in texts] == ([True] if event.mail else [])


# Passwords, addresses, sessions


def test_the_own_password(desk, recorded):
    form = {"old_password": "a-long-password", "new_password1": "fjord-x9-qzk", "new_password2": "fjord-x9-qzk"}
    assert desk.post("/admin/password_change/", form).status_code == 302
    assert recorded() == [
        ("erika", "erika", "Sessions ended by a new password: 1."),
        ("erika", "erika", "Password changed."),
    ]


def test_a_password_set_by_the_link_in_a_mail(client, erika, recorded):
    client.post("/admin/password_reset/", {"email": erika.email})
    background_mail.wait()
    link = next(line for line in mail.outbox[0].body.splitlines() if "/admin/reset/" in line).strip()
    page = client.get(link.partition("testserver")[2] or link[link.index("/admin/") :], follow=True)
    path = page.redirect_chain[-1][0]
    client.post(path, {"new_password1": "fjord-x9-qzk", "new_password2": "fjord-x9-qzk"})
    assert recorded() == [("", "erika", "Password changed.")]
    assert AuditEntry.objects.get(message="Password changed.").address == "127.0.0.1"


def test_a_password_set_by_an_administrator_ends_sessions_and_tokens(boss, erika, recorded):
    ApiToken.objects.issue(user=erika, scopes=["read"], expires_at=None)
    Session.objects.create(session_key="x", user=erika, expire_date="2099-01-01T00:00Z")
    AuditEntry.objects.all().delete()
    form = {"password1": "fjord-x9-qzk", "password2": "fjord-x9-qzk", "usable_password": "true"}
    assert boss.post(reverse("admin:auth_user_password_change", args=[erika.pk]), form).status_code == 302
    said = recorded()
    assert {who for who, _whom, _what in said} == {"anna"}
    assert {what for _who, _whom, what in said} == {
        "Sessions ended by a new password: 1.",
        "API tokens revoked: 1.",
        "Password changed.",
        "Changed password.",
    }


def test_a_new_address(boss, erika, recorded):
    erika.email = "new@example.org"
    erika.save()
    assert recorded() == [("manage.py", "erika", "E-mail address changed.")]
    assert "example.org" not in str(AuditEntry.objects.values())


# Rights


def test_flags_are_recorded_with_the_values_before_and_after(erika, recorded):
    erika = User.objects.get(pk=erika.pk)
    erika.is_superuser, erika.is_staff = True, False
    erika.save()
    erika.username = "erica"
    erika.save()
    erika.save()
    assert recorded() == [
        ("manage.py", "erika", "Rights: is_staff: True → False, is_superuser: False → True."),
        ("manage.py", "erica", "Rights: username: erika → erica."),
    ]


def test_a_deactivated_user_loses_the_tokens(erika, recorded):
    ApiToken.objects.issue(user=erika, scopes=["read"], expires_at=None)
    AuditEntry.objects.all().delete()
    erika.is_active = False
    erika.save()
    assert {what for _who, _whom, what in recorded()} == {"Rights: is_active: True → False.", "API tokens revoked: 1."}


def test_groups_and_permissions_are_recorded_with_those_before_and_after(erika, recorded):
    authors = Group.objects.get(name="Authors")
    permission = Permission.objects.get(codename="view_tag")
    erika.groups.add(authors)
    erika.groups.set([authors])
    erika.groups.clear()
    erika.user_permissions.add(permission)
    erika.user_permissions.add(permission)
    authors.user_set.add(erika)
    authors.permissions.remove(permission)
    said = [(whom, what.removeprefix("Rights: ")) for _who, whom, what in recorded()]
    assert said[:5] == [
        ("erika", "groups: Editors → Authors, Editors."),
        ("erika", "groups: Authors, Editors → Authors."),
        ("erika", "groups: Authors → –."),
        ("erika", "user_permissions: – → posts.view_tag."),
        ("Authors", "groups add: erika."),
    ]


def test_the_permissions_of_a_group_are_recorded(recorded):
    group = Group.objects.create(name="Readers")
    permission = Permission.objects.get(codename="view_tag")
    group.permissions.add(permission)
    group.permissions.remove(permission)
    assert [(whom, what) for _who, whom, what in recorded()] == [
        ("Readers", "Rights: permissions: – → posts.view_tag."),
        ("Readers", "Rights: permissions: posts.view_tag → –."),
    ]


def test_the_form_of_a_user_names_the_administrator(boss, erika, recorded, edit):
    url = reverse("admin:auth_user_change", args=[erika.pk])
    form = fields_of(boss.get(url), "user_form")
    groups = [str(Group.objects.get(name="Authors").pk)]
    assert boss.post(url, form | {"groups": groups}).status_code == 302
    said = recorded()
    assert ("anna", "erika", "Rights: groups: Editors → –.") in said
    assert ("anna", "erika", "Rights: groups: – → Authors.") in said


# Second factors and tokens


def test_a_second_factor_from_its_setup_to_its_end(desk, erika, recorded):
    desk.post(f"{PAGE}app/", {})
    desk.post(f"{PAGE}app/", {"code": code_of(factors.unconfirmed_app(erika))})
    desk.post(f"{PAGE}codes/")
    device = factors.of(erika).app
    desk.post(f"{PAGE}change/", {"device": device.persistent_id, "name": "Phone"})
    desk.post(f"{PAGE}change/", {"device": device.persistent_id, "remove": "yes"})
    assert [(who, what.removeprefix("Second factor: ")) for who, _whom, what in recorded()] == [
        ("erika", "set up an authenticator app."),
        ("erika", "made new recovery codes."),
        ("erika", "made new recovery codes."),
        ("erika", "renamed to “Phone” (Authenticator app)."),
        ("erika", "removed “Phone” (Authenticator app)."),
    ]


def test_a_second_factor_that_an_administrator_resets(boss, erika, recorded):
    with_app(erika)
    assert boss.post(f"/admin/auth/user/{erika.pk}/second-factor/", {}).status_code == 302
    assert recorded() == [("anna", "erika", "Second factor: reset by an administrator (Authenticator app).")]


def test_a_token_that_is_made_and_revoked_in_the_desk_has_one_entry_for_each(desk, erika, recorded):
    form = {"name": "Phone", "scopes": ["read"], "expires_at_0": "2027-01-01", "expires_at_1": "00:00", "networks": ""}
    assert desk.post("/admin/api/apitoken/add/", form).status_code == 200
    token = ApiToken.objects.get()
    desk.post("/admin/api/apitoken/", {"action": "revoke", "_selected_action": [token.pk], "index": "0"})
    entries = AuditEntry.objects.filter(model="api.apitoken").order_by("position")
    assert [(entry.action, entry.message) for entry in entries] == [
        ("added", "For read, until 1 January 2027."),
        ("changed", "Revoked."),
    ]
    assert {entry.object_id for entry in entries} == {str(token.pk)}
