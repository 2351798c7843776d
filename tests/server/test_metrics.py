"""Metrics: served on their own port, summed over all workers."""

from __future__ import annotations

import os
import re

import pytest

from tests.server.clients import Client, wait_for
from tests.servers import free_port

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def measured(serve):
    """A client of a read process with two workers, and a client of its metrics."""
    port = free_port()
    server = serve(ROLE="read", WEB_CONCURRENCY="2", METRICS_PORT=str(port))
    return Client(server.url), Client(f"http://127.0.0.1:{port}")


def value(scraped: bytes, name: str, **labels: str) -> float:
    """Return the sum of the samples of a metric with these labels."""
    total = 0.0
    for sample, text in re.findall(rf"^{name}(\{{.*\}})? (\S+)$", scraped.decode(), re.MULTILINE):
        if all(f'{label}="{expected}"' in sample for label, expected in labels.items()):
            total += float(text)
    return total


def test_responses_of_all_workers_are_counted(measured):
    blog, metrics = measured
    before = value(metrics.get("/metrics"), "http_requests_total", role="read", method="GET", status="404")
    for _ in range(20):
        assert blog.request("GET", "/api/v1/no-such-thing/")[0].status == 404

    def counted() -> float:
        return value(metrics.get("/metrics"), "http_requests_total", role="read", method="GET", status="404") - before

    wait_for(lambda: counted() == 20, "twenty responses")
    scraped = metrics.get("/metrics")
    assert value(scraped, "http_request_duration_seconds_count", role="read", method="GET") >= 20


def test_a_misrouted_request_is_counted_with_the_role_that_owns_it(measured):
    blog, metrics = measured
    assert blog.request("GET", "/admin/")[0].status == 421
    wait_for(lambda: value(metrics.get("/metrics"), "misrouted_requests_total"), "the request to be counted")
    assert value(metrics.get("/metrics"), "misrouted_requests_total", role="read", owner="admin") == 1


def test_unknown_methods_share_one_series(measured):
    blog, metrics = measured
    for method in ("BREW", "BOIL"):
        blog.request(method, "/api/v1/posts/")
    wait_for(lambda: value(metrics.get("/metrics"), "http_requests_total", method="other") == 2, "two responses")
    assert b"BREW" not in metrics.get("/metrics")


def test_probes_are_not_counted(measured):
    blog, metrics = measured
    for _ in range(5):
        assert blog.request("GET", "/livez")[0].status == blog.request("GET", "/readyz")[0].status == 200
    # Counted after the probes, and the only one of its status.
    assert blog.request("GET", "/api/v1/posts/", Accept="text/csv")[0].status == 406
    wait_for(
        lambda: value(metrics.get("/metrics"), "http_requests_total", status="406") == 1, "the response after them"
    )
    assert value(metrics.get("/metrics"), "http_requests_total", status="200") == 0


def test_the_availability_of_the_database_is_a_metric(measured):
    _, metrics = measured
    wait_for(lambda: value(metrics.get("/metrics"), "database_up", role="read") == 1, "the database to be queried")


def test_database_connections_and_their_limit_are_metrics(measured):
    _, metrics = measured
    if "mysql" not in os.environ.get("TEST_DATABASE_URL", ""):
        pytest.skip("SQLite has no server")
    wait_for(
        lambda: value(metrics.get("/metrics"), "database_connections", role="read") > 0, "the server to be queried"
    )
    scraped = metrics.get("/metrics")
    assert value(scraped, "database_connections_limit", role="read") >= value(
        scraped, "database_connections", role="read"
    )


def test_an_unavailable_database_is_reported_as_down(db, monkeypatch):
    from apps.core import metrics

    monkeypatch.setattr(metrics, "connection", _Unavailable())
    assert metrics.check_database() is False


def test_metrics_are_not_served_on_the_main_port(measured):
    blog, _ = measured
    assert blog.request("GET", "/metrics")[0].status == 421


class _Unavailable:
    def cursor(self):
        from django.db import OperationalError

        raise OperationalError(2002, "gone")

    def close(self) -> None:
        """Do nothing."""
