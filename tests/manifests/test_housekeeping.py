"""What has to be done each night is done, as the admin's database user, where an overlay keeps real people's data."""

from __future__ import annotations

import re

import pytest
from django.core.management import get_commands

from tests.manifests.manifests import KUSTOMIZE, render

KEEPING = ["monolith", "staging", "production"]


@pytest.fixture(params=KEEPING)
def manifests(request):
    """Each overlay whose data is real."""
    return render(KUSTOMIZE / "overlays" / request.param)


def test_each_command_of_it_is_one_of_ours_or_django_s(manifests):
    (container,) = manifests.pod("CronJob broadsheet-housekeeping").containers
    named = re.findall(r"manage\.py (\w+)", container["command"][-1])
    assert named == ["forget_addresses", "clear_idempotency_keys", "clearsessions"]
    assert set(named) <= set(get_commands())


def test_it_has_the_role_the_settings_and_the_database_user_of_the_admin(manifests):
    (container,) = manifests.pod("CronJob broadsheet-housekeeping").containers
    (desk,) = [pod for pod in manifests.applications() if {"admin", "all"} & set(pod.component.split("."))]
    served = desk.spec["containers"][0]
    assert container["image"] == served["image"]
    assert manifests.environment(container)["ROLE"] == "admin"
    needed = [source for source in served["envFrom"] if "bucket" not in str(source)]
    given = [{kind: {"name": of["name"]} for kind, of in source.items()} for source in container["envFrom"]]
    assert all({kind: {"name": of["name"]} for kind, of in source.items()} in given for source in needed)


def test_no_two_run_at_once_and_none_runs_for_ever(manifests):
    spec = manifests.one("CronJob")["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] <= 3600
