"""All roles are restarted under load, as a Deployment does, and no request fails."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local_cluster import load
from tests.local_cluster.acknowledged_writes import assert_acknowledged_writes_are_stored

pytestmark = [pytest.mark.server, pytest.mark.heavy]

REQUESTS = int(os.environ.get("TEST_REQUESTS", "1000"))
"""The minimum number of requests; all roles are restarted until it is reached, at least once."""


def test_no_request_fails_while_all_roles_are_restarted(site):
    cluster, rounds = site.cluster, 0
    before = {role: [pod.name for pod in cluster.pods(role)] for role in cluster.roles}
    # The pause leaves processor time to the starting pods.
    with site.traffic(pause=0.05) as traffic, ThreadPoolExecutor(len(cluster.roles)) as restarts:
        while traffic.requests < REQUESTS or not rounds:
            old = [pod for role in cluster.roles for pod in cluster.pods(role)]
            list(restarts.map(cluster.restart, cluster.roles))
            assert [pod.name for pod in old if pod.process.poll() is None] == []
            # Each has ended by itself within its grace period; none was killed.
            assert [pod.name for pod in old if pod.process.returncode != 0] == []
            rounds += 1
    assert traffic.failures == []
    assert {operation for operation, _status in traffic.answers} == set(load.MIX)
    assert all(pod.name not in before[role] for role in cluster.roles for pod in cluster.pods(role))
    assert_acknowledged_writes_are_stored(site)
