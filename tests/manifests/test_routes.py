"""The gateway sends each request to the operation that owns it, as `roles.py` says."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import pytest
import yaml

from blog_project import roles
from tests.manifests.manifests import KUSTOMIZE, OVERLAYS, ROOT, render, seconds

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get")
PATHS = (
    *("/", "/2026/11/a-post/", "/search/?q=x", "/static/site.css", "/adminer", "/apis", "/api.json", "/previews/"),
    *("/api", "/api/", "/api/v1/posts/", "/api/docs/", "/admin", "/admin/", "/admin/login/", "/preview", "/preview/x/"),
)


@pytest.mark.parametrize(
    ("folder", "deployments"),
    [
        ("routing/split", ()),
        ("routing/monolith", ("all",)),
        ("examples/two-deployments", ("read.frontend", "create.update.delete.admin")),
    ],
)
def test_the_committed_route_is_what_the_command_prints(folder, deployments):
    command = [sys.executable, ROOT / "manage.py", "httproute", *deployments]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    committed = (KUSTOMIZE / folder / "httproute.yaml").read_text()
    asked = " ".join(["manage.py httproute", *deployments])
    assert committed == printed, f"write it again: {asked} > deploy/kustomize/{folder}/httproute.yaml"


@pytest.mark.parametrize("name", [*OVERLAYS, "examples/two-deployments"])
def test_each_request_goes_to_the_service_of_its_owner(name):
    manifests = render(KUSTOMIZE / name)
    home = {role: pod.component for pod in manifests.applications() for role in roles.parse(pod.component)}
    for method, path in product(METHODS, PATHS):
        rule = match(manifests.one("HTTPRoute", "broadsheet"), method, path.partition("?")[0])
        expected = roles.service(home[roles.owner(method.upper() if method != "get" else "PROPFIND", path)])
        assert [ref["name"] for ref in rule["backendRefs"]] == [expected], f"{method} {path}"


def match(route: dict, method: str, path: str) -> dict:
    """Choose a rule as Gateway API does: the longest path, then one that names the method."""
    found = [
        (len(entry["path"]["value"].rstrip("/")), "method" in entry, -index, rule)
        for index, rule in enumerate(route["spec"]["rules"])
        for entry in rule["matches"]
        if f"{path}/".startswith(entry["path"]["value"].rstrip("/") + "/") and entry.get("method", method) == method
    ]
    return max(found, key=lambda candidate: candidate[:3])[3]


def test_every_service_of_the_blog_has_a_deployment_and_a_route_and_the_other_way_round(manifests):
    ours = {"app.kubernetes.io/name": "broadsheet"}
    services = {
        item["metadata"]["name"]: {port["port"] for port in item["spec"]["ports"]}
        for item in manifests.all("Service")
        if ours.items() <= item["spec"]["selector"].items()
    }
    routed = {
        ref["name"]: {ref["port"]}
        for rule in manifests.one("HTTPRoute", "broadsheet")["spec"]["rules"]
        for ref in rule["backendRefs"]
    }
    assert routed == services
    assert {pod.workload.removeprefix("Deployment ") for pod in manifests.applications()} == set(services)


def test_every_rule_has_a_time_limit_longer_than_a_statement_and_no_longer_than_its_role_allows(manifests):
    for rule in manifests.one("HTTPRoute", "broadsheet")["spec"]["rules"]:
        assert seconds(rule["timeouts"]["request"]) == roles.TABLE[roles.Role(rule["name"])].seconds
        # So that the client is told by us, and not by the gateway, that the database was too slow.
        assert seconds(rule["timeouts"]["request"]) > 10


def test_nothing_tells_the_gateway_to_send_a_request_twice(manifests):
    for item in manifests.all("HTTPRoute"):
        assert all("retry" not in rule for rule in item["spec"]["rules"])
    for item in manifests.all("BackendTrafficPolicy"):
        assert "retry" not in item["spec"]


def test_every_route_is_attached_to_a_listener_that_exists(manifests):
    gateway = manifests.one("Gateway")
    listeners = {listener["name"] for listener in gateway["spec"]["listeners"]}
    for item in manifests.all("HTTPRoute"):
        for parent in item["spec"]["parentRefs"]:
            assert parent["name"] == gateway["metadata"]["name"]
            assert parent.get("sectionName") in {None, *listeners}
    for policy in manifests.all("BackendTrafficPolicy"):
        for target in policy["spec"]["targetRefs"]:
            assert manifests.one(target["kind"], target["name"])


@pytest.mark.parametrize("name", ["overlays/monolith", "overlays/staging", "overlays/production"])
def test_without_tls_there_is_only_a_redirect_and_the_host_is_the_sites(name):
    manifests = render(KUSTOMIZE / name)
    listeners = {listener["name"]: listener for listener in manifests.one("Gateway")["spec"]["listeners"]}
    assert {name: listener["protocol"] for name, listener in listeners.items()} == {"http": "HTTP", "https": "HTTPS"}
    attached = {
        parent["sectionName"]: item["spec"]["rules"]
        for item in manifests.all("HTTPRoute")
        for parent in item["spec"]["parentRefs"]
    }
    (redirect,) = attached["http"]
    assert redirect["filters"][0]["requestRedirect"] == {"scheme": "https", "statusCode": 301}
    assert "backendRefs" not in redirect
    assert [rule["name"] for rule in attached["https"]] == [str(role) for role in roles.Role]
    environment = manifests.environment(manifests.applications()[0].containers[-1])
    assert {listener["hostname"] for listener in listeners.values()} == {environment["ALLOWED_HOSTS"]}
    assert environment["SITE_URL"] == f"https://{environment['ALLOWED_HOSTS']}"


def test_the_command_takes_any_division_of_the_roles(tmp_path):
    several = ["create.update.delete", "read.frontend"]
    alone = [role for role in roles.Role if role not in ".".join(several).split(".")]
    command = [sys.executable, ROOT / "manage.py", "httproute", *several, *alone]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    route = yaml.safe_load(printed)
    names = {rule["name"]: rule["backendRefs"][0]["name"] for rule in route["spec"]["rules"]}
    assert names["update"] == "broadsheet-create-update-delete"
    assert names["frontend"] == "broadsheet-read-frontend"
