"""The split on one machine: the pods of an overlay's Deployments, its migration Job, and the gateway in front of them.

Each pod has the environment, command, init container, probes, preStop hook and grace period of the rendered overlay.
Only what has to differ on one machine is changed, in `Cluster._environment` and `processes.base_environment`.
"""

from __future__ import annotations

import itertools
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tools.local_cluster import manifests, processes
from tools.local_cluster.database import Database
from tools.local_cluster.gateway import Gateway, backends
from tools.local_cluster.manifests import ClusterError
from tools.local_cluster.pod import Pod
from tools.local_cluster.release import Release

ROOT = Path(__file__).resolve().parent.parent.parent
COMPONENT = "app.kubernetes.io/component"
KEYS = ("SECRET_KEY", "SIGNING_KEY")
"""The settings that are keys: a pod gets one only if its manifest gives it one."""
MAX_RESTARTS = 3
"""Waiting for a pod to become ready fails after this many restarts."""


class Cluster:
    """A running overlay: `with Cluster(directory, "mysql://…") as cluster`."""

    def __init__(
        self,
        directory: Path,
        database_url: str,
        port: int = 0,
        overlay: str | Path = "local",
        settings: dict[str, str] | None = None,
    ) -> None:
        """Read the overlay, given by its name or its folder; nothing is started before `with`.

        `directory` is for logs and copies of the code. The user of `database_url` has to be able to create databases
        and users; the database is created if it does not exist, and is not dropped. `port` is the gateway's (0: a free
        one). `settings` override those of the overlay. Raises ClusterError if the split cannot run.
        """
        self.directory = Path(directory)
        self.manifests = manifests.render(overlay)
        self.database = Database(database_url)
        self.settings = settings or {}
        self._port = port
        self._processes = processes.Processes()
        self._ports = processes.Ports()
        self._deployments = {_role(item): item for item in self.manifests.all("Deployment")}
        self._services = list(self.manifests.all("Service"))
        self._pods: list[Pod] = []
        self._origins: dict[str, tuple[Release, dict[str, str]]] = {}
        self._releases: dict[Path, Release] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        # A lock of its own, because copying takes long and must not delay changes of the endpoints.
        self._copy_lock = threading.Lock()
        self.gateway = Gateway(self.manifests, self.directory / "gateway", self._processes)

    # Starting and stopping

    def __enter__(self) -> Self:
        """Start everything; return when all pods are ready and the gateway routes to them."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Drain and stop everything."""
        self.stop()

    def start(self) -> None:
        """Start the gateway, run the migration Job, then start the pods and wait for them."""
        self.gateway.start(self._port)
        self.release = Release(ROOT, self.directory / "release")
        self.database.create()
        self._migrate()
        self.release.collect_static_files(self.admin_environment)
        pods = [
            self._new_pod(role, self.release, {})
            for role, deployment in self._deployments.items()
            for _ in range(deployment["spec"].get("replicas", 1))
        ]
        self._wait_until_ready(pods)

    def stop(self) -> None:
        """Stop accepting requests, finish those in flight, stop every process, and drop the roles' database users."""
        try:
            with suppress(ClusterError):  # The gateway may have ended already.
                self.gateway.drain()
            # No preStop: it waits until gateways stop routing to the pod, and the gateway is drained already.
            for pod in self._pods:
                pod.terminate(pre_stop=False)
            for pod in self._pods:
                pod.join()
        finally:
            self.gateway.stop()
            for pod in self._pods:
                if pod.process:
                    processes.kill_group(pod.process)
            self._processes.close()
            with suppress(
                ClusterError
            ):  # If the server is down its users stay; the next start gives them new passwords.
                self.database.drop_users()

    # Its state

    @property
    def url(self) -> str:
        """The URL of the gateway."""
        return f"http://127.0.0.1:{self.gateway.port}"

    @property
    def roles(self) -> list[str]:
        """The roles that the overlay deploys."""
        return list(self._deployments)

    def pods(self, role: str) -> list[Pod]:
        """Return the pods of a role that are not terminating."""
        with self._lock:
            return [pod for pod in self._pods if pod.role == role and not pod.terminating]

    def all_pods(self) -> list[Pod]:
        """Return all pods, including terminating ones."""
        with self._lock:
            return list(self._pods)

    # Operations

    def scale(self, role: str, replicas: int) -> None:
        """Scale a role to `replicas` pods; return when new pods are ready and surplus ones have drained."""
        pods = self.pods(role)
        new = [self._new_pod(role, self.release, {}) for _ in range(replicas - len(pods))]
        self._wait_until_ready(new)
        self._remove(pods[replicas:])

    def restart(self, role: str) -> None:
        """Replace each pod of a role as a Deployment does: a new pod is ready before an old one is terminated.

        May be called from several threads, for different roles. Returns when the old pods have ended.
        """
        old = self.pods(role)
        min_ready_seconds = self._deployments[role]["spec"].get("minReadySeconds", 0)
        for pod in old:
            self._wait_until_ready([self._new_pod(role, *self._origins[pod.name])], min_ready_seconds)
            pod.terminate()
        self._remove(old)

    def start_pod(self, role: str, source: Path | None = None, environment: dict[str, str] | None = None) -> Pod:
        """Start one more pod of a role and return it when it is ready.

        `source` is another checkout to run; `environment` adds or overrides variables.
        """
        release = self.release_of(source) if source else self.release
        pod = self._new_pod(role, release, environment or {})
        self._wait_until_ready([pod])
        return pod

    def release_of(self, source: Path) -> Release:
        """Return the release of another checkout; the first call copies it and collects its static files."""
        with self._copy_lock:
            if source not in self._releases:
                release = Release(source, self.directory / f"release-{next(self._numbers)}")
                release.collect_static_files(self.admin_environment, like=self.release.static_files)
                self._releases[source] = release
            return self._releases[source]

    def stop_pod(self, pod: Pod) -> None:
        """Remove one pod after it has drained as its manifest states."""
        self._remove([pod])

    def manage(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run a management command with ROLE=all, as the migration user of the database."""
        return self.release.manage(arguments, self.admin_environment, **options)

    # Pods

    def _new_pod(self, role: str, release: Release, environment: dict[str, str]) -> Pod:
        template = self._deployments[role]["spec"]["template"]
        spec = template["spec"]
        ports = {item["containerPort"]: self._ports.new() for item in spec["containers"][0]["ports"]}
        pod = Pod(
            name=f"{self._deployments[role]['metadata']['name']}-{next(self._numbers)}",
            role=role,
            template=template,
            environments={
                item["name"]: self._environment(item, template["metadata"]["labels"], ports) | environment
                for item in [*spec["containers"], *spec.get("initContainers", [])]
            },
            ports=ports,
            source=release.path,
            directory=self.directory,
            starter=self._processes,
            changed=self._publish,
        )
        with self._lock:
            self._pods.append(pod)
            self._origins[pod.name] = (release, environment)
        pod.start()
        return pod

    def _wait_until_ready(self, pods: list[Pod], min_ready_seconds: float = 0) -> None:
        """Wait until pods have been ready for `min_ready_seconds` and the gateway routes to them."""
        for pod in pods:
            deadline = time.monotonic() + self._deployments[pod.role]["spec"].get("progressDeadlineSeconds", 600)
            while not (pod.ready and time.monotonic() - pod.ready_since >= min_ready_seconds):
                if pod.restarts >= MAX_RESTARTS or time.monotonic() > deadline or pod.terminating:
                    raise ClusterError(f"The pod {pod.name} does not get ready:\n{pod.log.read_text()[-4000:]}")
                time.sleep(0.05)
            for service, port in self._service_ports(pod):
                self.gateway.wait_until_routed(service, port)

    def _remove(self, pods: list[Pod]) -> None:
        for pod in pods:
            pod.terminate()
        for pod in pods:
            pod.join()
        with self._lock:
            self._pods = [pod for pod in self._pods if pod not in pods]

    def _publish(self) -> None:
        """Send the endpoints of ready pods to the gateway, by the selectors of the Services."""
        with self._lock:
            endpoints: dict[str, list[int]] = {name: [] for name in self._routed_services()}
            for pod in self._pods:
                if pod.ready and not pod.terminating:
                    for service, port in self._service_ports(pod):
                        endpoints[service].append(port)
            self.gateway.publish(endpoints)

    def _routed_services(self) -> list[str]:
        return backends(self.gateway.route)

    def _service_ports(self, pod: Pod) -> list[tuple[str, int]]:
        """Return the routed Services that select a pod, each with the local port on which the pod serves it."""
        return [
            (service["metadata"]["name"], pod.ports[manifests.container_port(pod.container, _target_port(service))])
            for service in self._services
            if service["metadata"]["name"] in self._routed_services()
            and service["spec"]["selector"].items() <= pod.labels.items()
        ]

    # Environments

    def _environment(
        self, container: dict[str, Any], labels: dict[str, str], ports: dict[int, int] | None = None
    ) -> dict[str, str]:
        """Return a container's environment, adapted to this machine."""
        environment = {"RELEASE": _tag(container["image"])} | self.manifests.environment(container, labels)
        for name, value in environment.items():
            if value.startswith("mysql://"):
                environment[name] = self.database.address(value)
        if "SITE_URL" in environment:
            site = urlsplit(environment["SITE_URL"])
            environment["SITE_URL"] = site._replace(netloc=f"{site.hostname}:{self.gateway.port}").geturl()
        if "FILE_UPLOAD_TEMP_DIR" in environment:
            environment["FILE_UPLOAD_TEMP_DIR"] = tempfile.gettempdir()  # A volume in a cluster.
        if "BIND" in environment:
            environment["BIND"] = "127.0.0.1"
        for name in ("PORT", "METRICS_PORT"):
            if ports and name in environment:
                environment[name] = str(ports[int(environment[name])])
        return environment | {
            name: value for name, value in self.settings.items() if name not in KEYS or name in environment
        }

    def _migrate(self) -> None:
        """Run the migration Job of the overlay; raises ClusterError with the end of its log if it fails."""
        template = self.manifests.get("Job")["spec"]["template"]
        container = template["spec"]["containers"][0]
        self.admin_environment = self._environment(container, template["metadata"]["labels"])
        log = self.directory / "migrate.log"
        home = self.directory / "migrate"
        process = self._processes.start(
            manifests.command(container),
            env=processes.base_environment(home) | self.admin_environment,
            cwd=self.release.path,
            log=log,
        )
        try:
            process.wait()
        finally:
            processes.kill_group(process)
        if process.returncode:
            raise ClusterError(f"The migration Job failed:\n{log.read_text()[-4000:]}")


def _role(deployment: dict[str, Any]) -> str:
    return deployment["spec"]["template"]["metadata"]["labels"][COMPONENT]


def _tag(image: str) -> str:
    """Return the tag of an image, which a built image has as RELEASE."""
    return image.partition("@")[0].rpartition(":")[2]


def _target_port(service: dict[str, Any]) -> str | int:
    port = service["spec"]["ports"][0]
    return port.get("targetPort", port["port"])
