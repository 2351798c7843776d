"""Rate limits for each operation, by token or by address."""

import re
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from apps.api.models import ApiToken
from apps.api.throttles import Throttle
from tests.servers import ROOT, environment

pytestmark = [pytest.mark.in_process("changes the limits of the server process"), pytest.mark.any_database]


@pytest.fixture(autouse=True)
def _rates(settings):
    settings.API_TOKEN_RATES = {"read": "3/minute", "create": "1/hour"}
    settings.API_ADDRESS_RATES = {"read": "2/minute"}
    cache.clear()
    Throttle.retry_cache_at = 0.0
    yield
    cache.clear()
    Throttle.retry_cache_at = 0.0


def statuses(count: int, send) -> list[int]:
    return [send().status_code for _ in range(count)]


def test_a_request_over_the_limit_is_a_429_with_retry_after(client):
    assert statuses(2, lambda: client.get("posts/")) == [200, 200]
    response = client.get("posts/")
    assert response.status_code == 429
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"].endswith("#too-many-requests")
    assert 50 <= int(response["Retry-After"]) <= 60


def limits(response) -> tuple[str, str]:
    """Return the headers of the limits, with seconds to the minute: tests may be slow."""
    return response.get("RateLimit-Policy", ""), re.sub(r"t=(60|5\d)\b", "t=60", response.get("RateLimit", ""))


def test_an_answer_tells_the_limit_and_what_is_left_of_it(client, alice_client):
    assert limits(alice_client.get("posts/")) == ('"read";q=3;w=60', '"read";r=2;t=60')
    assert limits(alice_client.get("tags/999/")) == ('"read";q=3;w=60', '"read";r=1;t=60')
    assert limits(alice_client.get("posts/?x=1")) == ('"read";q=3;w=60', '"read";r=0;t=60')
    refused = alice_client.get("posts/")
    assert (refused.status_code, limits(refused)) == (429, ('"read";q=3;w=60', '"read";r=0;t=60'))
    assert int(refused["Retry-After"]) <= 60
    assert limits(client.get("/api/schema/")) == ('"read";q=2;w=60', '"read";r=1;t=60')


def test_an_answer_tells_every_limit_that_counted_the_request(client, make_post, settings):
    settings.API_ADDRESS_RATES, settings.COMMENTS_PER_HOUR = {"create": "60/minute"}, 5
    made = client.post("comments/", {"post": make_post().pk, "name": "Rita", "body": "Words."})
    assert made["RateLimit-Policy"] == '"create";q=60;w=60, "comments";q=5;w=3600'
    assert re.fullmatch(r'"create";r=59;t=\d+, "comments";r=4;t=\d+', made["RateLimit"])


def test_what_is_not_counted_tells_no_limit(client, erika_client, make_post, monkeypatch):
    path = f"posts/{make_post().pk}/"
    assert limits(erika_client.patch(path, {"title": "New"}, If_Match="*")) == ("", "")
    assert limits(client.send("PATCH", "changes/")) == ("", "")
    monkeypatch.setattr(Throttle, "retry_cache_at", time.monotonic() + 60)
    assert limits(client.get("posts/")) == ("", "")


def test_each_operation_and_each_token_has_its_own_limit(client, alice_client, erika_client):
    assert statuses(4, lambda: alice_client.get("posts/")) == [200, 200, 200, 429]
    assert statuses(2, lambda: alice_client.post("posts/", {"title": "x"})) == [201, 429]
    assert statuses(1, lambda: erika_client.get("tags/")) == [200]
    assert statuses(1, lambda: client.get("posts/")) == [200]


def test_resources_share_the_limit_of_their_operation(client):
    assert [client.get(path).status_code for path in ("posts/", "tags/", "/api/schema/")] == [200, 200, 429]


def test_an_operation_without_a_rate_has_no_limit(erika_client, make_post):
    path = f"posts/{make_post().pk}/"
    assert set(statuses(9, lambda: erika_client.patch(path, {"title": "New"}, If_Match="*"))) == {200}


def test_requests_are_counted_by_the_address_that_trusted_proxies_saw(client, settings):
    def status(forwarded: str) -> int:
        return client.get("posts/", X_Forwarded_For=forwarded).status_code

    # Without a trusted proxy the header is ignored, because a client can set it freely.
    assert [status(f"192.0.2.{number}") for number in range(3)] == [200, 200, 429]
    settings.TRUSTED_PROXIES = 1
    assert [status(f"198.51.100.{number}, 192.0.2.1") for number in range(3)] == [200, 200, 429]
    assert status("192.0.2.1, 192.0.2.9") == 200
    # Addresses of one IPv6 network are counted together.
    assert [status(f"2001:db8:1:2::{number}") for number in range(3)] == [200, 200, 429]


def test_requests_with_invalid_tokens_are_counted_by_address(client, alice):
    secret = ApiToken.objects.issue(user=alice, scopes=["read"], expires_at=timezone.now() - timedelta(1))[1]
    headers_of_requests = [{"Authorization": "Bearer bst_" + "0" * 72}, {"Authorization": f"Bearer {secret}"}, {}]
    assert [client.get("posts/", **headers).status_code for headers in headers_of_requests] == [401, 401, 429]


def test_while_the_cache_is_unavailable_there_is_no_limit_and_it_is_not_retried_at_once(client, monkeypatch, caplog):
    calls = []

    def fail(*args, **kwargs):
        calls.append(args)
        raise ConnectionError("unavailable")

    monkeypatch.setattr(Throttle, "cache", type("FailingCache", (), {"get": fail, "set": fail})())
    assert statuses(4, lambda: client.get("posts/")) == [200] * 4
    assert len(calls) == 1
    assert "not counted" in caplog.text


@pytest.mark.parametrize(
    "rates", ["read", "read=", "read=0/minute", "read=5/fortnight", "fly=1/minute", "read=x/minute"]
)
def test_an_invalid_rate_stops_the_process_with_a_message(rates):
    env = environment("sqlite://:memory:", API_TOKEN_RATES=rates)
    run = subprocess.run([sys.executable, "manage.py", "check"], env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode
    assert run.stderr.startswith("API_TOKEN_RATES cannot be read: ")
    assert "NUMBER/PERIOD" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.server
def test_cached_responses_are_not_limited_and_others_are_counted_by_address(serve):
    import http.client

    server = serve(API_ADDRESS_RATES="read=2/minute", TRUSTED_PROXIES="1")

    def send(path: str, address: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", path, headers={"X-Forwarded-For": address})
        return connection.getresponse()

    def status(path: str, address: str) -> int:
        return send(path, address).status

    assert [status("/api/v1/posts/", "192.0.2.1") for _ in range(5)] == [200] * 5
    assert [status(f"/api/v1/tags/?page_size={size}", "192.0.2.1") for size in (1, 2, 3)] == [200, 429, 429]
    assert [status(f"/api/v1/tags/?page_size={size}", "192.0.2.2") for size in (3, 4, 5)] == [200, 200, 429]
    # What is left to one client is told to no other one, also not to the one for whom the answer was made.
    assert [send(f"/api/v1/tags/?page_size={size}", "192.0.2.3").getheader("RateLimit") for size in (6, 6)] == [
        None
    ] * 2
    assert send("/api/v1/tags/?page_size=5", "192.0.2.2").getheader("RateLimit") is not None
