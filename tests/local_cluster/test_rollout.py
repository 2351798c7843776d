"""While pods of two releases answer side by side, no page loses its style and no request fails."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from whitenoise.media_types import MediaTypes

from tests.local_cluster import load
from tests.local_cluster.accounts import assert_kept
from tests.servers import ROOT
from tools.local_cluster.cluster import Cluster
from tools.local_cluster.pod import Pod
from tools.local_cluster.release import COPIED

pytestmark = [pytest.mark.server, pytest.mark.heavy]

STYLE = "\n:root { --release: next; }\n"
CHANGED = {
    "apps/frontend/static/frontend/broadsheet.css": ("", STYLE),
    "apps/frontend/static/frontend/favicon.svg": ("", "<!-- next -->\n"),
    "apps/api/static/api/docs.css": ("", STYLE),
    # As CONTRIBUTING.md has a field added.
    "apps/posts/models.py": (
        "    body = models.TextField(",
        '    subtitle = models.CharField(max_length=200, blank=True, default="", db_default="")\n',
    ),
    "apps/posts/serializers.py": ('            "summary",\n', '            "subtitle",\n'),
}
"""What the next release has more, and (where it is not at the end of a file) before what."""
ADMIN_STYLE = "static/admin/css/base.css"
"""Changed too, as by another release of Django: found in `apps/server` before Django's own."""
PAGES = {"frontend": "/", "admin": "/admin/login/", "read": "/api/docs/"}
"""Pages that name static files, by the role that answers them."""


class Pods(NamedTuple):
    """Pods of both releases, by role."""

    old: dict[str, Pod]
    new: dict[str, Pod]


def each(cluster: Cluster, action) -> dict[str, Pod]:
    """Do something for each role at the same time."""
    with ThreadPoolExecutor(len(cluster.roles)) as together:
        return dict(zip(cluster.roles, together.map(action, cluster.roles), strict=True))


@pytest.fixture(scope="module")
def next_release(tmp_path_factory) -> Path:
    """A checkout with another stylesheet, other files of the admin, and a field more."""
    checkout = tmp_path_factory.mktemp("next")
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, checkout / name)
    for name, (before, more) in CHANGED.items():
        file = checkout / name
        head, separator, tail = file.read_text().partition(before) if before else (file.read_text(), "", "")
        assert separator == before, f"{name} has no {before!r}"
        file.write_text(head + more + separator + tail)
    style = checkout / "apps" / "server" / ADMIN_STYLE
    style.parent.mkdir(parents=True)
    style.write_text((Path(admin.__file__).parent / ADMIN_STYLE).read_text() + STYLE)
    return checkout


@pytest.fixture(scope="module")
def pods(site, next_release) -> Pods:
    """Pods of both releases behind the gateway, on the schema of the next one."""
    cluster = site.cluster
    old = {role: cluster.pods(role)[0] for role in cluster.roles}
    release = cluster.release_of(next_release)
    for command in [("makemigrations", "posts"), ("migrate",), ("database_grants", "--apply")]:
        release.manage(command, cluster.admin_environment)
    new = each(cluster, lambda role: cluster.start_pod(role, next_release, {"RELEASE": "next"}))
    return Pods(old, new)


def get(pod: Pod, path: str) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection(urlsplit(pod.url).netloc, timeout=load.PATIENCE)
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read().decode(errors="replace")
    connection.close()
    return response, text


@pytest.mark.parametrize("role", PAGES)
def test_every_file_that_a_page_of_either_release_names_is_answered_by_both(pods, role):
    named = [load.linked_files(get(pod[role], PAGES[role])[1]) for pod in pods]
    assert named[0] != named[1], "the releases have the same files, so nothing is tested"
    for own, path in [(index, path) for index in (0, 1) for path in named[index]]:
        answers = [get(pod["frontend"], path) for pod in pods]
        for response, text in answers:
            assert (response.status, load.content_type(response)) == (200, MediaTypes().get_type(path)), path
            assert text, path
        assert "immutable" in answers[own][0].headers["Cache-Control"]
        if path not in named[1 - own]:
            assert answers[1 - own][0].headers["Cache-Control"] == "max-age=60, public", path
            assert answers[0][1] != answers[1][1], path


@pytest.mark.browser
@pytest.mark.parametrize("role", PAGES)
@pytest.mark.parametrize(("shown", "styled"), [("old", "new"), ("new", "old")])
def test_a_browser_shows_a_page_of_one_release_with_the_style_of_the_other(pods, new_page, role, shown, styled):
    of_page, of_files = getattr(pods, shown)[role], getattr(pods, styled)["frontend"]
    page, answers = new_page(), []
    page.on("response", lambda response: answers.append((response.status, response.url)))
    page.route("**/static/**", lambda route: route.continue_(url=of_files.url + urlsplit(route.request.url).path))
    page.goto(of_page.url + PAGES[role])
    assert [answer for answer in answers if answer[0] != 200] == []
    assert len(answers) > 1
    rules = page.evaluate("[...document.styleSheets].map(sheet => sheet.cssRules.length)")
    assert rules, "the page has no stylesheet"
    assert min(rules) > 0
    style = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--release')").strip()
    assert style == ("next" if styled == "new" else "")


def test_no_request_fails_while_a_release_comes_and_while_it_is_rolled_back(site, pods):
    cluster = site.cluster
    # Posts have a field more in the next release, so their representations, and with them their ETags, are others.
    mix = {name: weight for name, weight in load.MIX.items() if name != "read:unchanged"}
    with site.traffic(mix=mix) as traffic:
        traffic.wait_for(800)
        site.remove(*pods.old.values())
        traffic.wait_for(traffic.requests + 200)
        each(cluster, cluster.start_pod)
        traffic.wait_for(traffic.requests + 800)
        site.remove(*pods.new.values())
        traffic.wait_for(traffic.requests + 200)
    assert traffic.failures == []
    assert {operation for operation, _status in traffic.answers} == set(mix)
    assert_kept(site)
