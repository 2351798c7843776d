"""Each role stands for itself: while one is away the others answer, and the gateway says 503 for it alone."""

import os
import signal
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from blog_project.roles import Role
from tests.split import load
from tests.split.accounts import assert_kept

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


def status(site, method: str, path: str) -> int:
    connection = HTTPConnection(urlsplit(site.cluster.url).netloc, timeout=load.PATIENCE)
    connection.request(method, path, "{}" if method in ("POST", "PUT", "PATCH") else None)
    answer = connection.getresponse().status
    connection.close()
    return answer


def kill_hard(cluster, role: str) -> None:
    """Kill a role's pods as a node that loses its power does, and wait until they are ready again."""
    pods = cluster.pods(role)
    before = [pod.restarts for pod in pods]
    for pod in pods:
        os.killpg(pod.process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 120
    while not all(pod.ready and pod.restarts > restarts for pod, restarts in zip(pods, before, strict=True)):
        assert time.monotonic() < deadline, f"{role} does not come back"
        time.sleep(0.05)


def scale(cluster, roles: Iterable[str], replicas: int) -> None:
    with ThreadPoolExecutor() as together:
        list(together.map(lambda role: cluster.scale(role, replicas), roles))


@pytest.fixture(scope="module")
def storms(site) -> list[load.Traffic]:
    """All traffic so far; the first writes posts for the others to change and delete."""
    with site.traffic(mix={"create:post": 1}) as first:
        first.wait_for(240)
    return [first]


@pytest.mark.parametrize("role", Role)
def test_while_a_role_is_away_the_others_answer_everything(site, storms, role):
    others = load.operations(set(Role) - {role})
    posts = [post for storm in storms for post in storm.posts]
    with site.traffic(mix=others, posts=posts, seed=role) as traffic:
        storms.append(traffic)
        kill_hard(site.cluster, role)
        site.cluster.scale(role, 0)
        assert [status(site, *request) for request in AWAY[role]] == [503] * len(AWAY[role])
        traffic.wait_for(traffic.requests + 300)
        site.cluster.scale(role, 1)
        assert 503 not in [status(site, *request) for request in AWAY[role]]
    assert traffic.failures == []
    assert {operation for operation, _status in traffic.answers} == set(others)


def test_a_site_is_frozen_by_scaling_its_writers_to_zero_and_readers_never_notice(site, storms):
    writers = [Role.CREATE, Role.UPDATE, Role.DELETE]
    requests = [request for role in writers for request in AWAY[role]]
    reading = load.operations(set(Role) - set(writers))
    with site.traffic(mix=reading, posts=[post for storm in storms for post in storm.posts]) as traffic:
        scale(site.cluster, writers, 0)
        assert [status(site, *request) for request in requests] == [503] * len(requests)
        traffic.wait_for(traffic.requests + 300)
        scale(site.cluster, writers, 1)
        assert 503 not in [status(site, *request) for request in requests]
    assert traffic.failures == []
    assert {operation for operation, _status in traffic.answers} == set(reading)
    assert_kept(site, *storms)
