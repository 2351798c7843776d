"""Login protection: after several wrong passwords a user name is locked for the client's address for some minutes."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core import mail
from django.utils import timezone

from apps.core import background_mail

LOGIN = "/admin/login/"


@pytest.fixture
def attempt(client, settings):
    settings.AXES_FAILURE_LIMIT = 3

    def send(name: str = "erika", password: str = "wrong", address: str = "192.0.2.1", **fields):
        form = {"username": name, "password": password, "next": "/admin/", **fields}
        return client.post(LOGIN, form, REMOTE_ADDR=address)

    return send


def lock_out(attempt, **fields):
    for _ in range(2):
        assert attempt(**fields).status_code == 200
    return attempt(**fields)


def test_after_too_many_wrong_passwords_login_is_locked_and_the_page_shows_until_when(erika, attempt):
    response = lock_out(attempt)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 15 * 60
    assert "Try again in 15 minutes" in response.content.decode()
    assert attempt(password="a-long-password").status_code == 429


def test_a_lockout_ends_after_its_time_and_further_attempts_do_not_extend_it(erika, attempt):
    lock_out(attempt)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert attempt().status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert attempt(password="a-long-password").status_code == 302


def test_other_addresses_and_other_user_names_are_not_locked_out(erika, alice, attempt):
    lock_out(attempt)
    assert attempt(address="192.0.2.2", password="a-long-password").status_code == 302
    assert attempt("alice", "a-long-password").status_code == 302


def test_addresses_of_one_ipv6_network_are_counted_together(erika, attempt):
    for last in range(2):
        attempt(address=f"2001:db8::{last}")
    assert attempt(address="2001:db8::ffff:1").status_code == 429
    assert attempt(address="2001:db8:0:1::1", password="a-long-password").status_code == 302


def test_behind_a_proxy_attempts_are_counted_by_the_address_that_the_proxy_saw(erika, client, settings):
    settings.AXES_FAILURE_LIMIT, settings.TRUSTED_PROXIES = 3, 1
    for number in range(3):
        seen = f"203.0.113.{number}, 192.0.2.1"
        response = client.post(
            LOGIN, {"username": "erika", "password": "wrong"}, REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": seen}
        )
    assert response.status_code == 429


def test_a_successful_login_resets_the_failed_attempts(erika, attempt):
    attempt(), attempt()
    assert attempt(password="a-long-password").status_code == 302
    assert not AccessAttempt.objects.exists()


def test_the_lockout_page_carries_an_unsaved_form_which_is_not_logged(erika, attempt):
    carried = '[["title", ["Typed for an hour"]]]'
    lock_out(attempt)
    page = attempt(carried_fields=carried).content.decode()
    assert "Typed for an hour" in page
    assert "What you typed is kept" in page
    AccessAttempt.objects.all().delete()
    attempt(carried_fields=carried)
    assert "Typed" not in AccessAttempt.objects.get().post_data
    assert "wrong" not in AccessAttempt.objects.get().post_data


def test_a_password_can_be_reset_during_a_lockout(erika, attempt, client):
    lock_out(attempt)
    client.post("/admin/password_reset/", {"email": erika.email}, REMOTE_ADDR="192.0.2.1")
    background_mail.wait()
    assert mail.outbox


def test_api_tokens_work_during_a_lockout(erika, attempt, client, token_for):
    lock_out(attempt, name="erika")
    headers = {"Authorization": f"Bearer {token_for(erika)}"}
    assert client.get("/api/v1/posts/", headers=headers, REMOTE_ADDR="192.0.2.1").status_code == 200
