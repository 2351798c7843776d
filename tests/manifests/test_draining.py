"""A pod that is told to leave finishes what it has begun, and is asked nothing new."""

from __future__ import annotations

import signal
import subprocess

from tests.manifests.manifests import KUSTOMIZE, render, seconds

MARGIN = 5
"""For stopping after the last request, in seconds."""


def test_the_grace_period_covers_the_pause_the_drain_and_a_margin(manifests):
    for pod, environment, container in serving(manifests):
        pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        drain = int(environment["GRACEFUL_TIMEOUT"])
        assert pause >= 5, pod.workload
        assert pause + drain + MARGIN <= pod.spec["terminationGracePeriodSeconds"], pod.workload


def test_a_pod_keeps_idle_connections_longer_than_the_gateway(shipped):
    (policy,) = shipped.all("BackendTrafficPolicy")
    idle = seconds(policy["spec"]["timeout"]["http"]["connectionIdleTimeout"])
    for pod, environment, _ in serving(shipped):
        assert int(environment["KEEPALIVE"]) > idle, pod.workload


def test_liveness_and_readiness_are_asked_apart_on_the_port_of_the_site(manifests):
    for pod, _, container in serving(manifests):
        probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert probes == {
            "startup": {"path": "/livez", "port": "http"},
            "liveness": {"path": "/livez", "port": "http"},
            "readiness": {"path": "/readyz", "port": "http"},
        }, pod.workload


def test_a_slow_pod_leaves_its_service_before_it_is_killed(manifests):
    for pod, _, container in serving(manifests):
        patience = {
            kind: container[f"{kind}Probe"]["periodSeconds"] * container[f"{kind}Probe"]["failureThreshold"]
            for kind in ("startup", "liveness", "readiness")
        }
        assert patience["readiness"] < patience["liveness"] < patience["startup"], pod.workload


def test_the_server_listens_where_the_ports_say(manifests):
    for pod, environment, _ in serving(manifests):
        assert environment["BIND"] == "0.0.0.0"
        assert {"http": int(environment["PORT"]), "metrics": int(environment["METRICS_PORT"])} == pod.ports()


def serving(manifests):
    for pod in manifests.applications():
        (container,) = pod.spec["containers"]
        yield pod, manifests.environment(container), container


def test_a_pod_that_waits_for_the_schema_ends_when_it_is_told_to(tmp_path):
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
    # By itself, and not by the signal: the first process of a container does not die of one that it does not handle.
    assert process.returncode == 128 + signal.SIGTERM
