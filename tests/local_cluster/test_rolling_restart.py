"""Every role is restarted as a Deployment does it, under load, and no request fails."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local_cluster import load
from tests.local_cluster.accounts import assert_kept

pytestmark = pytest.mark.server

REQUESTS = int(os.environ.get("TEST_REQUESTS", "3000"))
"""How many are made at least; roles are restarted as often as that takes, and each at least once."""


def test_of_thousands_of_mixed_requests_none_fails_while_all_roles_are_restarted(site):
    cluster, rounds = site.cluster, 0
    before = {role: [pod.name for pod in cluster.pods(role)] for role in cluster.roles}
    with site.traffic() as traffic, ThreadPoolExecutor(len(cluster.roles)) as restarts:
        while traffic.requests < REQUESTS or not rounds:
            old = [pod for role in cluster.roles for pod in cluster.pods(role)]
            list(restarts.map(cluster.restart, cluster.roles))
            assert [pod.name for pod in old if pod.process.poll() is None] == []
            # Each was asked to end and did: none was left to the end of its grace period, and killed.
            assert [pod.name for pod in old if pod.process.returncode != 0] == []
            rounds += 1
    assert traffic.failures == []
    assert {operation for operation, _status in traffic.answers} == set(load.MIX)
    assert all(pod.name not in before[role] for role in cluster.roles for pod in cluster.pods(role))
    assert_kept(site)
