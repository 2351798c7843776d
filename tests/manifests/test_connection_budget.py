"""At maximum scale, during a rollout of every role, the blog opens fewer connections than its database allows.

The maximum is computed from the rendered manifests: the pods at the autoscaler's maximum, the pods that a rollout adds
and the draining ones, times the connections of a pod, plus the migration.
"""

from __future__ import annotations

import re
from math import ceil

RESERVE = 10
"""Connections for the operator, a backup and the server itself."""
MIGRATION_CONNECTIONS = 2
WSGI_THREADS, WEB_CONCURRENCY = 8, 1
"""The defaults of the settings (.env.example)."""
DATABASE_PROBE = 1
"""The connection with which each worker checks that the database is available."""
PROCESS_MB = 100
"""Memory of a pod with one worker under load (docs/operations.md)."""
PAGE_CACHE_MB, CONTENT_STATE = 64, 1
"""The connection with which a worker that caches pages fetches the state of the content."""


def test_the_connections_of_all_pods_stay_below_max_connections(manifests):
    maximum = sum(pods(manifests, item) * connections(manifests, item) for item in applications(manifests))
    assert maximum + MIGRATION_CONNECTIONS + RESERVE <= max_connections(manifests)


def test_the_defaults_match_the_documentation(project_file):
    text = project_file(".env.example")
    assert f"#WSGI_THREADS={WSGI_THREADS}\n" in text
    assert f"#WEB_CONCURRENCY={WEB_CONCURRENCY}\n" in text
    assert f"#PAGE_CACHE_MB={PAGE_CACHE_MB}\n" in text


def test_only_deployments_that_serve_readers_cache_pages(manifests):
    for item in applications(manifests):
        roles = item["metadata"]["labels"]["app.kubernetes.io/component"].split(".")
        caches_pages = connections(manifests, item) == WSGI_THREADS + DATABASE_PROBE + CONTENT_STATE
        assert caches_pages == bool({"read", "frontend", "all"} & set(roles)), item["metadata"]["name"]


def test_the_page_cache_fits_into_the_memory_of_the_pod(manifests):
    for item in applications(manifests):
        (container, *_others) = item["spec"]["template"]["spec"]["containers"]
        environment, resources = manifests.environment(container), container["resources"]
        pages = int(environment.get("WEB_CONCURRENCY", WEB_CONCURRENCY)) * int(
            environment.get("PAGE_CACHE_MB", PAGE_CACHE_MB)
        )
        assert PROCESS_MB + pages <= int(resources["requests"]["memory"].removesuffix("Mi")), item["metadata"]["name"]
        assert 2 * (PROCESS_MB + pages) <= int(resources["limits"]["memory"].removesuffix("Mi"))


def applications(manifests) -> list[dict]:
    return [
        item
        for item in manifests.all("Deployment")
        if item["metadata"]["labels"]["app.kubernetes.io/name"] == "broadsheet"
    ]


def pods(manifests, deployment: dict) -> int:
    name, spec = deployment["metadata"]["name"], deployment["spec"]
    scalers = [h for h in manifests.all("HorizontalPodAutoscaler") if h["spec"]["scaleTargetRef"]["name"] == name]
    maximum = scalers[0]["spec"]["maxReplicas"] if scalers else spec.get("replicas", 1)
    # A rollout replaces a pod at most every minReadySeconds, and a terminated pod drains at most for its grace period.
    draining = ceil(spec["template"]["spec"]["terminationGracePeriodSeconds"] / spec["minReadySeconds"])
    return maximum + spec["strategy"]["rollingUpdate"]["maxSurge"] + min(maximum, draining)


def connections(manifests, deployment: dict) -> int:
    environment = manifests.environment(deployment["spec"]["template"]["spec"]["containers"][0])
    workers = int(environment.get("WEB_CONCURRENCY", WEB_CONCURRENCY))
    caches_pages = int(environment.get("PAGE_CACHE_MB", PAGE_CACHE_MB)) > 0
    return workers * (
        int(environment.get("WSGI_THREADS", WSGI_THREADS)) + DATABASE_PROBE + CONTENT_STATE * caches_pages
    )


def max_connections(manifests) -> int:
    """Return max_connections from the configuration of MySQL in the cluster, or from the overlay's annotation."""
    for item in manifests.all("ConfigMap"):
        annotation = item["metadata"].get("annotations", {}).get("broadsheet/max-connections")
        setting = re.search(r"^max_connections = (\d+)$", item["data"].get("broadsheet.cnf", ""), re.MULTILINE)
        if annotation or setting:
            return int(annotation or setting[1])
    raise AssertionError("max_connections of the database is not set anywhere")
