"""`make split` runs the pods of the rendered manifests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import yaml

from blog_project import roles
from tests.local_cluster.sites import wait_until
from tools.local_cluster.cluster import ROOT, Cluster
from tools.local_cluster.pod import Pod

pytestmark = [pytest.mark.server, pytest.mark.slow]

MACHINE_VARIABLES = {"PATH", "HOME", "LANG", "TMPDIR", "PROMETHEUS_MULTIPROC_DIR"}
"""Variables that every process has in addition to those of its manifest."""
IMAGE_VARIABLES = {"RELEASE"}
TEST_VARIABLES = {"API_TOKEN_RATES", "API_ADDRESS_RATES"}
"""Variables that tests/local_cluster/sites.py sets for each cluster."""
CHANGED = {"DATABASE_URL", "SITE_URL", "BIND", "PORT", "METRICS_PORT", "FILE_UPLOAD_TEMP_DIR"}
"""Variables of the manifest whose values differ on one machine."""

OVERLAY = """
resources: [{local}]
patches:
- target: {{kind: Deployment}}
  patch: |
    - {{op: replace, path: /spec/minReadySeconds, value: 1}}
    - {{op: replace, path: /spec/template/spec/terminationGracePeriodSeconds, value: 7}}
    - {{op: replace, path: /spec/template/spec/containers/0/lifecycle/preStop/sleep/seconds, value: 3}}
    - {{op: add, path: /spec/template/spec/containers/0/command/-, value: --backlog=77}}
    - {{op: replace, path: /spec/template/spec/initContainers/0/command, value: [sh, -c, "echo waited for $ROLE"]}}
    - {{op: add, path: /spec/template/spec/containers/0/env/-, value: {{name: SITE_NAME, value: Changed}}}}
    - {{op: replace, path: /spec/template/spec/containers/0/readinessProbe/periodSeconds, value: 1}}
    - {{op: replace, path: /spec/template/spec/containers/0/readinessProbe/timeoutSeconds, value: 3}}
    - {{op: replace, path: /spec/template/spec/containers/0/readinessProbe/failureThreshold, value: 1}}
- target: {{kind: Deployment, name: broadsheet-read}}
  patch: |
    - {{op: replace, path: /spec/template/spec/containers/0/livenessProbe/periodSeconds, value: 1}}
    - {{op: replace, path: /spec/template/spec/containers/0/livenessProbe/timeoutSeconds, value: 3}}
- target: {{kind: Deployment, name: broadsheet-frontend}}
  patch: |
    - {{op: add, path: /spec/replicas, value: 2}}
    - {{op: replace, path: /spec/template/spec/containers/0/livenessProbe/failureThreshold, value: 30}}
- target: {{kind: Deployment, name: broadsheet-(create|update|delete|admin)}}
  patch: '{{$patch: delete, apiVersion: apps/v1, kind: Deployment, metadata: {{name: any}}}}'
"""


@pytest.fixture(scope="module")
def changed(start_cluster, tmp_path_factory) -> Cluster:
    """A cluster of an overlay with other values, two frontend pods, and no writing roles."""
    overlay = tmp_path_factory.mktemp("overlay").resolve()
    local = os.path.relpath(ROOT / "deploy/kustomize/overlays/local", overlay)
    (overlay / "kustomization.yaml").write_text(OVERLAY.format(local=local))
    return start_cluster(overlay=overlay)


def status(url: str, method: str = "GET", **headers: str) -> int:
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        return urllib.request.urlopen(request, timeout=30).status
    except urllib.error.HTTPError as error:
        return error.code


def read_process(pid: int, name: str) -> list[str]:
    return [part for part in Path(f"/proc/{pid}/{name}").read_bytes().decode().split("\0") if part]


def rendered_objects() -> list[dict]:
    done = subprocess.run(
        [ROOT / "tools/manifests.sh", ROOT / "deploy/kustomize/overlays/local"], capture_output=True, check=True
    )
    return list(yaml.safe_load_all(done.stdout))


# Manifests


def test_each_role_runs_the_command_of_its_manifest(cluster):
    for deployment in (item for item in rendered_objects() if item["kind"] == "Deployment"):
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        (pod,) = cluster.pods(deployment["metadata"]["name"].removeprefix("broadsheet-"))
        program, *arguments = container["command"]
        running = read_process(pod.process.pid, "cmdline")
        assert running[-len(arguments) :] == arguments
        assert Path(running[-len(arguments) - 1]).name == program


def test_each_role_has_the_environment_of_its_manifest_and_nothing_else(cluster):
    objects = rendered_objects()
    settings = {
        key: value
        for item in objects
        if item["kind"] == "ConfigMap" and "SITE_URL" in item["data"]
        for key, value in item["data"].items()
    }
    for deployment in (item for item in objects if item["kind"] == "Deployment"):
        role = deployment["metadata"]["labels"]["app.kubernetes.io/component"]
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        literals = {item["name"]: item["value"] for item in container["env"] if "value" in item}
        (pod,) = cluster.pods(role)
        running = dict(item.split("=", 1) for item in read_process(pod.process.pid, "environ"))
        named = settings.keys() | {item["name"] for item in container["env"]} | {"SIGNING_KEY", "DATABASE_URL"}
        named |= {"SECRET_KEY"} if role == "admin" else set()
        assert running.keys() - MACHINE_VARIABLES - IMAGE_VARIABLES - TEST_VARIABLES == named
        assert running["ROLE"] == role
        for name, value in (settings | literals).items():
            assert name in CHANGED or running[name] == value
        assert running["SITE_URL"] == f"http://localhost:{cluster.gateway.port}"


def test_each_role_has_its_own_database_user_with_only_its_privileges(cluster):
    from MySQLdb import OperationalError

    users = {role: urlsplit(pod.environment["DATABASE_URL"]) for role in cluster.roles for pod in cluster.pods(role)}
    assert len({address.username for address in users.values()}) == len(roles.Role)
    insert = "INSERT INTO posts_tag (name, slug, version) VALUES ('x', 'x', 1)"
    for role in ("read", "frontend", "update", "delete"):
        with pytest.raises(OperationalError, match=r"command denied"):
            execute(users[role], insert)
    assert execute(users["read"], "SELECT COUNT(*) FROM posts_tag WHERE slug = 'x'") == ((0,),)


def execute(address, statement: str) -> tuple:
    import MySQLdb

    connection = MySQLdb.connect(
        host=address.hostname,
        port=address.port,
        user=address.username,
        password=address.password,
        database=address.path[1:],
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()
    finally:
        connection.close()


def test_a_request_is_routed_to_the_role_that_owns_it(cluster):
    requests = {}
    for path in ("/", "/feed/", "/api/v1/posts/", "/api/v1/posts/1/", "/api/docs/", "/admin/", "/preview/1/"):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"):
            requests[uuid4().hex] = method, path
    for request_id, (method, path) in requests.items():
        assert status(cluster.url + path, method, **{"X-Request-ID": request_id}) != 421
    wait_until(lambda: answered_by(cluster).keys() >= requests.keys(), "a log line of each request")
    answered = answered_by(cluster)
    for request_id, request in requests.items():
        assert answered[request_id] == {roles.owner(*request)}, request


def answered_by(cluster: Cluster) -> dict[str, set[str]]:
    """Return the roles whose pods have logged a request, by the requests' ids."""
    found = defaultdict(set)
    for line in [line for pod in cluster.all_pods() for line in pod.log.read_text().splitlines()]:
        if line.startswith("{"):
            logged = json.loads(line)
            found[logged["request_id"]].add(logged["role"])
    return found


def test_a_changed_manifest_changes_the_running_pods(changed):
    assert changed.roles == ["frontend", "read"]
    assert len(changed.pods("frontend")) == 2
    (pod,) = changed.pods("read")
    assert read_process(pod.process.pid, "cmdline")[-1] == "--backlog=77"
    assert "SITE_NAME=Changed" in read_process(pod.process.pid, "environ")
    assert pod.log.read_text().startswith("waited for read\n")
    assert (pod.pre_stop_seconds, pod.grace_seconds) == (3, 7)


def test_a_role_that_is_not_deployed_is_answered_503(changed):
    assert status(changed.url + "/api/v1/posts/") == 200
    assert status(changed.url + "/api/v1/posts/", "POST") == 503
    assert status(changed.url + "/admin/") == 503


# Pods


@contextmanager
def suspended(pod: Pod) -> Iterator[list[int]]:
    """Suspend a pod's processes in this block, so that they do not respond."""
    pids = [pod.process.pid, *pod.workers()]
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield pids
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_a_pod_that_is_not_ready_gets_no_requests_until_it_is(changed):
    ready, stalled = changed.pods("frontend")
    service = roles.service("frontend")
    with suspended(stalled):
        wait_until(lambda: changed.gateway.endpoints(service) == [ready.port], "the endpoint leaves")
        assert {status(changed.url + "/") for _ in range(20)} == {200}
    wait_until(
        lambda: sorted(changed.gateway.endpoints(service)) == sorted([ready.port, stalled.port]), "it comes back"
    )
    assert stalled.restarts == 0


def test_a_pod_that_fails_its_liveness_probe_is_killed_after_its_grace_period(changed):
    (pod,) = changed.pods("read")
    with suspended(pod) as pids:
        wait_until(lambda: pod.restarts == 1 and pod.ready, "the container is started again")
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    changed.gateway.wait_until_routed(roles.service("read"), pod.port)
    assert status(changed.url + "/api/v1/posts/") == 200


def test_a_pod_whose_master_is_killed_starts_again_without_its_old_workers(changed):
    (pod,) = changed.pods("read")
    restarts, workers = pod.restarts, pod.workers()
    pod.process.kill()
    wait_until(lambda: pod.restarts == restarts + 1 and pod.ready, "the container is started again")
    assert workers
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_terminating_pod_leaves_the_gateway_and_still_answers_during_its_pre_stop_hook(changed):
    leaving = changed.start_pod("frontend")
    stopping = threading.Thread(target=changed.stop_pod, args=[leaving])
    stopping.start()
    wait_until(lambda: leaving.port not in changed.gateway.endpoints(roles.service("frontend")), "the endpoint leaves")
    assert status(leaving.url + "/") == 200
    stopping.join()
    assert leaving.process.returncode == 0
    assert leaving not in changed.all_pods()


def test_a_restart_replaces_every_pod_and_no_request_fails(changed):
    before = changed.pods("frontend")
    answers, over = [], threading.Event()

    def send_requests() -> None:
        while not over.is_set():
            answers.append(status(changed.url + "/"))

    asking = threading.Thread(target=send_requests)
    asking.start()
    changed.restart("frontend")
    over.set()
    asking.join()
    after = changed.pods("frontend")
    assert len(after) == 2
    assert not {pod.name for pod in before} & {pod.name for pod in after}
    assert {pod.process.returncode for pod in before} == {0}
    assert set(answers) == {200}


def test_a_role_scaled_to_zero_is_answered_503_until_it_is_scaled_up(changed):
    changed.scale("read", 0)
    assert status(changed.url + "/api/v1/posts/") == 503
    assert status(changed.url + "/") == 200
    changed.scale("read", 2)
    assert len(changed.pods("read")) == 2
    assert status(changed.url + "/api/v1/posts/") == 200


def test_a_pod_of_another_checkout_runs_its_code_beside_the_others(changed, tmp_path):
    for name in ("apps", "blog_project", "demo", "requirements", "tools", "manage.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    others = changed.pods("read")
    pod = changed.start_pod("read", source=tmp_path, environment={"RELEASE": "next"})
    assert changed.pods("read") == [*others, pod]
    assert Path(f"/proc/{pod.process.pid}/cwd").resolve() != changed.release.path.resolve()
    assert "RELEASE=next" in read_process(pod.process.pid, "environ")
    assert status(pod.url + "/api/v1/posts/") == 200
