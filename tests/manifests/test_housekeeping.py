"""Overlays with personal data run the housekeeping job every night, as the admin's database user."""

from __future__ import annotations

import re

import pytest
from django.core.management import get_commands

from tests.manifests.manifests import KUSTOMIZE, render

WITH_REAL_DATA = ["overlays/monolith", "overlays/staging", "overlays/production", "examples/two-deployments"]


@pytest.fixture(params=WITH_REAL_DATA)
def manifests(request):
    """Render each overlay with personal data."""
    return render(KUSTOMIZE / request.param)


def test_each_housekeeping_command_exists(manifests):
    (container,) = manifests.pod("CronJob broadsheet-housekeeping").containers
    named = re.findall(r"manage\.py (\w+)", container["command"][-1])
    assert named == [
        "wait_for_database",
        "write_due_updates",
        "forget_addresses",
        "clear_idempotency_keys",
        "trim_changes",
        "clearsessions",
    ]
    assert set(named) <= set(get_commands())


def test_housekeeping_has_the_role_the_settings_and_the_database_user_of_the_admin(manifests):
    (container,) = manifests.pod("CronJob broadsheet-housekeeping").containers
    (admin,) = [pod for pod in manifests.applications() if {"admin", "all"} & set(pod.component.split("."))]
    admin_container = admin.spec["containers"][0]
    assert container["image"] == admin_container["image"]
    assert manifests.environment(container)["ROLE"] == "admin"
    expected = [
        source
        for source in admin_container["envFrom"]
        if not {"broadsheet-bucket", "broadsheet-sessions"} & {of["name"] for of in source.values()}
    ]
    actual = [{kind: {"name": of["name"]} for kind, of in source.items()} for source in container["envFrom"]]
    assert all({kind: {"name": of["name"]} for kind, of in source.items()} in actual for source in expected)


def test_housekeeping_jobs_do_not_overlap_and_have_a_deadline(manifests):
    spec = manifests.one("CronJob")["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] <= 3600
