"""API tokens in the admin: shown once, stored as a digest, listed and revoked by their owners."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.auth.tokens import default_token_generator
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from apps.api.models import ApiToken, digest
from tests.editor.forms import fields_of

pytestmark = pytest.mark.any_database

LIST = "/admin/api/apitoken/"
ADD = "/admin/api/apitoken/add/"


@pytest.fixture
def administrator(erika):
    erika.is_superuser = True
    erika.save()
    return erika


def make_token(client, **fields) -> tuple[str, object]:
    response = client.post(ADD, {**fields_of(client.get(ADD), "apitoken_form"), **fields})
    found = re.search(r"bst_[0-9a-f]{72}", response.content.decode())
    return (found[0] if found else ""), response


def test_a_token_is_shown_once_and_only_its_digest_is_stored(alice, log_in):
    client = log_in(alice)
    secret, response = make_token(client, name="Phone", scopes=["read", "create"])
    assert secret
    assert "no-store" in response["Cache-Control"]
    token = ApiToken.objects.get()
    assert (token.digest, token.scopes, token.user, token.name) == (digest(secret), "create,read", alice, "Phone")
    days = (token.expires_at - timezone.now()) / timedelta(days=1)
    assert 89 < days <= 90
    for page in (client.get(LIST), client.get(reverse("admin:api_apitoken_change", args=[token.pk]))):
        assert secret not in page.content.decode()
        assert token.digest not in page.content.decode()
    assert secret not in str(client.cookies)


def test_a_token_from_the_admin_authenticates_api_requests(alice, log_in, client):
    secret, _ = make_token(log_in(alice), scopes=["read"])
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/posts/", headers=headers).status_code == 200
    assert client.get("/api/v1/posts/", headers={"Authorization": secret[:-1]}).status_code in (200, 401)
    assert client.get("/api/v1/posts/", headers={"Authorization": f"Bearer {secret[:-1]}x"}).status_code == 401


def test_users_list_and_revoke_their_own_tokens_and_administrators_all(alice, bob, administrator, log_in, token_for):
    token_for(alice, "read")
    token_for(bob, "read")
    mine, theirs = ApiToken.objects.get(user=alice), ApiToken.objects.get(user=bob)
    client = log_in(alice)
    page = client.get(LIST).content.decode()
    assert mine.hint in page
    assert f"/{theirs.pk}/change/" not in page
    form = {"action": "revoke", "_selected_action": [mine.pk, theirs.pk], "index": "0"}
    assert "1 token was revoked." in client.post(LIST, form, follow=True).content.decode()
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.is_usable(), theirs.is_usable()) == (False, True)
    log_in(administrator).post(LIST, {**form, "_selected_action": [theirs.pk]})
    theirs.refresh_from_db()
    assert not theirs.is_usable()


def test_only_an_administrator_makes_tokens_for_others(alice, bob, administrator, log_in):
    make_token(log_in(alice), user=str(bob.pk), scopes=["read"])
    assert ApiToken.objects.get().user == alice
    make_token(log_in(administrator), user=str(bob.pk), scopes=["read"])
    assert ApiToken.objects.filter(user=bob).exists()


def test_a_token_can_neither_be_changed_nor_deleted(alice, log_in, token_for):
    token_for(alice, "read")
    token = ApiToken.objects.get()
    client = log_in(alice)
    change = reverse("admin:api_apitoken_change", args=[token.pk])
    assert client.post(change, {"scopes": ["delete"], "name": "x"}).status_code == 403
    assert client.post(reverse("admin:api_apitoken_delete", args=[token.pk]), {"post": "yes"}).status_code == 403
    token.refresh_from_db()
    assert (token.scopes, token.name) == ("read", "")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"scopes": []}, "required"),
        ({"scopes": ["all"]}, "not one of"),
        ({"expires_at_0": "2020-01-01"}, "is past"),
        ({"expires_at_0": "", "expires_at_1": ""}, "needs an end"),
        ({"expires_at_0": "2999-01-01"}, "can be valid until"),
        ({"networks": "192.0.2.7, office"}, "office"),
        ({"networks": "192.0.2.7/24"}, "has host bits set"),
    ],
)
def test_a_token_with_an_invalid_field_is_not_made(fields, message, alice, log_in):
    secret, response = make_token(log_in(alice), **fields)
    assert not secret
    assert message in response.content.decode()
    assert not ApiToken.objects.exists()


def test_an_administrator_issues_no_token_for_somebody_who_may_do_more(anna, alice, bob, log_in):
    client = log_in(anna)
    bob.user_permissions.add(Permission.objects.get(codename="delete_logentry"))
    root = User.objects.create_superuser("root", "root@example.org", "a-long-password")
    for user in (root, bob):
        secret, response = make_token(client, user=user.pk, scopes=["read"])
        assert not secret
        assert f"{user} may do more than you" in response.content.decode()
    for user in (alice, anna):
        secret, _response = make_token(client, user=user.pk, scopes=["read"])
        assert secret
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "bob may not log in" in make_token(client, user=bob.pk, scopes=["read"])[1].content.decode()
    assert {token.user for token in ApiToken.objects.all()} == {alice, anna}


def test_a_superuser_issues_tokens_for_everybody(administrator, bob, log_in):
    root = User.objects.create_superuser("root", "root@example.org", "a-long-password")
    for user in (root, bob):
        assert make_token(log_in(administrator), user=user.pk, scopes=["read"])[0]


def test_a_token_without_a_stated_end_gets_the_longest_lifetime(alice, settings):
    settings.API_TOKEN_DAYS = 10
    token, _secret = ApiToken.objects.issue(user=alice, scopes=["read"], expires_at=None)
    assert timedelta(days=9.9) < token.expires_at - timezone.now() <= timedelta(days=10)
    with pytest.raises(ValueError, match="10 days"):
        ApiToken.objects.issue(user=alice, scopes=["read"], expires_at=timezone.now() + timedelta(days=11))


def test_a_token_is_used_only_from_its_networks_and_its_page_shows_from_where(alice, log_in, client, settings):
    settings.TRUSTED_PROXIES = 0
    logged_in = log_in(alice)
    secret, _ = make_token(logged_in, scopes=["read"], networks="192.0.2.7 2001:db8::/32")
    answers = {
        address: client.get("/api/v1/posts/", headers={"Authorization": f"Bearer {secret}"}, REMOTE_ADDR=address)
        for address in ("192.0.2.7", "2001:db8:1::5", "192.0.2.8", "2001:db9::1", "")
    }
    assert [answer.status_code for answer in answers.values()] == [200, 200, 401, 401, 401]
    problem = answers["192.0.2.8"].json()
    assert problem["type"].endswith("#token-network")
    assert "192.0.2.8" in problem["detail"]
    token = ApiToken.objects.get()
    assert (token.networks, token.last_used_from) == ("192.0.2.7/32,2001:db8::/32", "192.0.2.7")
    assert "192.0.2.7/32" in logged_in.get(reverse("admin:api_apitoken_change", args=[token.pk])).content.decode()


@pytest.mark.parametrize("by", ["reset", "administrator", "command", "deactivation", "the user"])
def test_tokens_end_with_a_reset_password_and_a_deactivated_user(by, alice, bob, administrator, log_in, monkeypatch):
    new = "fjord-x9-qzk"
    for user in (alice, bob):
        ApiToken.objects.issue(user=user, scopes=["read"], expires_at=None)
    if by == "reset":
        client = Client()
        link = (
            f"/admin/reset/{urlsafe_base64_encode(str(alice.pk).encode())}/{default_token_generator.make_token(alice)}/"
        )
        form = client.get(link, follow=True).redirect_chain[-1][0]
        assert client.post(form, {"new_password1": new, "new_password2": new}).status_code == 302
    elif by == "administrator":
        fields = {"password1": new, "password2": new, "usable_password": "true"}
        log_in(administrator).post(f"/admin/auth/user/{alice.pk}/password/", fields)
    elif by == "command":
        monkeypatch.setattr("getpass.getpass", lambda prompt: new)
        call_command("changepassword", "alice")
    elif by == "deactivation":
        alice.is_active = False
        alice.save()
    else:
        fields = {"old_password": "a-long-password", "new_password1": new, "new_password2": new}
        log_in(alice).post("/admin/password_change/", fields)
    alice.refresh_from_db()
    assert (alice.is_active, alice.check_password(new)) == (by != "deactivation", by != "deactivation")
    assert ApiToken.objects.get(user=alice).is_usable() == (by == "the user")
    assert ApiToken.objects.get(user=bob).is_usable()
