"""Passwords cannot be guessed in bulk, and who tries locks nobody out: known browsers and reset passwords are free."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from apps.accounts.models import KnownDevice, LimitCount
from apps.core import background_mail

pytestmark = pytest.mark.any_database

PASSWORD = "a-long-password"


@pytest.fixture(autouse=True)
def limits(settings):
    """Small limits, so that few requests reach them."""
    settings.LOGIN_ATTEMPTS_PER_NAME, settings.LOGIN_ATTEMPTS_PER_NETWORK = 4, 6
    settings.LOGIN_ATTEMPTS_IN_ALL, settings.AXES_FAILURE_LIMIT, settings.TRUSTED_PROXIES = 8, 3, 0


def attempt(name: str = "erika", password: str = "wrong", address: str = "192.0.2.1", client: Client | None = None):
    fields = {"username": name, "password": password, "next": "/admin/"}
    return (client or Client()).post("/admin/login/", fields, REMOTE_ADDR=address)


@pytest.fixture
def known(erika) -> Client:
    """A browser in which Erika has logged in before."""
    client = Client()
    assert attempt(password=PASSWORD, client=client).status_code == 302
    client.post("/admin/logout/")
    return client


def guess_name(number: int = 4) -> None:
    """Guess the password of Erika from many networks."""
    for guess in range(number):
        assert attempt(address=f"10.{guess}.0.1").status_code == 200


def guess_network() -> None:
    """Guess passwords of many names from one network of IPv6, by many addresses."""
    for guess in range(6):
        attempt(f"name-{guess}", address=f"2001:db8:1:{guess}::1")


def guess_all() -> None:
    """Guess passwords of many names from many networks."""
    for guess in range(8):
        attempt(f"name-{guess}", address=f"10.{guess}.0.1")


@pytest.mark.parametrize("guess", [guess_name, guess_network, guess_all])
def test_a_limit_refuses_the_right_password_and_ends_after_an_hour(guess, erika):
    guess()
    refused = attempt(password=PASSWORD, address="2001:db8:1:ff::1")
    assert refused.status_code == 429
    assert 3500 < int(refused["Retry-After"]) <= 3600
    assert "in which you have logged in before" in refused.content.decode()
    LimitCount.objects.update(since=timezone.now() - timedelta(minutes=61))
    assert attempt(password=PASSWORD, address="2001:db8:1:ff::1").status_code == 302


def test_the_limits_leave_other_names_and_networks_alone(erika, alice):
    guess_name()
    assert attempt("alice", PASSWORD, "198.51.100.1").status_code == 302
    guess_network()
    assert attempt("alice", PASSWORD, "198.51.100.2").status_code == 429  # All of them are ten, more than eight.


def test_refused_attempts_do_not_extend_a_limit(erika):
    guess_name()
    before = list(LimitCount.objects.values_list("key", "count"))
    attempt(address="198.51.100.1")
    assert list(LimitCount.objects.values_list("key", "count")) == before


@pytest.mark.parametrize("guess", [guess_name, guess_network, guess_all])
def test_nobody_locks_out_a_user_in_a_known_browser(guess, known):
    guess()
    assert attempt(password=PASSWORD, address="2001:db8:1:ff::1", client=known).status_code == 302


def test_a_stranger_behind_the_same_address_does_not_lock_out_a_user_in_a_known_browser(known):
    for _ in range(4):
        attempt()
    assert attempt(password=PASSWORD).status_code == 429
    assert attempt(password=PASSWORD, client=known).status_code == 302


def test_a_known_browser_has_a_limit_of_its_own(known):
    assert [attempt(client=known).status_code for _ in range(4)] == [200, 200, 429, 429]
    assert attempt(password=PASSWORD, client=known).status_code == 429
    LimitCount.objects.update(since=timezone.now() - timedelta(minutes=16))
    assert attempt(password=PASSWORD, client=known).status_code == 302


def test_the_cookie_of_a_known_browser_is_for_its_user_alone(known, alice):
    for guess in range(4):
        attempt("alice", address=f"10.{guess}.0.1")
    assert attempt("alice", PASSWORD, client=known).status_code == 429


def test_setting_a_password_by_mail_makes_the_browser_known(erika):
    guess_all()
    client = Client()
    uid, token = urlsafe_base64_encode(str(erika.pk).encode()), default_token_generator.make_token(erika)
    form = client.get(f"/admin/reset/{uid}/{token}/", follow=True).redirect_chain[-1][0]
    client.post(form, {"new_password1": "fjord-x9-qzk", "new_password2": "fjord-x9-qzk"})
    assert attempt(password="fjord-x9-qzk", client=client).status_code == 302


def test_a_new_password_forgets_the_other_browsers(erika, known):
    other = Client()
    attempt(password=PASSWORD, client=other)
    fields = {"old_password": PASSWORD, "new_password1": "fjord-x9-qzk", "new_password2": "fjord-x9-qzk"}
    other.post("/admin/password_change/", fields)
    guess_name()
    assert attempt(password="fjord-x9-qzk", client=known).status_code == 429
    assert attempt(password="fjord-x9-qzk", client=other).status_code == 302


def test_a_cookie_that_somebody_else_has_chosen_is_replaced(erika):
    client = Client()
    client.cookies[django_settings.DEVICE_COOKIE_NAME] = "chosen"
    attempt(password=PASSWORD, client=client)
    cookie = client.cookies[django_settings.DEVICE_COOKIE_NAME]
    assert cookie.value != "chosen"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie.value not in KnownDevice.objects.get().digest


def test_the_owner_is_told_of_a_new_browser_once(erika):
    client = Client(headers={"User-Agent": "Firefox"})
    for _ in range(2):
        attempt(password=PASSWORD, client=client)
    background_mail.wait()
    (message,) = mail.outbox
    assert message.to == ["erika@example.org"]
    assert all(text in message.body for text in ("in a new browser", "192.0.2.1", "Firefox", "/admin/password_reset/"))
