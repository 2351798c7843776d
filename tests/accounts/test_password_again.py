"""Sensitive pages ask for the password again after a while, and what was typed before is kept."""

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Session
from apps.api.models import ApiToken
from apps.audit.models import AuditEntry
from tests.editor.forms import fields_of

pytestmark = pytest.mark.any_database

PASSWORD = "a-long-password"
QUESTION = "needs your password again"


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", "root@example.org", PASSWORD)


@pytest.fixture
def late(log_in, root):
    """A client whose user gave the password twenty minutes ago."""
    client = log_in(root)
    session = client.session
    session["password_given_at"] -= 20 * 60
    session.save()
    return client


def paths(user: User) -> list[str]:
    return [
        reverse("admin:auth_user_add"),
        reverse("admin:auth_user_change", args=[user.pk]),
        reverse("admin:auth_user_delete", args=[user.pk]),
        reverse("admin:auth_user_password_change", args=[user.pk]),
        reverse("admin:auth_group_add"),
        reverse("admin:auth_group_change", args=[Group.objects.first().pk]),
        reverse("admin:auth_group_delete", args=[Group.objects.first().pk]),
        reverse("admin:api_apitoken_add"),
        *(reverse(f"second_factor{page}") for page in ("", "_app", "_codes", "_change")),
    ]


def test_every_page_that_changes_rights_people_and_tokens_asks(late, bob):
    for path in paths(bob):
        assert QUESTION in late.get(path).content.decode(), path
        assert QUESTION in late.post(path, {"a": "b"}).content.decode(), path


@pytest.mark.parametrize("step", ["passkey_begin", "passkey_complete"])
def test_a_passkey_is_added_only_soon_after_the_password_was_given(late, step):
    response = late.post(reverse(step), {}, content_type="application/json")
    assert (response.status_code, "give your password" in response.json()["detail"]) == (403, True)


def test_lists_ask_only_before_an_action(late, bob):
    for path in ("/admin/auth/user/", "/admin/auth/group/"):
        assert QUESTION not in late.get(path).content.decode()
        action = {"action": "delete_selected", "_selected_action": ["1"], "post": "yes"}
        assert QUESTION in late.post(path, action).content.decode()
    assert User.objects.filter(pk=bob.pk).exists()


def test_nothing_is_asked_soon_after_logging_in(log_in, root, bob):
    client = log_in(root)
    for path in paths(bob):
        assert QUESTION not in client.get(path).content.decode()


def test_a_right_answer_shows_the_page_and_is_remembered(late, bob):
    path = reverse("admin:auth_user_change", args=[bob.pk])
    assert late.post(path, {"password_again": PASSWORD}).headers["Location"] == path
    assert "user_form" in late.get(path).content.decode()
    assert QUESTION not in late.get(reverse("admin:api_apitoken_add")).content.decode()


def test_a_right_answer_gives_the_session_a_new_key(late, bob):
    former = late.session.session_key
    late.post(reverse("admin:auth_user_change", args=[bob.pk]), {"password_again": PASSWORD})
    assert late.session.session_key != former
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = former
    assert thief.get("/admin/").status_code == 302


def test_a_form_that_was_sent_too_late_is_carried_out_after_the_answer(log_in, root, bob):
    client = log_in(root)
    path = reverse("admin:auth_user_change", args=[bob.pk])
    form = {**fields_of(client.get(path), "user_form"), "email": "bb@example.org"}
    session = client.session
    session["password_given_at"] -= 20 * 60
    session.save()
    question = client.post(path, form)
    wrong = client.post(path, {**fields_of(question, "password-again"), "password_again": "wrong"})
    assert "not your password" in wrong.content.decode()
    assert User.objects.get(pk=bob.pk).email == "bob@example.org"
    answer = {**fields_of(wrong, "password-again"), "password_again": PASSWORD}
    assert client.post(path, answer).status_code == 302
    assert User.objects.get(pk=bob.pk).email == "bb@example.org"


def test_a_token_is_made_only_after_the_answer(late):
    path = reverse("admin:api_apitoken_add")
    late.post(path, {"name": "Phone", "scopes": ["read"], "expires_at_0": "2999-01-01", "expires_at_1": "00:00"})
    assert not ApiToken.objects.exists()


def test_wrong_answers_are_counted_and_recorded_as_failed_logins(late, settings):
    settings.AXES_FAILURE_LIMIT = 3
    answers = [late.post(reverse("admin:auth_user_add"), {"password_again": "x"}).status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]
    assert AuditEntry.objects.filter(action="login_failed", username="root").count() == 3


def test_the_former_password_is_guessed_nowhere_without_being_counted(log_in, root, settings):
    settings.AXES_FAILURE_LIMIT, client = 3, log_in(root)
    new = {"new_password1": "fjord-x9-qzk", "new_password2": "fjord-x9-qzk"}
    answers = [client.post("/admin/password_change/", {"old_password": "nearly", **new}).status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]
    assert client.post("/admin/password_change/", {"old_password": PASSWORD, **new}).status_code == 429
    assert User.objects.get(pk=root.pk).check_password(PASSWORD)
    assert AuditEntry.objects.filter(action="login_failed", username="root").count() == 3
    assert not [word for word in ("nearly", "fjord") if word in str([*AccessAttempt.objects.values()])]


def test_the_answer_needs_a_csrf_token(root, log_in):
    client = log_in(root, enforce_csrf_checks=True)
    session = client.session
    session["password_given_at"] = 0
    session.save()
    assert client.post(reverse("admin:auth_user_add"), {"password_again": PASSWORD}).status_code == 403


def test_a_carried_form_needs_a_password(late, bob):
    path = reverse("admin:auth_user_change", args=[bob.pk])
    question = late.post(path, {"carried_fields": '[["email", ["x@example.org"]]]'})
    assert QUESTION in question.content.decode()
    assert "no-store" in question["Cache-Control"]
    assert User.objects.get(pk=bob.pk).email == "bob@example.org"


def test_a_wrong_answer_and_a_carried_form_are_stored_nowhere(late):
    answer = {"password_again": "nearly-my-password", "carried_fields": '[["password1", ["nearly-his"]]]'}
    late.post(reverse("admin:auth_user_add"), answer)
    stored = [*AuditEntry.objects.values(), *AccessAttempt.objects.values(), *Session.objects.values()]
    assert len(stored) == 5
    assert "nearly" not in str(stored)
