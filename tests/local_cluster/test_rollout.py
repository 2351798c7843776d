"""While pods of two releases run side by side, no page loses its styles and no request fails."""

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
from tests.local_cluster.acknowledged_writes import assert_acknowledged_writes_are_stored
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
    # A new field, added as CONTRIBUTING.md describes.
    "apps/posts/models/posts.py": (
        "    body = models.TextField(",
        '    subtitle = models.CharField(max_length=200, blank=True, default="", db_default="")\n',
    ),
    "apps/posts/serializers.py": ('            "summary",\n', '            "subtitle",\n'),
}
"""Additions of the next release by file: (the text before which they are inserted, "" for the end; the addition)."""
ADMIN_STYLE = "static/admin/css/base.css"
"""Also changed, as by another version of Django: static files of `apps/server` override Django's."""
PAGES = {"frontend": "/", "admin": "/admin/login/", "read": "/api/docs/"}
"""Pages with static files, by the role that serves them."""


class Pods(NamedTuple):
    """Pods of both releases, by role."""

    old: dict[str, Pod]
    new: dict[str, Pod]


def for_each_role(cluster: Cluster, action) -> dict[str, Pod]:
    """Call `action` for each role concurrently; return the results by role."""
    with ThreadPoolExecutor(len(cluster.roles)) as pool:
        return dict(zip(cluster.roles, pool.map(action, cluster.roles), strict=True))


@pytest.fixture(scope="module")
def next_release(tmp_path_factory) -> Path:
    """A checkout with changed stylesheets, also of the admin, and an additional field."""
    checkout = tmp_path_factory.mktemp("next")
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, checkout / name)
    for name, (before, addition) in CHANGED.items():
        file = checkout / name
        head, separator, tail = file.read_text().partition(before) if before else (file.read_text(), "", "")
        assert separator == before, f"{name} has no {before!r}"
        file.write_text(head + addition + separator + tail)
    style = checkout / "apps" / "server" / ADMIN_STYLE
    style.parent.mkdir(parents=True)
    style.write_text((Path(admin.__file__).parent / ADMIN_STYLE).read_text() + STYLE)
    return checkout


@pytest.fixture(scope="module")
def pods(site, next_release) -> Pods:
    """Pods of both releases behind the gateway, on the schema of the next release."""
    cluster = site.cluster
    old = {role: cluster.pods(role)[0] for role in cluster.roles}
    release = cluster.release_of(next_release)
    for command in [("makemigrations", "posts"), ("migrate",), ("database_grants", "--apply")]:
        release.manage(command, cluster.admin_environment)
    new = for_each_role(cluster, lambda role: cluster.start_pod(role, next_release, {"RELEASE": "next"}))
    return Pods(old, new)


def get(pod: Pod, path: str) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection(urlsplit(pod.url).netloc, timeout=load.CLIENT_TIMEOUT)
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read().decode(errors="replace")
    connection.close()
    return response, text


@pytest.mark.parametrize("role", PAGES)
def test_both_releases_serve_every_static_file_of_either_releases_pages(pods, role):
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


def test_no_request_fails_during_a_rollout_and_its_rollback(site, pods):
    cluster = site.cluster
    # Posts have an additional field in the next release, so their representations and ETags differ.
    mix = {name: weight for name, weight in load.MIX.items() if name != "read:unchanged"}
    with site.traffic(mix=mix) as traffic:
        traffic.wait_for(800)
        site.remove(*pods.old.values())
        traffic.wait_for(traffic.requests + 200)
        for_each_role(cluster, cluster.start_pod)
        traffic.wait_for(traffic.requests + 800)
        site.remove(*pods.new.values())
        traffic.wait_for(traffic.requests + 200)
    assert traffic.failures == []
    assert {operation for operation, _status in traffic.answers} == set(mix)
    assert_acknowledged_writes_are_stored(site)
