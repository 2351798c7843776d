"""components/edge-cache adds nginx as a proxy to the pods that serve pages, and changes nothing else."""

from __future__ import annotations

import inspect
import re

import pytest

from tests.manifests import test_names_and_labels, test_pods_are_restricted, test_references
from tests.manifests.manifests import KUSTOMIZE, Pod, reaches, render, seconds
from tests.manifests.test_overrides import changed_objects

EDGE = "components/edge-cache"
BASES = {
    "overlays/local": "broadsheet-frontend",
    "overlays/staging": "broadsheet-frontend",
    "overlays/production": "broadsheet-frontend",
    "examples/two-deployments": "broadsheet-read-frontend",
}
COMPANIONS = {"alone": [EDGE], "before": [EDGE, "components/redis"], "after": ["components/redis", EDGE]}
MARGIN = 5
"""Seconds for stopping after the last request."""


@pytest.fixture(params=BASES)
def base(request) -> str:
    """Each overlay that can use the component."""
    return request.param


@pytest.fixture(params=COMPANIONS)
def manifests(request, base, render_changed):
    """Render each base with the component: alone, and before and after another component."""
    namespace = render(KUSTOMIZE / base).namespace
    return render_changed(base, namespace=namespace, components=COMPANIONS[request.param])


@pytest.fixture
def pod(manifests, base) -> Pod:
    """The pod with nginx."""
    return manifests.pod(f"Deployment {BASES[base]}")


def containers(pod: Pod) -> tuple[dict, dict]:
    process, nginx = pod.spec["containers"]
    assert (process["name"], nginx["name"]) == ("broadsheet", "edge-cache")
    return process, nginx


def configuration(manifests) -> str:
    (text,) = [item["data"]["nginx.conf"] for item in manifests.all("ConfigMap") if "nginx.conf" in item["data"]]
    return text


def megabytes(quantity: str) -> int:
    return int(re.fullmatch(r"(\d+)(?:Mi|m)", quantity)[1])


def test_only_the_pods_that_serve_pages_change(base, render_changed):
    namespace = render(KUSTOMIZE / base).namespace
    # The layer that sets the namespace is in the digest of the migration (docs/decisions/0025).
    before = render_changed(base, namespace=namespace)
    after = render_changed(base, namespace=namespace, components=[EDGE])
    (settings,) = [item["metadata"]["name"] for item in after.all("ConfigMap") if "nginx.conf" in item["data"]]
    assert changed_objects(before, after) == {("Deployment", BASES[base]), ("ConfigMap", settings)}


def test_all_requests_for_pages_go_through_nginx(manifests, pod, base):
    (service,) = [item for item in manifests.all("Service") if item["metadata"]["name"] == BASES[base]]
    _process, nginx = containers(pod)
    nginx_ports = {port["name"]: port["containerPort"] for port in nginx["ports"]}
    assert service["spec"]["ports"][0]["targetPort"] == "http"
    assert (pod.ports()["http"], nginx_ports["http"]) == (8080, 8080)
    gateway = Pod("gateway", "envoy-gateway-system", {}, {}, {"kubernetes.io/metadata.name": "envoy-gateway-system"})
    assert {port: reaches(manifests, gateway, pod, port) for port in pod.ports().values()} == {
        8080: True,
        8000: False,
        8081: False,
        9090: False,
    }
    assert f"listen {nginx_ports['http']};" in configuration(manifests)
    assert f"listen {nginx_ports['alive']};" in configuration(manifests)
    assert f"server 127.0.0.1:{pod.ports()['process']} " in configuration(manifests)


def test_prometheus_still_scrapes_the_process(manifests, pod):
    process, _nginx = containers(pod)
    assert {"name": "metrics", "containerPort": 9090} in process["ports"]
    if manifests.all("ServiceMonitor"):
        monitoring = Pod("prometheus", "monitoring", {}, {}, {"kubernetes.io/metadata.name": "monitoring"})
        assert {n: reaches(manifests, monitoring, pod, p) for n, p in pod.ports().items()} == {
            "http": False,
            "process": False,
            "alive": False,
            "metrics": True,
        }


@pytest.mark.parametrize("module", [test_pods_are_restricted, test_names_and_labels, test_references])
def test_the_tests_of_all_pods_pass_for_pods_with_nginx(module, manifests):
    tests = [
        test
        for name, test in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("test_") and list(inspect.signature(test).parameters) == ["manifests"]
    ]
    assert tests
    for test in tests:
        test(manifests)


def test_each_container_has_its_own_probes(pod):
    process, nginx = containers(pod)
    for kind in ("startup", "liveness", "readiness"):
        assert process[f"{kind}Probe"]["httpGet"]["port"] == "process"
    # Without its upstream process, nginx is not restarted, but is not ready either.
    assert nginx["livenessProbe"]["httpGet"] == {"path": "/", "port": "alive"}
    assert nginx["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}


def test_nginx_stops_before_its_upstream_process(manifests, pod):
    process, nginx = containers(pod)
    pauses = [container["lifecycle"]["preStop"]["sleep"]["seconds"] for container in (nginx, process)]
    assert 5 <= pauses[0] < pauses[1]
    drain = int(manifests.environment(process)["GRACEFUL_TIMEOUT"])
    assert pauses[1] + drain + MARGIN <= pod.spec["terminationGracePeriodSeconds"]


def test_each_server_keeps_idle_connections_longer_than_its_client(manifests, pod):
    text = configuration(manifests)
    process, _nginx = containers(pod)
    to_process, to_gateway = (int(found) for found in re.findall(r"keepalive_timeout (\d+)s", text))
    assert to_process < int(manifests.environment(process)["KEEPALIVE"])
    for policy in manifests.all("BackendTrafficPolicy"):
        assert to_gateway > seconds(policy["spec"]["timeout"]["http"]["connectionIdleTimeout"])


def test_the_cache_fits_into_its_volume_and_the_volume_into_the_memory_limit(manifests, pod):
    _process, nginx = containers(pod)
    (volume,) = [item["emptyDir"] for item in pod.spec["volumes"] if item["name"] == "edge-cache"]
    maximum = megabytes(re.search(r"max_size=(\d+m)", configuration(manifests))[1])
    assert volume["medium"] == "Memory"
    assert maximum * 1.25 < megabytes(volume["sizeLimit"])
    assert megabytes(volume["sizeLimit"]) + 48 < megabytes(nginx["resources"]["limits"]["memory"])
