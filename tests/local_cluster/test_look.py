"""A changed look of the site shows on every frontend pod."""

import re
import urllib.request

import pytest

from tests.local_cluster.sites import wait_until

pytestmark = [pytest.mark.server, pytest.mark.slow]

CHANGE = """
from apps.site import services
site = services.stored_site()
services.update_site(site, expected_version=site.version, accent="#1d4f7c", typefaces="sans", front_page="grid")
"""


def read(pod, path: str) -> str:
    """Return what one pod, and not the gateway, answers."""
    request = urllib.request.Request(f"{pod.url}{path}", headers={"Host": "localhost"})
    return urllib.request.urlopen(request, timeout=30).read().decode()


def look(pod) -> tuple[bool, bool, bool]:
    """Return whether a pod's front page has the chosen typeface, front page and colour."""
    page = read(pod, "/")
    theme = re.search(r'<link rel="stylesheet" href="([^"]*theme[^"]*)"', page)
    return 'data-type="sans"' in page, 'data-front="grid"' in page, bool(theme and "#1d4f7c" in read(pod, theme[1]))


def test_colour_typeface_and_front_page_show_on_every_pod(cluster, site):
    cluster.scale("frontend", 2)
    pods = cluster.pods("frontend")
    assert [look(pod) for pod in pods] == [(False, False, False)] * 2  # Both have cached the page as it was.
    site.shell(CHANGE)
    wait_until(lambda: all(look(pod) == (True, True, True) for pod in pods), "both pods show the look")
