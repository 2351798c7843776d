"""A user with a second factor is logged in by password and code together, and by neither of them alone."""

import json
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.accounts.second_factor import login_step
from apps.audit.models import AuditEntry
from apps.posts.models import Post
from tests.accounts.factors import (
    LOGIN,
    code_of,
    first_step,
    is_logged_in,
    second_step,
    with_app,
    with_codes,
    wrong_code,
)
from tests.editor.forms import fields_of

pytestmark = pytest.mark.any_database


def test_a_user_without_a_second_factor_logs_in_by_the_password_alone(erika, client):
    assert first_step(client, erika).status_code == 302
    assert is_logged_in(client)


def test_the_password_alone_does_not_log_in_a_user_with_an_app(erika, client):
    with_app(erika)
    page = first_step(client, erika)
    assert page.status_code == 200
    assert "factor_code" in fields_of(page, "login-form")
    assert "no-store" in page["Cache-Control"]
    assert not is_logged_in(client)
    assert not AuditEntry.objects.filter(action="logged_in").exists()


def test_the_code_of_the_app_completes_the_login_and_the_audit_trail_says_so(erika, client):
    device = with_app(erika)
    page = first_step(client, erika, next="/admin/posts/tag/")
    sent = {**fields_of(page, "login-form"), "factor_code": code_of(device)}
    assert client.post(LOGIN, sent).url == "/admin/posts/tag/"
    assert is_logged_in(client)
    assert AuditEntry.objects.get(action="logged_in").message == "Authenticator app"


def test_a_code_works_once(erika, client):
    device = with_app(erika)
    first_step(client, erika)
    code = code_of(device)
    assert second_step(client, code).status_code == 302
    client.logout()
    first_step(client, erika)
    assert second_step(client, code).status_code == 200
    assert not is_logged_in(client)


def test_a_recovery_code_logs_in_once_however_it_is_typed(erika, client):
    with_app(erika)
    code = with_codes(erika)[3]
    first_step(client, erika)
    assert second_step(client, f" {code[:4].upper()}-{code[4:]} ").status_code == 302
    assert is_logged_in(client)
    client.logout()
    first_step(client, erika)
    assert second_step(client, code).status_code == 200
    assert not is_logged_in(client)


def test_a_code_without_the_password_before_it_leads_to_the_login_page(erika, client):
    device = with_app(erika)
    page = second_step(client, code_of(device))
    assert "password" in fields_of(page, "login-form")
    assert not is_logged_in(client)


def test_another_user_s_code_does_not_help(erika, alice, client):
    with_app(erika)
    others = with_app(alice)
    first_step(client, erika)
    assert second_step(client, code_of(others)).status_code == 200
    assert not is_logged_in(client)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcdefg1", "x" * 5000, "\x00", "-1.5e3"])
def test_what_is_no_code_is_refused_with_a_sentence(code, erika, client):
    with_app(erika)
    with_codes(erika)
    first_step(client, erika)
    page = second_step(client, code)
    assert page.status_code == 200
    assert "errornote" in page.content.decode()
    assert not is_logged_in(client)


def test_wrong_codes_pause_the_app_and_then_lock_the_login_of_this_address(erika, client, settings):
    settings.AXES_FAILURE_LIMIT = 2
    device = with_app(erika)
    first_step(client, erika)
    assert "is not right" in second_step(client, wrong_code(device)).content.decode()
    assert "Too many wrong codes. Try again at" in second_step(client, code_of(device)).content.decode()
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
    assert second_step(client, wrong_code(device)).status_code == 429
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
    assert second_step(client, code_of(device)).status_code == 429
    assert not is_logged_in(client)
    actions = list(AuditEntry.objects.exclude(action="account").order_by("id").values_list("username", "action"))
    assert actions == [("erika", "login_failed"), ("erika", "login_failed"), ("erika", "locked_out")]


def test_the_right_password_does_not_reset_the_count_of_wrong_codes(erika, client, settings):
    settings.AXES_FAILURE_LIMIT = 3
    device = with_app(erika)
    for _ in range(2):
        first_step(client, erika)
        second_step(client, wrong_code(device))
        TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
    assert AccessAttempt.objects.get().failures_since_start == 2
    first_step(client, erika)
    assert second_step(client, code_of(device)).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_the_second_step_ends_after_ten_minutes(erika, client, monkeypatch):
    device = with_app(erika)
    monkeypatch.setattr(login_step, "SECONDS", -1)
    first_step(client, erika)
    assert "password" in fields_of(second_step(client, code_of(device)), "login-form")
    assert not is_logged_in(client)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"password": "changed"}])
def test_the_second_step_ends_when_the_account_changes(change, erika, client):
    device = with_app(erika)
    first_step(client, erika)
    type(erika).objects.update(**change)
    assert "password" in fields_of(second_step(client, code_of(device)), "login-form")
    assert not is_logged_in(client)


def test_the_session_has_a_new_key_after_each_step(erika, client):
    device = with_app(erika)
    session = client.session
    session["planted"] = "yes"
    session.save()
    keys = {session.session_key}
    first_step(client, erika)
    keys.add(client.session.session_key)
    second_step(client, code_of(device))
    keys.add(client.session.session_key)
    assert len(keys) == 3


def test_a_session_from_before_the_factor_has_to_log_in_again_everywhere(erika, make_post, log_in):
    client = log_in(erika)
    post = make_post("Tides")
    assert is_logged_in(client)
    with_app(erika)
    assert not is_logged_in(client)
    assert client.get(f"/preview/{post.pk}/").status_code == 302
    assert client.get(reverse("editor_session")).json()["user"] is None
    assert client.post(reverse("autosave"), {}).status_code == 401
    assert client.get("/admin/second-factor/").status_code == 302


def test_the_target_of_the_login_is_a_page_of_this_host(erika, client):
    device = with_app(erika)
    first_step(client, erika, next="https://evil.example/")
    assert second_step(client, code_of(device), next="https://evil.example/").url == "/admin/"


def test_a_form_of_an_expired_session_is_shown_again_after_both_steps(erika, make_post, log_in, edit):
    post = make_post("Tides")
    client = log_in(erika)
    url, form = edit(client, post)
    client.logout()
    device = with_app(erika)
    page = client.post(url, {**form, "title": "Typed for an hour"})
    for typed in ({"username": "erika", "password": "a-long-password"}, {"factor_code": wrong_code(device)}):
        page = client.post(f"{LOGIN}?next={url}", {**fields_of(page, "login-form"), **typed})
        assert "What you typed is kept" in page.content.decode()
    TOTPDevice.objects.update(throttling_failure_timestamp=None)
    sent = {**fields_of(page, "login-form"), "factor_code": code_of(device)}
    again = fields_of(client.post(f"{LOGIN}?next={url}", sent), "post_form")
    assert again["title"] == ["Typed for an hour"]
    assert client.post(url, again).status_code == 302
    assert Post.objects.get().title == "Typed for an hour"


def test_the_way_back_to_the_first_step_keeps_an_unsaved_form(erika, client):
    with_app(erika)
    carried = json.dumps([["title", ["Typed"]]])
    page = first_step(client, erika, carried_fields=carried)
    back = client.post(LOGIN, {**fields_of(page, "login-form"), "begin_again": "yes"})
    assert {"password", "carried_fields"} <= set(fields_of(back, "login-form"))


def test_the_editor_s_scripts_get_both_steps_as_json(erika, client):
    device = with_app(erika)
    target, headers = reverse("editor_session"), {"Accept": "application/json"}
    sent = {"username": "erika", "password": "a-long-password", "next": target}
    step = client.post(LOGIN, sent, headers=headers).json()
    assert (step["second_factor"]["passkeys"], step["second_factor"]["errors"]) == (False, {})
    wrong = client.post(LOGIN, {"factor_code": wrong_code(device), "next": target}, headers=headers).json()
    assert "is not right" in wrong["second_factor"]["errors"]["factor_code"][0]
    TOTPDevice.objects.update(throttling_failure_timestamp=None)
    done = client.post(LOGIN, {"factor_code": code_of(device), "next": target}, headers=headers, follow=True)
    assert done.json()["user"] == erika.pk


def test_the_user_of_a_group_that_needs_a_factor_and_has_one_is_asked_for_it_once(erika, client, settings):
    settings.SECOND_FACTOR_GROUPS = [Group.objects.get(user=erika).name]
    device = with_app(erika)
    first_step(client, erika)
    second_step(client, code_of(device))
    assert is_logged_in(client)
