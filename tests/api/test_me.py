"""`/api/v1/me/` tells a program who its token is, and what it may do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from apps.api.models import ApiToken
from tests.resources import RESOURCES

ALL = ["create", "read", "update", "delete"]


def test_it_tells_the_user_the_token_and_the_rights(client, alice):
    ends = timezone.now() + timedelta(days=3)
    secret = ApiToken.objects.issue(user=alice, scopes=ALL, expires_at=ends, name="My script")[1]
    found = client.get("me/", Authorization=f"Bearer {secret}").json()
    assert found["user"] == {"id": alice.pk, "name": "alice"}
    assert found["token"] == {"name": "My script", "scopes": ALL, "expires_at": ends.isoformat().replace("+00:00", "Z")}
    assert found["rights"]["posts"] == ALL
    assert "delete" not in found["rights"]["authors"]
    assert set(found["rights"]) == {base.resource for base in RESOURCES}


def test_without_a_token_it_is_a_401_problem(client):
    refused = client.get("me/")
    assert (refused.status_code, refused["Content-Type"]) == (401, "application/problem+json")
    assert refused["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scope", ALL)
def test_a_token_of_any_scope_may_ask_and_its_rights_are_those_of_its_scope(client, erika, scope):
    found = client.as_(erika, scope).get("me/").json()
    assert found["token"]["scopes"] == [scope]
    assert found["rights"]["posts"] == found["rights"]["tags"] == [scope]


def test_rights_are_told_as_requests_are_answered(client, alice, erika, charlie, admin_user):
    for user in (alice, erika, charlie, admin_user):
        sender = client.as_(user)
        rights = sender.get("me/").json()["rights"]
        for resource, operations in rights.items():
            answers = {
                "create": sender.post(f"{resource}/", {"nonsense": 1}).status_code,
                "read": sender.get(f"{resource}/").status_code,
                "update": sender.patch(f"{resource}/999999/", {}, If_Match="*").status_code,
                "delete": sender.delete(f"{resource}/999999/", If_Match="*").status_code,
            }
            assert operations == [operation for operation in ALL if answers[operation] != 403], (user, resource)


def test_a_right_that_is_given_is_told_at_once(client, charlie):
    sender = client.as_(charlie)
    before = sender.get("me/")
    assert sender.get("me/", If_None_Match=before["ETag"]).status_code == 304
    charlie.user_permissions.add(Permission.objects.get(codename="add_tag"))
    after = sender.get("me/", If_None_Match=before["ETag"])
    assert (before.json()["rights"]["tags"], after.json()["rights"]["tags"]) == (["read"], ["create", "read"])


def test_no_cache_may_keep_it(client, alice):
    assert client.as_(alice).get("me/")["Cache-Control"] == "no-store"


def test_it_takes_two_queries(client, alice, django_assert_num_queries):
    sender = client.as_(alice)
    sender.get("me/")
    with django_assert_num_queries(2):  # The token with its user, and the permissions.
        sender.get("me/")


def test_the_root_names_it_and_nothing_else_can_be_done_with_it(client, alice):
    assert client.get("/api/v1/").json()["me"].endswith("/api/v1/me/")
    assert client.as_(alice).post("me/", {}).status_code == 405
    assert client.as_(alice).get("me/?fields=user").status_code == 400
