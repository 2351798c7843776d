"""A token that is revoked ends on every pod, each of which keeps tokens for a second."""

import urllib.error
import urllib.request

import pytest

from tests.local_cluster.sites import wait_until

pytestmark = [pytest.mark.server, pytest.mark.slow]

REVOKE = """
from django.utils import timezone
from apps.api.models import ApiToken
ApiToken.objects.update(revoked_at=timezone.now())
"""


def status(pod, token: str) -> int:
    """Return the status of a read that one pod, and not the gateway, answers."""
    headers = {"Host": "localhost", "Authorization": f"Bearer {token}"}
    try:
        return urllib.request.urlopen(
            urllib.request.Request(f"{pod.url}/api/v1/posts/", headers=headers), timeout=30
        ).status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_revoked_token_ends_on_every_pod(cluster, site):
    cluster.scale("read", 2)
    pods = cluster.pods("read")
    assert [status(pod, site.token) for pod in pods] == [200, 200]
    site.shell(REVOKE)
    wait_until(lambda: [status(pod, site.token) for pod in pods] == [401, 401], "both pods refuse the token")
