"""Workers and masters are killed (SIGKILL) under load: they come back by themselves, and no acknowledged write is lost."""

import os
import re
import signal
import time
from collections import Counter

import pytest

from tests.local_cluster import load
from tests.local_cluster.accounts import assert_kept

pytestmark = [pytest.mark.server, pytest.mark.heavy]

WRITES = {"create", "update", "delete"}
MIX = {name: 3 * weight if name.partition(":")[0] in WRITES else weight for name, weight in load.MIX.items()}
CUT_OFF = re.compile(
    r"503 (upstream connect error|no healthy upstream|$)|IncompleteRead|RemoteDisconnected|ConnectionResetError"
)
"""How the gateway answers, or ends, a request whose pod died: in its own words, of which HEAD has none."""
PATIENCE = 120
"""Seconds until a role is taken for dead; nothing waits for it unless the test fails."""


def workers(cluster) -> list[int]:
    return [pid for role in cluster.roles for pod in cluster.pods(role) for pid in pod.workers()]


def masters(cluster) -> list[int]:
    return [pod.process.pid for role in cluster.roles for pod in cluster.pods(role)]


def answered(traffic) -> Counter:
    """Count, by role, the requests that were answered by it and not for it."""
    count = Counter()
    for (operation, status), number in traffic.answers.items():
        count[operation.partition(":")[0]] += number if status != 503 else 0
    return count


def wait_until_all_answer(cluster, traffic, victims: list[int]) -> None:
    """Wait until every role has new processes and has answered 20 more requests than now."""
    before, deadline = answered(traffic), time.monotonic() + PATIENCE
    while True:
        alive = {*workers(cluster), *masters(cluster)}
        late = [role for role in cluster.roles if answered(traffic)[role] < before[role] + 20]
        if not late and len(alive) >= 2 * len(cluster.roles) and not alive & set(victims):
            return
        assert time.monotonic() < deadline, f"did not come back: {', '.join(late)}"
        time.sleep(0.1)


def test_what_was_acknowledged_is_there_once_and_whole_after_workers_and_masters_are_killed(site):
    cluster = site.cluster
    pods = [pod for role in cluster.roles for pod in cluster.pods(role)]
    restarts = {pod.name: pod.restarts for pod in pods}
    with site.traffic(mix=MIX) as traffic:
        traffic.wait_for(200)
        for those in [workers, workers, workers, masters, masters]:
            victims = those(cluster)
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            wait_until_all_answer(cluster, traffic, victims)
    assert [failure for failure in traffic.failures if not CUT_OFF.match(failure.what)] == []
    assert any(post.unanswered for post in traffic.posts), "no write was hit, so nothing was tested"
    assert [pod for role in cluster.roles for pod in cluster.pods(role)] == pods
    assert [pod.name for pod in pods if not pod.ready or pod.restarts != restarts[pod.name] + 2] == []
    assert_kept(site)
