"""Which pods can connect to which, computed from the NetworkPolicies."""

from __future__ import annotations

import pytest

from tests.manifests.manifests import KUSTOMIZE, Pod, matches, reaches, render

HTTP, METRICS, MYSQL, DNS = 8000, 9090, 3306, 53
INTERNET = "203.0.113.9"
CLOUD_METADATA = "169.254.169.254"
DATABASES = {"overlays/production": "10.0.64.7", "overlays/staging": "10.1.64.7"}


def elsewhere(namespace: str, **labels: str) -> Pod:
    return Pod("a pod elsewhere", namespace, labels, {"containers": []}, {"kubernetes.io/metadata.name": namespace})


GATEWAY = elsewhere("envoy-gateway-system", app="envoy")
STRANGER = elsewhere("default")
# A pod in another namespace with the labels of a pod of the blog.
IMPOSTOR = elsewhere("default", **{"app.kubernetes.io/name": "broadsheet", "app.kubernetes.io/component": "read"})
RESOLVER = elsewhere("kube-system", **{"k8s-app": "kube-dns"})
NEIGHBOUR_OF_THE_RESOLVER = elsewhere("kube-system", app="something")


def test_network_policies_deny_ingress_and_egress_by_default(manifests):
    for pod in manifests.pods:
        types = [
            policy["spec"]["policyTypes"]
            for policy in manifests.all("NetworkPolicy")
            if matches(policy["spec"]["podSelector"], pod.labels)
        ]
        assert {direction for group in types for direction in group} == {"Ingress", "Egress"}, pod.workload
    unknown = Pod("another pod of the namespace", manifests.namespace, {}, {"containers": []}, {})
    assert not reaches(manifests, STRANGER, unknown, HTTP)
    assert not reaches(manifests, unknown, INTERNET, 443)


def test_the_gateway_reaches_the_site_of_every_application_pod_and_nothing_else(shipped):
    for pod in shipped.applications():
        assert pod.ports()["http"] == HTTP
        assert reaches(shipped, GATEWAY, pod, HTTP), pod.workload
        assert not reaches(shipped, GATEWAY, pod, METRICS), pod.workload
    for pod in shipped.pods:
        if not pod.is_application:
            assert not any(reaches(shipped, GATEWAY, pod, port) for port in (HTTP, METRICS, MYSQL)), pod.workload


@pytest.mark.parametrize(
    "stranger", [STRANGER, IMPOSTOR, RESOLVER, INTERNET], ids=["pod", "impostor", "dns", "internet"]
)
def test_no_other_client_reaches_any_pod(manifests, stranger):
    for pod in manifests.pods:
        for port in (HTTP, METRICS, MYSQL, 6379):
            assert not reaches(manifests, stranger, pod, port), f"{pod.workload} {port}"


def test_no_application_pod_reaches_another(manifests):
    applications = manifests.applications()
    for source in applications:
        for target in applications:
            assert not reaches(manifests, source, target, HTTP), f"{source.workload} to {target.workload}"
            assert not reaches(manifests, source, target, METRICS)


def test_the_blog_and_its_migration_resolve_names(manifests):
    for pod in blog_pods(manifests):
        assert reaches(manifests, pod, RESOLVER, DNS, "UDP"), pod.workload
        assert reaches(manifests, pod, RESOLVER, DNS, "TCP"), pod.workload
        assert not reaches(manifests, pod, NEIGHBOUR_OF_THE_RESOLVER, DNS, "UDP"), pod.workload
        assert not reaches(manifests, pod, RESOLVER, 443), pod.workload


def test_no_pod_reaches_the_internet_or_the_cloud_metadata_service(manifests):
    for pod in manifests.pods:
        for address in (INTERNET, CLOUD_METADATA):
            assert not any(reaches(manifests, pod, address, port) for port in (53, 80, 443, MYSQL)), pod.workload


@pytest.mark.parametrize("name", ["overlays/local", "overlays/monolith"])
def test_the_blog_and_its_migration_reach_the_database_in_the_cluster(name):
    manifests = render(KUSTOMIZE / name)
    database = manifests.pod("StatefulSet broadsheet-mysql")
    for pod in blog_pods(manifests):
        assert reaches(manifests, pod, database, MYSQL), pod.workload
        assert not reaches(manifests, database, pod, HTTP), pod.workload
    assert not reaches(manifests, database, RESOLVER, DNS, "UDP")


@pytest.mark.parametrize("name", list(DATABASES))
def test_the_blog_and_its_migration_reach_the_external_database(name):
    manifests = render(KUSTOMIZE / name)
    for pod in blog_pods(manifests):
        assert reaches(manifests, pod, DATABASES[name], MYSQL), pod.workload
        assert not reaches(manifests, pod, DATABASES[name], 22), pod.workload
    others = {address for other, address in DATABASES.items() if other != name}
    assert not any(reaches(manifests, pod, address, MYSQL) for pod in blog_pods(manifests) for address in others)


@pytest.mark.parametrize("name", list(DATABASES))
def test_prometheus_reaches_the_metrics_and_nothing_else(name):
    manifests = render(KUSTOMIZE / name)
    prometheus = elsewhere("monitoring")
    for pod in manifests.applications():
        assert pod.ports()["metrics"] == METRICS
        assert reaches(manifests, prometheus, pod, METRICS), pod.workload
        assert not reaches(manifests, prometheus, pod, HTTP), pod.workload


@pytest.mark.parametrize("name", ["overlays/local", "overlays/production"])
def test_all_pods_of_the_blog_but_the_migration_share_a_redis(name, render_changed):
    manifests = render_changed(name, namespace="broadsheet", components=["components/redis"])
    redis = manifests.pod("Deployment broadsheet-redis")
    for pod in manifests.pods:
        shares = pod.is_application or pod.component == "housekeeping"
        assert reaches(manifests, pod, redis, 6379) == shares, pod.workload
        for container in pod.containers:
            address = manifests.environment(container).get("CACHE_URL")
            assert address == ("redis://broadsheet-redis:6379/0" if shares else None), pod.workload
    assert not reaches(manifests, redis, INTERNET, 443)


def test_one_patch_allows_another_gateway(render_changed):
    path = "/spec/ingress/0/from/0/namespaceSelector/matchLabels/kubernetes.io~1metadata.name"
    patch = f"- {{op: replace, path: {path}, value: traefik}}"
    target = {"kind": "NetworkPolicy", "name": "broadsheet"}
    manifests = render_changed("overlays/production", patches=[{"target": target, "patch": patch}])
    for pod in manifests.applications():
        assert reaches(manifests, elsewhere("traefik"), pod, HTTP)
        assert not reaches(manifests, GATEWAY, pod, HTTP)


BUCKETS = {"overlays/production": "10.0.80.7", "overlays/staging": "10.1.80.7"}


@pytest.mark.parametrize("name", list(BUCKETS))
def test_only_roles_that_store_or_delete_images_reach_the_bucket(name):
    manifests = render(KUSTOMIZE / name)
    for pod in blog_pods(manifests):
        writes = pod.component in ("create", "delete", "admin")
        assert reaches(manifests, pod, BUCKETS[name], 443) == writes, pod.workload
        assert not reaches(manifests, pod, BUCKETS[name], 80), pod.workload
        assert not any(reaches(manifests, pod, other, 443) for key, other in BUCKETS.items() if key != name)


def blog_pods(manifests) -> list[Pod]:
    pods = [pod for pod in manifests.pods if pod.labels["app.kubernetes.io/name"] == "broadsheet"]
    assert any(pod.component == "migrate" for pod in pods)
    return pods
