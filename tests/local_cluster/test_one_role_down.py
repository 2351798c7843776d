"""Each role stands for itself: while one is away the others answer, and the gateway says 503 for it alone."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from blog_project.roles import Role
from tests.local_cluster import load
from tests.local_cluster.accounts import assert_kept
from tests.local_cluster.sites import until

pytestmark = pytest.mark.server

POST = "/api/v1/posts/1/"
AWAY = {
    Role.CREATE: [("POST", "/api/v1/posts/"), ("POST", "/api/v1/tags/")],
    Role.READ: [("GET", POST), ("HEAD", POST), ("OPTIONS", POST), ("TRACE", POST), ("GET", "/api/docs/")],
    Role.UPDATE: [("PUT", POST), ("PATCH", POST)],
    Role.DELETE: [("DELETE", POST)],
    Role.FRONTEND: [("GET", "/"), ("GET", "/feed.atom"), ("GET", "/static/frontend/broadsheet.css"), ("POST", "/")],
    Role.ADMIN: [("GET", "/admin/login/"), ("POST", "/admin/login/"), ("GET", "/preview/1/")],
}
"""What is answered 503 while a role is away; all that the other roles answer goes on (`load.operations`)."""


def kill_hard(cluster, role: str) -> None:
    """Kill a role's pods as a node that loses its power does, and wait until they are ready again."""
    pods = cluster.pods(role)
    before = {pod.name: pod.restarts for pod in pods}
    for pod in pods:
        os.killpg(pod.process.pid, signal.SIGKILL)
    until(lambda: all(pod.ready and pod.restarts > before[pod.name] for pod in pods), f"{role} comes back")


@pytest.fixture(scope="module", autouse=True)
def posts(site) -> None:
    """Posts for the traffic to change and delete."""
    with site.traffic(mix={"create:post": 1}) as first:
        first.wait_for(80)


@contextmanager
def unnoticed(site, others: set[Role], seed: str) -> Iterator[load.Traffic]:
    """Traffic of the other roles, which goes on with the posts of earlier traffic; none of its requests may fail."""
    mix, written = load.operations(others), [post for storm in site.storms for post in storm.posts]
    with site.traffic(mix=mix, posts=written, seed=seed, pause=0.05) as traffic:
        yield traffic
    assert traffic.failures == []
    assert {operation for operation, _status in traffic.answers} == set(mix)
    assert_kept(site)


def take_away(site, traffic: load.Traffic, *away: Role) -> None:
    """Remove all pods of some roles for a while."""
    requests = [request for role in away for request in AWAY[role]]
    site.remove(*(pod for role in away for pod in site.cluster.pods(role)))
    assert [site.status(*request) for request in requests] == [503] * len(requests)
    traffic.wait_for(traffic.requests + 150)
    with ThreadPoolExecutor() as together:
        list(together.map(lambda role: site.cluster.scale(role, 1), away))
    assert 503 not in [site.status(*request) for request in requests]


@pytest.mark.parametrize("role", Role)
def test_while_a_role_is_away_the_others_answer_everything(site, role):
    with unnoticed(site, set(Role) - {role}, seed=role) as traffic:
        kill_hard(site.cluster, role)
        take_away(site, traffic, role)


def test_a_site_is_frozen_by_taking_its_writers_away_and_readers_never_notice(site):
    writers = {Role.CREATE, Role.UPDATE, Role.DELETE}
    with unnoticed(site, set(Role) - writers, seed="frozen") as traffic:
        take_away(site, traffic, *writers)
