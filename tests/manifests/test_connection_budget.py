"""At its largest, in the middle of a rollout of everything, the blog holds fewer connections than its database allows.

Most of a role's settings decide it, so it is added up from what is rendered: pods at the autoscaler's maximum, the one
a rollout adds, those still draining, times the connections of a pod, and the migration.
"""

from __future__ import annotations

import re
from math import ceil

RESERVE = 10
"""For the operator, a backup and the server's own."""
MIGRATION = 2
WSGI_THREADS, WEB_CONCURRENCY = 8, 1
"""What a process takes where nothing is set (.env.example)."""
WATCH = 1
"""A worker asks the database now and then whether it is there, on a connection of its own."""
PROCESS_MB = 100
"""What a pod of one worker takes when it has worked (docs/operations.md)."""
PAGE_CACHE_MB, GENERATION = 64, 1
"""One that keeps pages asks on another which state the content is in."""


def test_all_pods_together_stay_under_max_connections(manifests):
    most = sum(pods(manifests, item) * connections(manifests, item) for item in applications(manifests))
    assert most + MIGRATION + RESERVE <= max_connections(manifests)


def test_the_defaults_are_those_of_the_documentation(project_file):
    text = project_file(".env.example")
    assert f"#WSGI_THREADS={WSGI_THREADS}\n" in text
    assert f"#WEB_CONCURRENCY={WEB_CONCURRENCY}\n" in text
    assert f"#PAGE_CACHE_MB={PAGE_CACHE_MB}\n" in text


def test_those_keep_pages_who_answer_readers(manifests):
    for item in applications(manifests):
        roles = item["metadata"]["labels"]["app.kubernetes.io/component"].split(".")
        keeps = connections(manifests, item) == WSGI_THREADS + WATCH + GENERATION
        assert keeps == bool({"read", "frontend", "all"} & set(roles)), item["metadata"]["name"]


def test_the_kept_pages_fit_beside_the_process(manifests):
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
    most = scalers[0]["spec"]["maxReplicas"] if scalers else spec.get("replicas", 1)
    # A rollout takes a step each minReadySeconds at least, and a pod that leaves drains for its grace period at most.
    draining = ceil(spec["template"]["spec"]["terminationGracePeriodSeconds"] / spec["minReadySeconds"])
    return most + spec["strategy"]["rollingUpdate"]["maxSurge"] + min(most, draining)


def connections(manifests, deployment: dict) -> int:
    environment = manifests.environment(deployment["spec"]["template"]["spec"]["containers"][0])
    workers = int(environment.get("WEB_CONCURRENCY", WEB_CONCURRENCY))
    keeps_pages = int(environment.get("PAGE_CACHE_MB", PAGE_CACHE_MB)) > 0
    return workers * (int(environment.get("WSGI_THREADS", WSGI_THREADS)) + WATCH + GENERATION * keeps_pages)


def max_connections(manifests) -> int:
    """What the database inside is set to, or what the overlay says of the one outside."""
    for item in manifests.all("ConfigMap"):
        annotation = item["metadata"].get("annotations", {}).get("broadsheet/max-connections")
        setting = re.search(r"^max_connections = (\d+)$", item["data"].get("broadsheet.cnf", ""), re.MULTILINE)
        if annotation or setting:
            return int(annotation or setting[1])
    raise AssertionError("nothing says how many connections the database allows")
