"""Roles are independent: while one is down the others answer, and the gateway returns 503 only for that one."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from blog_project.roles import Role
from tests.local_cluster import load
from tests.local_cluster.acknowledged_writes import assert_acknowledged_writes_are_stored
from tests.local_cluster.sites import wait_until

pytestmark = [pytest.mark.server, pytest.mark.slow]

POST = "/api/v1/posts/1/"
OWNED = {
    Role.CREATE: [("POST", "/api/v1/posts/"), ("POST", "/api/v1/tags/")],
    Role.READ: [("GET", POST), ("HEAD", POST), ("OPTIONS", POST), ("TRACE", POST), ("GET", "/api/docs/")],
    Role.UPDATE: [("PUT", POST), ("PATCH", POST)],
    Role.DELETE: [("DELETE", POST)],
    Role.FRONTEND: [("GET", "/"), ("GET", "/feed.atom"), ("GET", "/static/frontend/broadsheet.css"), ("POST", "/")],
    Role.ADMIN: [("GET", "/admin/login/"), ("POST", "/admin/login/"), ("GET", "/preview/1/")],
}
"""Requests that are answered 503 while a role is down; those of other roles (`load.operations`) succeed."""


def kill_hard(cluster, role: str) -> None:
    """Kill a role's pods (SIGKILL), as if their node lost power, and wait until they are ready again."""
    pods = cluster.pods(role)
    before = {pod.name: pod.restarts for pod in pods}
    for pod in pods:
        os.killpg(pod.process.pid, signal.SIGKILL)
    wait_until(lambda: all(pod.ready and pod.restarts > before[pod.name] for pod in pods), f"{role} comes back")


@pytest.fixture(scope="module", autouse=True)
def posts(site) -> None:
    """Posts for the traffic to change and delete."""
    with site.traffic(mix={"create:post": 1}) as first:
        first.wait_for(80)


@contextmanager
def unaffected_traffic(site, others: set[Role], seed: str) -> Iterator[load.Traffic]:
    """Run traffic of the other roles on the posts of earlier traffic; assert that no request fails."""
    mix, written = load.operations(others), [post for traffic in site.all_traffic for post in traffic.posts]
    with site.traffic(mix=mix, posts=written, seed=seed, pause=0.05) as traffic:
        yield traffic
    assert traffic.failures == []
    assert {operation for operation, _status in traffic.answers} == set(mix)
    assert_acknowledged_writes_are_stored(site)


def stop_roles(site, traffic: load.Traffic, *stopped: Role) -> None:
    """Remove all pods of some roles, check the responses, and start the roles again."""
    requests = [request for role in stopped for request in OWNED[role]]
    site.remove(*(pod for role in stopped for pod in site.cluster.pods(role)))
    assert [site.status(*request) for request in requests] == [503] * len(requests)
    traffic.wait_for(traffic.requests + 150)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda role: site.cluster.scale(role, 1), stopped))
    assert 503 not in [site.status(*request) for request in requests]


@pytest.mark.parametrize(
    "role", [role if role in ("create", "read") else pytest.param(role, marks=pytest.mark.heavy) for role in Role]
)
def test_while_a_role_is_down_the_others_answer_everything(site, role):
    with unaffected_traffic(site, set(Role) - {role}, seed=role) as traffic:
        kill_hard(site.cluster, role)
        stop_roles(site, traffic, role)


def test_removing_the_writing_roles_freezes_the_site_without_failing_other_requests(site):
    writers = {Role.CREATE, Role.UPDATE, Role.DELETE}
    with unaffected_traffic(site, set(Role) - writers, seed="frozen") as traffic:
        stop_roles(site, traffic, *writers)
