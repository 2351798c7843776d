"""Groups whose members must have a second factor, and administrators who reset another user's."""

import json

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.accounts.checks import check_required_groups
from apps.accounts.second_factor import factors
from apps.audit.models import AuditEntry
from apps.core import background_mail
from tests.accounts.factors import (
    LOGIN,
    PAGE,
    code_of,
    first_step,
    is_logged_in,
    second_step,
    with_app,
    with_codes,
)
from tests.editor.forms import fields_of

pytestmark = pytest.mark.any_database


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", "root@example.org", "a-long-password")


@pytest.fixture
def authors_need_one(settings):
    settings.SECOND_FACTOR_GROUPS = ["Authors"]


def reset_url(user: User) -> str:
    return reverse("admin:reset_second_factor", args=[user.pk])


# Groups


def test_who_must_have_a_factor_gets_to_its_setup_and_nowhere_else(alice, make_post, client, authors_need_one):
    page = first_step(client, alice, next="/admin/posts/tag/")
    assert "Your account needs a second factor" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    post = make_post("Tides", by=alice)
    for path in ("/admin/", "/admin/posts/post/", "/admin/password_change/", f"/preview/{post.pk}/"):
        assert client.get(path).url == f"{LOGIN}?next={path}"
        assert client.get(f"{LOGIN}?next={path}").url.startswith(PAGE)
    assert client.get(reverse("editor_session")).json()["user"] is None
    assert client.post(reverse("autosave"), {}).status_code == 401
    assert client.get(PAGE).status_code == 200


def test_after_the_setup_the_login_goes_on_to_the_page_that_was_asked_for(alice, client, authors_need_one):
    page = first_step(client, alice, next="/admin/posts/tag/")
    page = client.post(f"{PAGE}app/", fields_of(page, "app-form"))
    sent = {**fields_of(page, "app-code-form"), "code": code_of(TOTPDevice.objects.get())}
    page = client.post(f"{PAGE}app/", sent)
    assert client.post(LOGIN, fields_of(page, "continue-form")).url == "/admin/posts/tag/"
    assert is_logged_in(client)


def test_a_form_that_was_posted_before_the_setup_is_shown_again_after_it(alice, log_in, edit, authors_need_one):
    client = log_in(alice)
    with_app(alice)
    alice_again = Client()
    first_step(alice_again, alice)
    second_step(alice_again, code_of(TOTPDevice.objects.get()))
    url, form = edit(alice_again)
    TOTPDevice.objects.all().delete()
    page = client.post(url, {**form, "title": "Typed for an hour"})
    sent = {**fields_of(page, "login-form"), "username": "alice", "password": "a-long-password"}
    page = client.post(f"{LOGIN}?next={url}", sent)
    page = client.post(f"{PAGE}app/", fields_of(page, "app-form"))
    device = TOTPDevice.objects.get()
    page = client.post(f"{PAGE}app/", {**fields_of(page, "app-code-form"), "code": code_of(device)})
    again = client.post(LOGIN, fields_of(page, "continue-form"))
    assert fields_of(again, "post_form")["title"] == ["Typed for an hour"]


def test_the_editor_s_scripts_are_told_that_a_factor_has_to_be_set_up(alice, client, authors_need_one):
    sent = {"username": "alice", "password": "a-long-password", "next": reverse("editor_session")}
    answer = client.post(LOGIN, sent, headers={"Accept": "application/json"})
    assert "needs a second factor now" in answer.json()["detail"]


def test_who_must_set_up_a_factor_can_log_out(alice, client, authors_need_one):
    first_step(client, alice)
    client.post("/admin/logout/")
    assert client.get(PAGE).status_code == 302


def test_other_groups_need_none_and_superusers_need_one_where_any_group_does(erika, root, authors_need_one):
    assert not factors.standing(erika).is_required
    assert factors.standing(root).is_required


def test_without_such_groups_nobody_needs_one(alice, root):
    assert not factors.standing(alice).is_required
    assert not factors.standing(root).is_required


def test_api_tokens_of_who_must_set_up_a_factor_go_on(alice, client, token_for, authors_need_one):
    headers = {"Authorization": f"Bearer {token_for(alice)}"}
    assert client.get("/api/v1/posts/", headers=headers).status_code == 200


def test_a_name_that_is_no_group_is_an_error_of_the_check(db, settings):
    settings.SECOND_FACTOR_GROUPS = ["Authors", "Editor"]
    (error,) = check_required_groups(databases=["default"])
    assert "'Editor', which is no group" in error.msg
    assert "Administrators, Authors, Editors" in error.hint
    settings.SECOND_FACTOR_GROUPS = ["Authors", "Editors"]
    assert not check_required_groups(databases=["default"])


def test_a_page_takes_one_query_more_for_the_rule(erika, log_in, django_assert_num_queries, settings):
    settings.SECOND_FACTOR_GROUPS = ["Authors"]
    with django_assert_num_queries(1):
        factors.standing(erika)


# Resetting


def test_an_administrator_resets_another_user_s_factors_with_an_audit_entry(anna, alice, log_in, client):
    with_app(alice)
    with_codes(alice)
    administrator = log_in(anna)
    page = administrator.get(reverse("admin:auth_user_change", args=[alice.pk])).content.decode()
    assert f'href="{reset_url(alice)}"' in page
    page = administrator.get(reset_url(alice))
    assert "Authenticator app" in page.content.decode()
    assert administrator.post(reset_url(alice), fields_of(page, "reset-form")).status_code == 302
    assert not factors.kinds_of(alice)
    entry = AuditEntry.objects.get(user=anna, action="account")
    assert (entry.user, entry.object_name) == (anna, "alice")
    assert entry.message == "Second factor: reset by an administrator (Authenticator app, Recovery codes)."
    assert first_step(client, alice).status_code == 302


def test_a_reset_logs_the_user_out_where_the_factor_was_used(anna, alice, log_in, client):
    device = with_app(alice)
    first_step(client, alice)
    second_step(client, code_of(device))
    assert is_logged_in(client)
    log_in(anna).post(reset_url(alice))
    assert not is_logged_in(client)
    assert not is_logged_in(client)


@pytest.mark.parametrize("who", ["superuser", "more rights"])
def test_an_administrator_does_not_reset_who_has_more_rights(who, anna, alice, log_in):
    if who == "superuser":
        User.objects.filter(pk=alice.pk).update(is_superuser=True)
    else:
        anna.groups.set([])
        anna.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    with_app(alice)
    assert log_in(anna).post(reset_url(alice)).status_code == 403
    assert factors.kinds_of(alice)


@pytest.mark.parametrize("who", ["alice", "erika"])
def test_authors_and_editors_reset_nobody(who, request, bob, log_in):
    with_app(bob)
    assert log_in(request.getfixturevalue(who)).post(reset_url(bob)).status_code == 403
    assert factors.kinds_of(bob)


def test_one_s_own_factors_are_managed_on_one_s_own_page(anna, client):
    device = with_app(anna)
    first_step(client, anna)
    second_step(client, code_of(device))
    assert client.post(reset_url(anna)).url == PAGE
    assert factors.kinds_of(anna)


def test_a_user_who_is_not_there_is_not_found(root, log_in):
    assert log_in(root).get("/admin/auth/user/999/second-factor/").status_code in (302, 404)


def test_a_command_resets_a_user_whom_no_administrator_can_help(root, capsys):
    with_app(root)
    call_command("reset_second_factor", "root")
    assert not factors.kinds_of(root)
    entry = AuditEntry.objects.order_by("id").last()
    assert (entry.username, entry.object_name, entry.message) == (
        "manage.py",
        "root",
        "reset_second_factor: Second factor: reset by an administrator (Authenticator app).",
    )
    with pytest.raises(CommandError, match="There is no user 'rot'"):
        call_command("reset_second_factor", "rot")


# Resetting the password


def reset_link(client: Client, user: User, mailoutbox) -> str:
    client.post("/admin/password_reset/", {"email": user.email})
    background_mail.wait()
    path = next(line for line in mailoutbox[-1].body.splitlines() if "/reset/" in line).split("testserver", 1)[1]
    return client.get(path).url


NEW = {"new_password1": "a-brand-new-one", "new_password2": "a-brand-new-one"}


def test_a_password_is_reset_with_the_second_factor_only(alice, client, mailoutbox):
    device = with_app(alice)
    url = reset_link(client, alice, mailoutbox)
    assert "factor_code" in fields_of(client.get(url), "password-form")
    for code in ({}, {"factor_code": "000"}, {"factor_code": ""}):
        assert client.post(url, NEW | code).status_code == 200
    alice.refresh_from_db()
    assert alice.check_password("a-long-password")
    assert client.post(url, NEW | {"factor_code": code_of(device)}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("a-brand-new-one")
    assert not is_logged_in(client)


def test_an_invalid_new_password_uses_up_no_recovery_code(alice, client, mailoutbox):
    with_app(alice)
    code = with_codes(alice)[0]
    url = reset_link(client, alice, mailoutbox)
    assert client.post(url, {**NEW, "new_password2": "another", "factor_code": code}).status_code == 200
    assert client.post(url, {**NEW, "factor_code": code}).status_code == 302


def test_a_password_is_reset_without_a_code_where_there_is_no_factor(alice, client, mailoutbox):
    url = reset_link(client, alice, mailoutbox)
    assert client.post(url, NEW).status_code == 302


# Passkeys, without a browser


@pytest.mark.parametrize("step", ["passkeys/begin", "passkeys/complete"])
def test_only_users_of_the_admin_add_passkeys(step, client, charlie, log_in):
    assert client.post(f"{PAGE}{step}/").status_code == 403
    assert log_in(charlie).post(f"{PAGE}{step}/").status_code == 403


@pytest.mark.parametrize("step", ["login/begin", "login/complete"])
def test_a_passkey_never_replaces_the_password(step, client, alice, log_in):
    with_app(alice)
    assert client.post(f"{PAGE}{step}/").status_code == 403
    assert log_in(alice).post(f"{PAGE}{step}/").status_code == 403


BODIES = [
    b"",
    b"[]",
    b"null",
    b"3",
    b"\xff\xfe",
    b"{",
    b"[" * 100_000,
    b"{}",
    b'{"id": 1}',
    b'{"id": null, "response": []}',
]
BODIES += [
    json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": response}).encode()
    for response in (
        {},
        {"clientDataJSON": "!", "attestationObject": "!"},
        {"clientDataJSON": "AAAA", "attestationObject": "AAAA"},
        {"clientDataJSON": "bnVsbA", "authenticatorData": "AAAA", "signature": "AAAA"},
        {"clientDataJSON": "é", "authenticatorData": "é", "signature": "é"},
    )
]


@pytest.mark.parametrize("kind", ["passkeys", "login"])
@pytest.mark.parametrize("number", range(len(BODIES)))
def test_a_malformed_passkey_is_refused_with_a_sentence(number, kind, client, alice, log_in):
    if kind == "passkeys":
        client = log_in(alice)
    else:
        with_app(alice)
        first_step(client, alice)
    assert client.post(f"{PAGE}{kind}/begin/").status_code == 200
    response = client.post(f"{PAGE}{kind}/complete/", BODIES[number], content_type="application/json")
    assert 400 <= response.status_code < 500
    assert response.json()["detail"]


def test_nobody_takes_the_name_from_a_group_that_must_have_a_factor(root, client, settings):
    settings.SECOND_FACTOR_GROUPS = ["Administrators"]
    group = Group.objects.get(name="Administrators")
    page = f"/admin/auth/group/{group.pk}/"
    device = with_app(root)
    first_step(client, root)
    second_step(client, code_of(device))
    client.post(f"{page}change/", {"name": "Others", "permissions": []})
    client.post(f"{page}delete/", {"post": "yes"})
    client.post("/admin/auth/group/", {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"})
    assert Group.objects.filter(pk=group.pk, name="Administrators", permissions=None).exists()
