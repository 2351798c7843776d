"""The owner of an account is told by mail when something about it changes."""

import pytest
from django.contrib.auth.models import User
from django.core import mail

from apps.accounts import notices
from apps.accounts.second_factor import factors
from apps.api.models import ApiToken
from apps.core import background_mail
from tests.accounts.factors import PAGE, code_of

pytestmark = pytest.mark.any_database


@pytest.fixture
def told(erika):
    """Return a function that returns the recipients and texts of the mails so far."""
    User.objects.filter(pk=erika.pk).update(last_login="2026-01-01T00:00Z")
    erika.refresh_from_db()

    def read() -> list[tuple[str, str]]:
        background_mail.wait()
        return [(*message.to, message.body) for message in mail.outbox]

    return read


def test_a_changed_password(erika, told):
    erika.set_password("fjord-x9-qzk")
    erika.save()
    ((to, text),) = told()
    assert (to, "Your password was changed." in text, "fjord" in text) == ("erika@example.org", True, False)


def test_a_changed_address_is_told_to_the_former_one(erika, told):
    erika = User.objects.get(pk=erika.pk)
    erika.email = "new@example.org"
    erika.save()
    erika.save()
    ((to, text),) = told()
    assert (to, "Your e-mail address was changed." in text) == ("erika@example.org", True)


def test_a_new_token(erika, told):
    ApiToken.objects.issue(user=erika, scopes=["read", "create"], expires_at=None, name="Phone")
    ((to, text),) = told()
    assert to == "erika@example.org"
    assert "Phone" in text
    assert "create,read" in text


def test_nothing_else_is_told(erika, told):
    User.objects.create_user("new", "new@example.org", "a-long-password")
    partly = User.objects.only("username").get(pk=erika.pk)
    partly.first_name = "Erika"
    partly.save(update_fields=["first_name"])
    assert told() == []


def test_a_user_without_an_address_gets_no_mail_and_any_module_can_tell(erika, told):
    notices.tell(erika, "Your second factor was removed.")
    erika.email = ""
    notices.tell(erika, "Your second factor was removed.")
    assert [to for to, _text in told()] == ["erika@example.org"]


def test_a_changed_second_factor(erika, told, log_in, anna):
    client = log_in(erika)
    client.post(PAGE + "app/", {})
    client.post(PAGE + "app/", {"code": code_of(factors.unconfirmed_app(erika))})
    anna.is_superuser = True
    anna.save()
    log_in(anna).post(f"/admin/auth/user/{erika.pk}/second-factor/", {})
    texts = [text for to, text in told() if to == "erika@example.org"]
    for event in ("set up an authenticator app", "made new recovery codes", "reset by an administrator"):
        assert sum(event in text for text in texts) == 1, event
