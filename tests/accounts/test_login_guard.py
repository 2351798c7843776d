"""Passwords cannot be tried out: after a few wrong ones a name is refused from that address for some minutes."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core import mail
from django.utils import timezone

LOGIN = "/admin/login/"


@pytest.fixture
def attempt(client, settings):
    settings.AXES_FAILURE_LIMIT = 3

    def send(name: str = "erika", password: str = "wrong", address: str = "192.0.2.1", **fields):
        form = {"username": name, "password": password, "next": "/admin/", **fields}
        return client.post(LOGIN, form, REMOTE_ADDR=address)

    return send


def lock(attempt, **fields):
    for _ in range(2):
        assert attempt(**fields).status_code == 200
    return attempt(**fields)


def test_after_a_few_wrong_passwords_even_the_right_one_is_refused_and_the_page_says_until_when(erika, attempt):
    response = lock(attempt)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 15 * 60
    assert "Try again in 15 minutes" in response.content.decode()
    assert attempt(password="a-long-password").status_code == 429


def test_it_ends_by_itself_however_often_it_is_tried_meanwhile(erika, attempt):
    lock(attempt)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert attempt().status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert attempt(password="a-long-password").status_code == 302


def test_neither_another_address_nor_another_name_is_locked_out(erika, alice, attempt):
    lock(attempt)
    assert attempt(address="192.0.2.2", password="a-long-password").status_code == 302
    assert attempt("alice", "a-long-password").status_code == 302


def test_an_address_of_one_ipv6_network_is_as_good_as_another(erika, attempt):
    for last in range(2):
        attempt(address=f"2001:db8::{last}")
    assert attempt(address="2001:db8::ffff:1").status_code == 429
    assert attempt(address="2001:db8:0:1::1", password="a-long-password").status_code == 302


def test_behind_a_proxy_the_clients_address_counts_and_no_header_of_the_clients_own(erika, client, settings):
    settings.AXES_FAILURE_LIMIT, settings.TRUSTED_PROXIES = 3, 1
    for number in range(3):
        seen = f"203.0.113.{number}, 192.0.2.1"
        response = client.post(
            LOGIN, {"username": "erika", "password": "wrong"}, REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": seen}
        )
    assert response.status_code == 429


def test_the_right_password_in_time_forgets_the_wrong_ones(erika, attempt):
    attempt(), attempt()
    assert attempt(password="a-long-password").status_code == 302
    assert not AccessAttempt.objects.exists()


def test_what_was_typed_before_the_session_ended_is_carried_on_and_kept_nowhere(erika, attempt):
    carried = '[["title", ["Typed for an hour"]]]'
    lock(attempt)
    page = attempt(carried_fields=carried).content.decode()
    assert "Typed for an hour" in page
    assert "What you typed is kept" in page
    AccessAttempt.objects.all().delete()
    attempt(carried_fields=carried)
    assert "Typed" not in AccessAttempt.objects.get().post_data
    assert "wrong" not in AccessAttempt.objects.get().post_data


def test_a_password_can_be_reset_meanwhile(erika, attempt, client):
    lock(attempt)
    client.post("/admin/password_reset/", {"email": erika.email}, REMOTE_ADDR="192.0.2.1")
    assert mail.outbox


def test_tokens_of_the_api_go_on(erika, attempt, client, token_for):
    lock(attempt, name="erika")
    headers = {"Authorization": f"Bearer {token_for(erika)}"}
    assert client.get("/api/v1/posts/", headers=headers, REMOTE_ADDR="192.0.2.1").status_code == 200
