"""A terminated pod finishes its requests and receives no new ones."""

from __future__ import annotations

import signal
import subprocess

from django.conf import settings

from apps.server.request_bodies import MAX_LARGE_BODIES
from tests.manifests.manifests import KUSTOMIZE, render, seconds

MARGIN = 5
"""Seconds for stopping after the last request."""


def test_the_grace_period_covers_the_pause_the_drain_and_a_margin(manifests):
    for pod, environment, container in application_containers(manifests):
        pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        drain = int(environment["GRACEFUL_TIMEOUT"])
        assert pause >= 5, pod.workload
        assert pause + drain + MARGIN <= pod.spec["terminationGracePeriodSeconds"], pod.workload


def test_a_pod_keeps_idle_connections_longer_than_the_gateway(shipped):
    (policy,) = shipped.all("BackendTrafficPolicy")
    idle = seconds(policy["spec"]["timeout"]["http"]["connectionIdleTimeout"])
    for pod, environment, _ in application_containers(shipped):
        assert int(environment["KEEPALIVE"]) > idle, pod.workload


def test_the_gateway_waits_for_a_client_longer_than_a_response_may_take(shipped):
    (policy,) = shipped.all("ClientTrafficPolicy")
    timeouts = policy["spec"]["timeout"]["http"]
    longest = max(
        seconds(rule["timeouts"]["request"]) for rule in shipped.one("HTTPRoute", "broadsheet")["spec"]["rules"]
    )
    assert seconds(timeouts["streamIdleTimeout"]) > longest
    # Slow but honest: an image of 26 MB at the least rate of the pods would take longer; the gateway is stricter.
    assert seconds(timeouts["requestReceivedTimeout"]) > seconds(timeouts["streamIdleTimeout"])


def test_the_volume_for_uploads_holds_all_that_a_pod_takes_at_a_time(manifests):
    for pod, environment, container in application_containers(manifests):
        (mount,) = [
            item for item in container["volumeMounts"] if item["mountPath"] == environment["FILE_UPLOAD_TEMP_DIR"]
        ]
        (volume,) = [item["emptyDir"] for item in pod.spec["volumes"] if item["name"] == mount["name"]]
        # Received once, and written once more by Django; and the files of the forms of all threads.
        needed = 2 * MAX_LARGE_BODIES * settings.UPLOAD_BODY_LIMIT + settings.WSGI_THREADS * settings.REQUEST_BODY_LIMIT
        assert int(volume["sizeLimit"].removesuffix("Mi")) * 2**20 > needed


def test_liveness_and_readiness_probes_are_distinct_and_use_the_port_of_the_site(manifests):
    for pod, _, container in application_containers(manifests):
        probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert probes == {
            "startup": {"path": "/livez", "port": "http"},
            "liveness": {"path": "/livez", "port": "http"},
            "readiness": {"path": "/readyz", "port": "http"},
        }, pod.workload


def test_a_slow_pod_becomes_unready_before_it_is_restarted(manifests):
    for pod, _, container in application_containers(manifests):
        deadlines = {
            kind: container[f"{kind}Probe"]["periodSeconds"] * container[f"{kind}Probe"]["failureThreshold"]
            for kind in ("startup", "liveness", "readiness")
        }
        assert deadlines["readiness"] < deadlines["liveness"] < deadlines["startup"], pod.workload


def test_the_server_listens_on_the_declared_ports(manifests):
    for pod, environment, _ in application_containers(manifests):
        assert environment["BIND"] == "0.0.0.0"
        assert {"http": int(environment["PORT"]), "metrics": int(environment["METRICS_PORT"])} == pod.ports()


def application_containers(manifests):
    for pod in manifests.applications():
        (container,) = pod.spec["containers"]
        yield pod, manifests.environment(container), container


def test_a_pod_that_waits_for_migrations_exits_on_sigterm(tmp_path):
    programs = {"python": "exit 1", "sleep": "echo waiting; exec /bin/sleep 0.1"}
    for name, content in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{content}\n")
        (tmp_path / name).chmod(0o755)
    (waiting,) = render(KUSTOMIZE / "overlays/production").applications()[0].spec["initContainers"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    with subprocess.Popen(waiting["command"], env=environment, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.terminate()
        process.stdout.read()
    # This is the exit code of the trap. Without a trap, process 1 of a container ignores SIGTERM.
    assert process.returncode == 128 + signal.SIGTERM
