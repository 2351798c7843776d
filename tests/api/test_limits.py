"""How much a client may ask: per operation, by its token or else by its address."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from apps.api.models import ApiToken
from apps.api.throttles import Throttle
from tests.servers import ROOT, environment

pytestmark = [pytest.mark.in_process("sets the limits of the process that answers"), pytest.mark.any_database]


@pytest.fixture(autouse=True)
def _counting_from_zero(settings):
    settings.API_TOKEN_RATES = {"read": "3/minute", "create": "1/hour"}
    settings.API_ADDRESS_RATES = {"read": "2/minute"}
    cache.clear()
    Throttle.retry_cache_at = 0.0
    yield
    cache.clear()
    Throttle.retry_cache_at = 0.0


def statuses(count: int, ask) -> list[int]:
    return [ask().status_code for _ in range(count)]


def test_one_request_too_many_is_a_problem_that_says_when_to_come_back(client):
    assert statuses(2, lambda: client.get("posts/")) == [200, 200]
    response = client.get("posts/")
    assert response.status_code == 429
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"].endswith("#too-many-requests")
    assert 50 <= int(response["Retry-After"]) <= 60


def test_each_operation_and_each_token_has_a_limit_of_its_own(client, alices, erikas):
    assert statuses(4, lambda: alices.get("posts/")) == [200, 200, 200, 429]
    assert statuses(2, lambda: alices.post("posts/", {"title": "x"})) == [201, 429]
    assert statuses(1, lambda: erikas.get("tags/")) == [200]
    assert statuses(1, lambda: client.get("posts/")) == [200]


def test_resources_share_the_limit_of_their_operation(client):
    assert [client.get(path).status_code for path in ("posts/", "tags/", "/api/schema/")] == [200, 200, 429]


def test_an_operation_without_a_rate_has_no_limit(erikas, make_post):
    path = f"posts/{make_post().pk}/"
    assert set(statuses(9, lambda: erikas.patch(path, {"title": "New"}, If_Match="*"))) == {200}


def test_an_address_is_the_one_that_our_own_proxies_saw(client, settings):
    def ask(forwarded: str) -> int:
        return client.get("posts/", X_Forwarded_For=forwarded).status_code

    # Whoever asks directly can make up any.
    assert [ask(f"192.0.2.{number}") for number in range(3)] == [200, 200, 429]
    settings.TRUSTED_PROXIES = 1
    assert [ask(f"198.51.100.{number}, 192.0.2.1") for number in range(3)] == [200, 200, 429]
    assert ask("192.0.2.1, 192.0.2.9") == 200
    # Of IPv6, a network.
    assert [ask(f"2001:db8:1:2::{number}") for number in range(3)] == [200, 200, 429]


def test_whoever_sends_tokens_that_are_none_is_counted_as_one_without(client, alice):
    secret = ApiToken.objects.issue(user=alice, scopes=["read"], expires_at=timezone.now() - timedelta(1))[1]
    asks = [{"Authorization": "Bearer bst_" + "0" * 72}, {"Authorization": f"Bearer {secret}"}, {}]
    assert [client.get("posts/", **headers).status_code for headers in asks] == [401, 401, 429]


def test_where_the_cache_is_away_there_is_no_limit_and_no_waiting(client, monkeypatch, caplog):
    asked = []

    def fail(*args, **kwargs):
        asked.append(args)
        raise ConnectionError("away")

    monkeypatch.setattr(Throttle, "cache", type("Away", (), {"get": fail, "set": fail})())
    assert statuses(4, lambda: client.get("posts/")) == [200] * 4
    assert len(asked) == 1
    assert "not counted" in caplog.text


@pytest.mark.parametrize(
    "rates", ["read", "read=", "read=0/minute", "read=5/fortnight", "fly=1/minute", "read=x/minute"]
)
def test_a_rate_that_is_none_stops_the_process_with_one_sentence(rates):
    env = environment("sqlite://:memory:", API_TOKEN_RATES=rates)
    run = subprocess.run([sys.executable, "manage.py", "check"], env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode
    assert run.stderr.startswith("API_TOKEN_RATES cannot be read: ")
    assert "NUMBER/PERIOD" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.server
def test_kept_pages_are_sent_whatever_was_asked_and_the_rest_is_counted_by_who_asks(serve):
    import http.client

    server = serve(API_ADDRESS_RATES="read=2/minute", TRUSTED_PROXIES="1")

    def ask(path: str, address: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", path, headers={"X-Forwarded-For": address})
        return connection.getresponse().status

    assert [ask("/api/v1/posts/", "192.0.2.1") for _ in range(5)] == [200] * 5
    assert [ask(f"/api/v1/tags/?page_size={size}", "192.0.2.1") for size in (1, 2, 3)] == [200, 429, 429]
    assert [ask(f"/api/v1/tags/?page_size={size}", "192.0.2.2") for size in (3, 4, 5)] == [200, 200, 429]
