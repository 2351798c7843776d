"""The gateway routes each request to the role that owns it in `roles.py`."""

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
    arguments = " ".join(["manage.py httproute", *deployments])
    assert committed == printed, f"update it: {arguments} > deploy/kustomize/{folder}/httproute.yaml"


@pytest.mark.parametrize("name", [*OVERLAYS, "examples/two-deployments"])
def test_each_request_is_routed_to_the_service_of_its_role(name):
    manifests = render(KUSTOMIZE / name)
    component_of = {role: pod.component for pod in manifests.applications() for role in roles.parse(pod.component)}
    for method, path in product(METHODS, PATHS):
        rule = match(manifests.one("HTTPRoute", "broadsheet"), method, path.partition("?")[0])
        expected = roles.service(component_of[roles.owner(method.upper() if method != "get" else "PROPFIND", path)])
        assert [ref["name"] for ref in rule["backendRefs"]] == [expected], f"{method} {path}"


def match(route: dict, method: str, path: str) -> dict:
    """Return the rule that Gateway API chooses: the longest path, then a rule with the method."""
    found = [
        (len(entry["path"]["value"].rstrip("/")), "method" in entry, -index, rule)
        for index, rule in enumerate(route["spec"]["rules"])
        for entry in rule["matches"]
        if f"{path}/".startswith(entry["path"]["value"].rstrip("/") + "/") and entry.get("method", method) == method
    ]
    return max(found, key=lambda candidate: candidate[:3])[3]


def test_services_deployments_and_routes_of_the_blog_correspond(manifests):
    labels = {"app.kubernetes.io/name": "broadsheet"}
    services = {
        item["metadata"]["name"]: {port["port"] for port in item["spec"]["ports"]}
        for item in manifests.all("Service")
        if labels.items() <= item["spec"]["selector"].items()
    }
    routed = {
        ref["name"]: {ref["port"]}
        for rule in manifests.one("HTTPRoute", "broadsheet")["spec"]["rules"]
        for ref in rule["backendRefs"]
    }
    assert routed == services
    assert {pod.workload.removeprefix("Deployment ") for pod in manifests.applications()} == set(services)


def test_every_rule_has_the_timeout_of_its_role(manifests):
    for rule in manifests.one("HTTPRoute", "broadsheet")["spec"]["rules"]:
        assert seconds(rule["timeouts"]["request"]) == roles.TABLE[roles.Role(rule["name"])].seconds
        # Longer than a statement may take, so that the blog and not the gateway reports a slow database.
        assert seconds(rule["timeouts"]["request"]) > 10


def test_the_gateway_does_not_retry_requests(manifests):
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
    for policy in manifests.all("BackendTrafficPolicy", "ClientTrafficPolicy"):
        for target in policy["spec"]["targetRefs"]:
            assert manifests.one(target["kind"], target["name"])


@pytest.mark.parametrize("name", ["overlays/monolith", "overlays/staging", "overlays/production"])
def test_http_only_redirects_to_https_and_the_host_is_that_of_the_site(name):
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


def test_the_command_accepts_any_grouping_of_the_roles(tmp_path):
    several = ["create.update.delete", "read.frontend"]
    alone = [role for role in roles.Role if role not in ".".join(several).split(".")]
    command = [sys.executable, ROOT / "manage.py", "httproute", *several, *alone]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    route = yaml.safe_load(printed)
    names = {rule["name"]: rule["backendRefs"][0]["name"] for rule in route["spec"]["rules"]}
    assert names["update"] == "broadsheet-create-update-delete"
    assert names["frontend"] == "broadsheet-read-frontend"
