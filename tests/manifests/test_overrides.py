"""One operation can be deployed, configured, rolled back and tried out without changing the others."""

from __future__ import annotations

import copy
import re

import pytest

from blog_project.roles import Role
from tests.manifests.manifests import KUSTOMIZE, render

PRODUCTION = "overlays/production"


def by_identity(manifests) -> dict:
    return {(item["kind"], item["metadata"]["name"]): item for item in manifests.objects}


def changed_objects(before, after) -> set[tuple[str, str]]:
    old, new = by_identity(before), by_identity(after)
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def test_one_operation_can_be_rolled_back_alone():
    before, after = render(KUSTOMIZE / PRODUCTION), render(KUSTOMIZE / "examples/one-operation")
    assert changed_objects(before, after) == {("Deployment", "broadsheet-delete")}
    assert {
        container["image"].partition("@")[0] for container in after.pod("Deployment broadsheet-delete").containers
    } == {"registry.example.org/broadsheet:0.0.9"}
    (container,) = after.pod("Deployment broadsheet-delete").spec["containers"]
    assert after.environment(container)["LOG_LEVEL"] == "DEBUG"


@pytest.mark.parametrize("name", ["overlays/local", PRODUCTION])
@pytest.mark.parametrize("role", list(Role))
def test_any_setting_of_any_operation_can_be_changed_alone(name, role, render_changed):
    before = render(KUSTOMIZE / name)
    patch = "- {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: WSGI_THREADS, value: '4'}}"
    after = render_changed(
        name, patches=[{"target": {"kind": "Deployment", "name": f"broadsheet-{role}"}, "patch": patch}]
    )
    assert changed_objects(before, after) == {("Deployment", f"broadsheet-{role}")}
    (container,) = after.pod(f"Deployment broadsheet-{role}").spec["containers"]
    assert after.environment(container)["WSGI_THREADS"] == "4"


def test_a_canary_is_a_second_deployment_with_a_share_of_the_requests():
    before, after = render(KUSTOMIZE / PRODUCTION), render(KUSTOMIZE / "examples/canary")
    canary = {(kind, "broadsheet-create-canary") for kind in ("ServiceAccount", "Service", "Deployment")}
    canary |= {(kind, "broadsheet-create-canary") for kind in ("PodDisruptionBudget", "HorizontalPodAutoscaler")}
    jobs = {("Job", manifests.one("Job")["metadata"]["name"]) for manifests in (before, after)}
    assert re.match(r"broadsheet-migrate-0\.2\.0-", after.one("Job")["metadata"]["name"])
    assert changed_objects(before, after) == canary | jobs | {("HTTPRoute", "broadsheet")}
    rules = {rule["name"]: rule for rule in after.one("HTTPRoute", "broadsheet")["spec"]["rules"]}
    weights = {ref["name"]: ref.get("weight", 1) for ref in rules.pop("create")["backendRefs"]}
    assert weights == {"broadsheet-create": 9, "broadsheet-create-canary": 1}
    assert all("canary" not in ref["name"] for rule in rules.values() for ref in rule["backendRefs"])


def test_a_canary_differs_from_its_role_only_in_release_and_name():
    manifests = render(KUSTOMIZE / "examples/canary")
    stable, canary = (
        copy.deepcopy(manifests.one("Deployment", name)) for name in ("broadsheet-create", "broadsheet-create-canary")
    )
    job = manifests.one("Job")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert {c["image"] for c in manifests.pod("Deployment broadsheet-create-canary").containers} == {job}
    images = {}
    for deployment in (stable, canary):
        pod = deployment["spec"]["template"]["spec"]
        images[deployment["metadata"]["name"]] = {c.pop("image") for c in pod["containers"] + pod["initContainers"]}
        pod["serviceAccountName"] = deployment["metadata"]["name"] = ""
        assert deployment["spec"]["selector"]["matchLabels"].pop("app.kubernetes.io/instance")
        assert deployment["metadata"]["labels"].pop("app.kubernetes.io/instance", "stable")
        assert deployment["spec"]["template"]["metadata"]["labels"].pop("app.kubernetes.io/instance")
        for rule in pod["topologySpreadConstraints"]:
            rule["labelSelector"]["matchLabels"].pop("app.kubernetes.io/instance")
    assert stable == canary
    assert len(images) == 2
    assert images["broadsheet-create"] != images["broadsheet-create-canary"]
