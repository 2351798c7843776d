"""Workers and masters killed (SIGKILL) under load are restarted, and no acknowledged write is lost."""

import os
import re
import signal
import time
from collections import Counter

import pytest

from tests.local_cluster import load
from tests.local_cluster.acknowledged_writes import assert_acknowledged_writes_are_stored

pytestmark = [pytest.mark.server, pytest.mark.heavy]

WRITES = {"create", "update", "delete"}
MIX = {name: 3 * weight if name.partition(":")[0] in WRITES else weight for name, weight in load.MIX.items()}
INTERRUPTED = re.compile(
    r"503 (upstream connect error|no healthy upstream|$)|IncompleteRead|RemoteDisconnected|ConnectionResetError"
)
"""The gateway's own responses to a request whose pod died (without a body for HEAD), and closed connections."""
RECOVERY_TIMEOUT = 120
"""Seconds within which every role has to recover; only a failing test waits that long."""


def workers(cluster) -> list[int]:
    return [pid for role in cluster.roles for pod in cluster.pods(role) for pid in pod.workers()]


def masters(cluster) -> list[int]:
    return [pod.process.pid for role in cluster.roles for pod in cluster.pods(role)]


def answered(traffic) -> Counter:
    """Count the responses of each role, without the gateway's 503s."""
    count = Counter()
    for (operation, status), number in traffic.answers.items():
        count[operation.partition(":")[0]] += number if status != 503 else 0
    return count


def wait_until_all_answer(cluster, traffic, victims: list[int]) -> None:
    """Wait until every role has new processes and has answered 20 more requests."""
    before, deadline = answered(traffic), time.monotonic() + RECOVERY_TIMEOUT
    while True:
        alive = {*workers(cluster), *masters(cluster)}
        late = [role for role in cluster.roles if answered(traffic)[role] < before[role] + 20]
        if not late and len(alive) >= 2 * len(cluster.roles) and not alive & set(victims):
            return
        assert time.monotonic() < deadline, f"did not come back: {', '.join(late)}"
        time.sleep(0.1)


def test_acknowledged_writes_survive_the_killing_of_workers_and_masters(site):
    cluster = site.cluster
    pods = [pod for role in cluster.roles for pod in cluster.pods(role)]
    restarts = {pod.name: pod.restarts for pod in pods}
    with site.traffic(mix=MIX) as traffic:
        traffic.wait_for(200)
        for processes in [workers, workers, workers, masters, masters]:
            victims = processes(cluster)
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            wait_until_all_answer(cluster, traffic, victims)
    assert [failure for failure in traffic.failures if not INTERRUPTED.match(failure.what)] == []
    assert any(post.unanswered for post in traffic.posts), "no write was interrupted, so nothing was tested"
    assert [pod for role in cluster.roles for pod in cluster.pods(role)] == pods
    assert [pod.name for pod in pods if not pod.ready or pod.restarts != restarts[pod.name] + 2] == []
    assert_acknowledged_writes_are_stored(site)
