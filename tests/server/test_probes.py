"""Probes: liveness needs the loop and the thread pool; readiness needs all migrations once, then no database."""

from __future__ import annotations

import sqlite3
import urllib.error

import pytest

from apps.server.health import Readiness
from tests.server.applications import THREADS
from tests.server.clients import Client, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]


@pytest.fixture
def unready(serve, tmp_path):
    """A server on a database without any table."""
    return serve(f"sqlite:///{tmp_path / 'empty.sqlite3'}", probe="/livez")


def test_a_process_is_ready_once_every_migration_is_applied(unready):
    client = Client(unready.url)
    response, body = client.request("GET", "/readyz")
    assert response.status == 503
    assert b"migrations are not applied; run manage.py migrate" in body
    assert client.request("GET", "/livez")[0].status == 200

    unready.manage("migrate", "-v0")
    wait_for(lambda: client.request("GET", "/readyz")[0].status == 200, "the process to be ready")

    # Without recorded migrations it would not be ready any more if it queried the database.
    database = sqlite3.connect(unready.env["DATABASE_URL"].removeprefix("sqlite:///"))
    database.execute("DELETE FROM django_migrations")
    database.commit()
    for _ in range(THREADS):
        assert client.request("GET", "/readyz")[0].status == 200


def test_a_ready_process_makes_no_queries(db, django_assert_num_queries):
    readiness = Readiness()
    assert readiness.check() == ""
    with django_assert_num_queries(0):
        assert readiness.check() == ""


def test_a_process_without_a_database_is_alive_and_reports_why_it_is_not_ready(serve, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    server = serve(f"sqlite:///{folder / 'empty.sqlite3'}", probe="/livez", ROLE="read")
    folder.joinpath("empty.sqlite3").unlink(missing_ok=True)
    folder.rmdir()
    response, body = Client(server.url).request("GET", "/readyz")
    assert (response.status, body) == (503, b"the database does not answer: OperationalError\n")


def test_probes_are_answered_for_any_host_and_pages_only_for_allowed_hosts(blog):
    client = Client(blog.url)
    for path in ("/livez", "/readyz"):
        assert client.request("GET", path, Host="10.0.0.7:8000")[0].status == 200
    for path in ("/", "/api/v1/posts/", "/admin/login/"):
        assert client.request("GET", path, Host="10.0.0.7:8000")[0].status == 400


def test_a_process_whose_threads_are_all_stuck_is_not_alive(start_bench):
    bench = start_bench()
    for number in range(THREADS):
        bench.client.send(b"GET /wait/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number)
    wait_for(lambda: len(list(bench.gates.glob("begun-*"))) == THREADS, "all threads to be busy")
    probe = bench.client.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    probe.settimeout(1)
    with pytest.raises((TimeoutError, urllib.error.URLError)):
        probe.recv(100)
    bench.open_gate()
    probe.settimeout(30)
    assert probe.recv(100).startswith(b"HTTP/1.1 200")


@pytest.fixture(scope="module")
def blog(serve):
    """The whole blog."""
    return serve()
