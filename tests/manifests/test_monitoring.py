"""Monitoring: alerts fire in their cases, query existing metrics, and only Prometheus reaches the metrics."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.manifests.manifests import KUSTOMIZE, Pod, reaches, render
from tests.programs import need
from tests.server.clients import Client, wait_for
from tests.servers import free_port

COMPONENT = KUSTOMIZE / "components" / "monitoring"
RULES = yaml.safe_load((COMPONENT / "alerts.yaml").read_text())["spec"]
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
CASES = yaml.safe_load(Path(__file__).with_name("alerts.yaml").read_text())
DASHBOARD = json.loads((COMPONENT / "broadsheet.json").read_text())
QUERIES = {
    f"{panel['id']}{target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", [])
}
RUNBOOKS = "https://wiki.example.org/broadsheet/operations"

PROMETHEUS = {"up"}
KUBE_STATE_METRICS = {
    "kube_cronjob_created",
    "kube_cronjob_status_last_successful_time",
    "kube_deployment_spec_replicas",
    "kube_deployment_status_condition",
    "kube_deployment_status_replicas_ready",
    "kube_horizontalpodautoscaler_spec_max_replicas",
    "kube_horizontalpodautoscaler_status_current_replicas",
    "kube_horizontalpodautoscaler_status_desired_replicas",
    "kube_job_failed",
    "kube_job_status_start_time",
    "kube_pod_container_resource_limits",
    "kube_pod_container_status_restarts_total",
    "kube_pod_init_container_status_running",
}
KUBELET = {"container_memory_working_set_bytes"}
ONLY_WITH_A_DATABASE_SERVER = {"database_connections", "database_connections_limit"}


def names(expression: str) -> set[str]:
    """Return the metrics in a PromQL expression."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', " ", re.sub(r'"[^"]*"', '""', expression))
    bare = re.sub(r"\b(by|on|ignoring|without)\s*\([^)]*\)", " ", bare)
    words = re.findall(r"\b[a-z_][a-z0-9_]*\b(?!\s*\()", bare)
    return set(words) - {"by", "on", "and", "or", "unless"}


QUERIED_METRICS = {
    name for query in [*(rule["expr"] for rule in ALERTS.values()), *QUERIES.values()] for name in names(query)
}


@pytest.fixture(params=["overlays/production", "overlays/staging", "examples/canary"])
def monitored(request):
    """Render each overlay with the component in turn."""
    return render(KUSTOMIZE / request.param)


@pytest.fixture
def promtool(tmp_path):
    """Return a function that runs promtool on documents."""
    program = need("promtool")

    def run(*verb: str, **documents) -> subprocess.CompletedProcess:
        for name, document in documents.items():
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(document))
        last = tmp_path / f"{name}.yaml"
        return subprocess.run([program, *verb, last], capture_output=True, text=True, cwd=tmp_path, check=False)

    return run


# The alerts


def test_the_alerts_are_valid(promtool):
    checked = promtool("check", "rules", "--lint-fatal", rules=RULES)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_alert_fires_exactly_in_its_cases(promtool, case):
    # Without annotations, which each case would have to repeat.
    groups = [
        {
            **group,
            "rules": [{key: value for key, value in rule.items() if key != "annotations"} for rule in group["rules"]],
        }
        for group in RULES["groups"]
    ]
    tests = [{"interval": "1m", "input_series": case["input_series"], "alert_rule_test": case["alert_rule_test"]}]
    tested = promtool("test", "rules", rules={"groups": groups}, cases={"rule_files": ["rules.yaml"], "tests": tests})
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_has_a_firing_and_a_silent_case():
    questions = [question for case in CASES for question in case["alert_rule_test"]]
    for outcome in (True, False):
        assert {one["alertname"] for one in questions if bool(one["exp_alerts"]) is outcome} == set(ALERTS)


def test_every_alert_has_a_severity_and_a_summary():
    for alert, rule in ALERTS.items():
        assert rule["labels"]["severity"] in ("critical", "warning"), alert
        assert rule["annotations"]["summary"].endswith("."), alert


def test_runbook_links_use_the_address_in_the_overlay(monitored):
    rules = [rule for group in monitored.one("PrometheusRule")["spec"]["groups"] for rule in group["rules"]]
    assert {rule["annotations"]["runbook_url"] for rule in rules} == {f"{RUNBOOKS}#{alert.lower()}" for alert in ALERTS}


# The dashboard


def test_the_queries_of_the_dashboard_are_valid(promtool):
    values = {"$namespace": "broadsheet", "${role:raw}": "create.update", "$__rate_interval": "1m"}
    rules = []
    for key, query in QUERIES.items():
        for variable, value in values.items():
            query = query.replace(variable, value)
        assert "$" not in query, f"an unknown variable: {query}"
        rules.append({"record": f"dashboard:{key}", "expr": query})
    checked = promtool("check", "rules", rules={"groups": [{"name": "dashboard", "rules": rules}]})
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_dashboard_has_a_row_for_each_role_with_its_metrics():
    rows = [panel for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert [row.get("repeat") for row in rows] == [None, "role"]
    below = DASHBOARD["panels"][DASHBOARD["panels"].index(rows[1]) + 1 :]
    shown = {name for panel in below for target in panel["targets"] for name in names(target["expr"])}
    assert shown >= {
        "http_requests_total",
        "http_request_duration_seconds_bucket",
        "misrouted_requests_total",
        "database_up",
        "container_memory_working_set_bytes",
        "kube_pod_container_status_restarts_total",
        "kube_horizontalpodautoscaler_status_current_replicas",
    }
    assert all("${role:raw}" in target["expr"] for panel in below for target in panel["targets"])


def test_no_panels_of_the_dashboard_overlap():
    taken = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _y in taken) < 24
    identities = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(identities) == len(set(identities))


def test_the_dashboard_has_the_label_that_grafana_looks_for(monitored):
    configuration = monitored.one("ConfigMap", "broadsheet-dashboard")
    assert configuration["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(configuration["data"]["broadsheet.json"]) == DASHBOARD


# The metrics


@pytest.mark.server
def test_every_metric_in_the_queries_exists(serve):
    port = free_port()
    server = serve(ROLE="read", METRICS_PORT=str(port))
    blog, metrics = Client(server.url), Client(f"http://127.0.0.1:{port}")
    assert blog.request("GET", "/api/v1/posts/")[0].status == 200
    assert blog.request("POST", "/api/v1/posts/")[0].status == 421
    # The last metrics to appear: the database is checked and requests are counted a moment later.
    for name in (b"database_up{", b"http_requests_total{", b"misrouted_requests_total{"):
        wait_for(lambda name=name: name in metrics.get("/metrics"), f"{name.decode()} to be there")
    exported = set(re.findall(r"^(\w+)", metrics.get("/metrics").decode(), re.MULTILINE))
    if "mysql" not in os.environ.get("TEST_DATABASE_URL", ""):
        exported |= ONLY_WITH_A_DATABASE_SERVER
    assert QUERIED_METRICS - exported == PROMETHEUS | KUBE_STATE_METRICS | KUBELET


def test_every_pod_behind_a_service_of_the_blog_is_scraped(monitored):
    monitor = monitored.one("ServiceMonitor")["spec"]
    port = monitor["endpoints"][0]["targetPort"]
    measured = [
        item
        for item in monitored.all("Service")
        if monitor["selector"]["matchLabels"].items() <= item["metadata"]["labels"].items()
    ]
    found = {
        workload for item in measured for workload in monitored.selected({"matchLabels": item["spec"]["selector"]})
    }
    assert found == {pod.workload for pod in monitored.applications()}
    assert all(port in pod.ports() for pod in monitored.applications())


def test_only_prometheus_reaches_the_metrics(monitored):
    def pod_in(namespace: str) -> Pod:
        return Pod(namespace, namespace, {}, namespace_labels={"kubernetes.io/metadata.name": namespace})

    for pod in monitored.applications():
        ports = pod.ports()
        assert reaches(monitored, pod_in("monitoring"), pod, ports["metrics"])
        assert not reaches(monitored, pod_in("monitoring"), pod, ports["http"])
        assert not reaches(monitored, pod_in("envoy-gateway-system"), pod, ports["metrics"])
        assert not reaches(monitored, pod_in("somewhere"), pod, ports["metrics"])
        assert all(
            not reaches(monitored, other, pod, ports["metrics"]) for other in monitored.applications() if other != pod
        )
