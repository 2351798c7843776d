"""A token and its user's rights are read once a second for reads; what ends, ends after that second, and for writes at once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from apps.api import recent_tokens
from apps.api.models import ApiToken
from apps.posts.models import Post

pytestmark = pytest.mark.in_process("sets the clock of the server process")


class Clock:
    """A clock that stands until it is set forward."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch, settings):
    settings.API_TOKEN_CACHE_SECONDS = 1.0
    monkeypatch.setattr(recent_tokens, "time", clock := Clock())
    recent_tokens._recent.clear()
    yield clock
    recent_tokens._recent.clear()


@pytest.fixture
def headers(alice):
    _row, secret = ApiToken.objects.issue(user=alice, scopes=["read", "update"], expires_at=None)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def post(make_post):
    return make_post()


def revoke():
    ApiToken.objects.update(revoked_at=timezone.now())


def test_a_revoked_token_reads_for_a_second_and_no_longer(client, clock, headers):
    assert client.get("posts/", **headers).status_code == 200
    revoke()
    clock.now += 0.9
    assert client.get("posts/", **headers).status_code == 200
    clock.now += 0.1
    assert client.get("posts/", **headers).status_code == 401


def test_the_second_begins_before_the_query_so_that_what_is_revoked_during_it_is_not_missed(clock, alice):
    token, _secret = ApiToken.objects.issue(user=alice, scopes=["read"], expires_at=None)

    def slowly() -> ApiToken:
        clock.now += 0.6
        return token

    recent_tokens.find("digest", slowly, seconds=1.0)
    clock.now += 0.4
    assert recent_tokens.find("digest", lambda: None, seconds=1.0) is None


def test_a_token_that_is_used_all_the_time_is_asked_for_again_too(client, clock, headers):
    """The second counts from the query, not from the last use."""
    for _request in range(5):
        assert client.get("posts/", **headers).status_code == 200
        clock.now += 0.15
    revoke()
    clock.now += 0.3
    assert client.get("posts/", **headers).status_code == 401


def test_a_revoked_token_does_not_write_even_within_the_second(client, clock, headers, post):
    assert client.get("posts/", **headers).status_code == 200
    revoke()
    response = client.patch(f"posts/{post.pk}/", {"title": "New"}, **headers, **{"If-Match": "*"})
    assert response.status_code == 401
    assert Post.objects.get(pk=post.pk).title == post.title


def test_a_refused_write_ends_the_reads_of_the_token_at_once(client, clock, headers, post):
    client.get("posts/", **headers)
    revoke()
    client.patch(f"posts/{post.pk}/", {"title": "New"}, **headers, **{"If-Match": "*"})
    assert client.get("posts/", **headers).status_code == 401


def test_a_deactivated_user_reads_for_a_second_and_no_longer(client, clock, headers, alice):
    client.get("posts/", **headers)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    clock.now += 1
    assert client.get("posts/", **headers).status_code == 401


def test_an_expired_token_is_refused_at_once(client, clock, headers):
    client.get("posts/", **headers)
    found = next(iter(recent_tokens._recent.values())).token
    found.expires_at = timezone.now()
    assert client.get("posts/", **headers).status_code == 401


def test_a_token_that_is_kept_costs_no_query(client, clock, headers, django_assert_num_queries):
    client.get("tags/", **headers)
    with django_assert_num_queries(1):
        client.get("tags/", **headers)


def test_an_unknown_token_is_not_kept(client, clock, alice):
    token, secret = ApiToken.objects.issue(user=alice, scopes=["read"], expires_at=None)
    stored = token.digest
    ApiToken.objects.update(digest="x")
    assert client.get("posts/", Authorization=f"Bearer {secret}").status_code == 401
    ApiToken.objects.update(digest=stored)
    assert client.get("posts/", Authorization=f"Bearer {secret}").status_code == 200


def test_no_more_tokens_are_kept_than_there_is_room_for(client, clock, alice, monkeypatch):
    monkeypatch.setattr(recent_tokens, "MAX_TOKENS", 3)
    for _token in range(8):
        _row, secret = ApiToken.objects.issue(user=alice, scopes=["read"], expires_at=None)
        assert client.get("tags/", Authorization=f"Bearer {secret}").status_code == 200
        assert len(recent_tokens._recent) <= 3
