"""Tokens act for their user, within their scopes, until they expire. Unknown tokens get no details."""

import hashlib
import re
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.api.models import ApiToken
from apps.core import background_mail
from blog_project.roles import Role

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def token(alice):
    return ApiToken.objects.issue(user=alice, scopes=["read"], expires_at=None)


def send_with(client, secret: str):
    return client.get("posts/", Authorization=f"Bearer {secret}")


def test_a_token_has_a_prefix_and_a_checksum_and_only_its_digest_is_stored(token):
    row, secret = token
    assert re.fullmatch("bst_[0-9a-f]{72}", secret)
    assert int(secret[-8:], 16) == zlib.crc32(secret[4:-8].encode())
    stored = ApiToken.objects.values().get()
    assert stored["digest"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(stored)
    assert secret[12:] not in str(stored)


def test_all_malformed_and_unknown_tokens_get_the_same_response(client, alice, token):
    row, secret = token
    assert send_with(client, secret).status_code == 200
    responses = [
        send_with(client, wrong) for wrong in ("", "x", secret[:-1] + "z", "bst_" + "0" * 72, secret + " x", "é")
    ]
    unknown = ApiToken.objects.issue(user=alice, scopes=["read"], expires_at=None)
    unknown[0].delete()
    responses.append(send_with(client, unknown[1]))
    assert {response.status_code for response in responses} == {401}
    assert {response["WWW-Authenticate"] for response in responses} == {
        'Bearer realm="Broadsheet", error="invalid_token"'
    }
    assert len({(response.json()["type"], response.json()["detail"]) for response in responses}) == 1


@pytest.mark.parametrize(
    ("change", "kind", "description", "words"),
    [
        ({"revoked_at": MOMENT}, "revoked-token", "The token was revoked", "2026-01-02T03:04:05Z"),
        ({"expires_at": MOMENT}, "expired-token", "The token expired", "2026-01-02T03:04:05Z"),
        ({"revoked_at": MOMENT, "expires_at": MOMENT}, "revoked-token", "The token was revoked", "revoked"),
        ({}, "inactive-user", "The user of the token is not active", "no longer log in"),
    ],
)
def test_the_response_to_a_token_that_is_no_longer_valid_states_the_reason(
    client, alice, token, change, kind, description, words
):
    ApiToken.objects.update(**change)
    if not change:
        User.objects.filter(pk=alice.pk).update(is_active=False)  # Saving the user would revoke the token.
    response = send_with(client, token[1])
    assert response.status_code == 401
    assert response.json()["type"].endswith(f"#{kind}")
    assert words in response.json()["detail"]
    assert response["WWW-Authenticate"] == (
        f'Bearer realm="Broadsheet", error="invalid_token", error_description="{description}"'
    )
    # A shortened token gets no details.
    assert send_with(client, token[1][:-1]).json()["type"].endswith("#invalid-token")


def test_without_a_token_the_challenge_has_no_error_code(client):
    assert client.post("posts/", {"title": "x"})["WWW-Authenticate"] == 'Bearer realm="Broadsheet"'


def test_a_revoked_token_is_refused_even_for_public_content(client, token, make_post):
    path = f"posts/{make_post().pk}/"
    ApiToken.objects.update(revoked_at=MOMENT)
    assert client.get(path, Authorization=f"Bearer {token[1]}").status_code == 401
    assert client.get(path).status_code == 200


def test_a_mistyped_token_needs_no_query(client, token, django_assert_num_queries):
    with django_assert_num_queries(0):
        send_with(client, token[1][:-1] + "z")


REQUESTS = [
    ("create", "POST", "posts/"),
    ("read", "GET", "posts/"),
    ("read", "HEAD", "posts/"),
    ("read", "OPTIONS", "posts/"),
    ("update", "PUT", "posts/{pk}/"),
    ("update", "PATCH", "posts/{pk}/"),
    ("delete", "DELETE", "posts/{pk}/"),
]


@pytest.mark.parametrize(("scope", "method", "path"), REQUESTS)
def test_each_operation_needs_its_scope(client, erika, make_post, scope, method, path):
    path = path.format(pk=make_post("Theirs", slug="theirs").pk)
    body = {"title": "Hello"} if method in ("POST", "PUT", "PATCH") else None
    others = [other for other in ("create", "read", "update", "delete") if other != scope]
    refused = client.as_(erika, *others).send(method, path, body, If_Match="*")
    assert refused.status_code == 403
    assert refused["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{scope}"'
    assert client.as_(erika, scope).send(method, path, body, If_Match="*").status_code in (200, 201, 204)


def test_a_scope_does_not_extend_the_permissions_of_the_user(client, charlie):
    response = client.as_(charlie).post("posts/", {"title": "x"})
    assert response.status_code == 403
    assert response.json()["type"].endswith("#forbidden")


def test_the_api_ignores_sessions(client, erika):
    client._client.force_login(erika)
    assert client.get("posts/?status=draft").status_code == 401
    assert client.post("posts/", {"title": "x"}).status_code == 401


def test_use_of_a_token_is_recorded_once_an_hour_and_only_with_the_admin_role(client, token, settings):
    row, secret = token
    settings.ROLES = frozenset({Role.READ})
    send_with(client, secret)
    row.refresh_from_db()
    assert row.last_used_at is None
    settings.ROLES = frozenset(Role)
    send_with(client, secret)
    row.refresh_from_db()
    first = row.last_used_at
    assert first
    send_with(client, secret)
    row.refresh_from_db()
    assert row.last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(hours=2))
    send_with(client, secret)
    row.refresh_from_db()
    assert row.last_used_at > first - timedelta(hours=2)


# manage.py create_token


def test_create_token_prints_the_token_alone_on_its_last_line(client, alice, capsys):
    call_command("create_token", user="alice", scopes="read, create", expires=7, name="CI")
    secret = capsys.readouterr().out.splitlines()[-1]
    row = ApiToken.objects.get()
    assert (row.user, row.scope_list, row.name) == (alice, ["create", "read"], "CI")
    assert timedelta(days=6) < row.expires_at - timezone.now() < timedelta(days=8)
    assert send_with(client, secret).status_code == 200
    assert secret not in str(ApiToken.objects.values())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"user": "nobody"}, "There is no user 'nobody'"),
        ({"scopes": "read,fly"}, "create, read, update, delete; not fly"),
        ({"scopes": ","}, "create, read, update, delete"),
        ({"expires": 0}, "from 1 to 365"),
        ({"expires": 10**12}, "from 1 to 365"),
        ({"name": "x" * 101}, "100"),
    ],
)
def test_create_token_reports_invalid_options(alice, options, words):
    with pytest.raises(CommandError, match=words):
        call_command("create_token", **{"user": "alice", "scopes": "read"} | options)
    assert not ApiToken.objects.exists()


def test_create_token_refuses_inactive_users(alice):
    alice.is_active = False
    alice.save()
    with pytest.raises(CommandError, match="not active"):
        call_command("create_token", user="alice", scopes="read")


def test_the_secret_is_the_last_thing_that_the_command_prints(alice, settings, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    call_command("create_token", user="alice", scopes="read")
    background_mail.wait()
    printed = capsys.readouterr().out
    assert "alice@example.org" in printed
    assert printed.split()[-1].startswith("bst_")
