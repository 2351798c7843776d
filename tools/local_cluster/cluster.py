"""The split on one machine: the pods of an overlay's Deployments, its migration Job, and the gateway before them.

What a pod is (environment, command, init container, probes, preStop, grace period) is what the overlay renders. Only
what differs on one machine is changed, all of it in `Cluster._environment` and `processes.base_environment`.
"""

from __future__ import annotations

import itertools
import subprocess
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
from tools.local_cluster.manifests import SplitError
from tools.local_cluster.pod import Pod
from tools.local_cluster.release import Release

ROOT = Path(__file__).resolve().parent.parent.parent
COMPONENT = "app.kubernetes.io/component"
CRASHES = 3
"""After so many restarts of a pod that was never ready, waiting for it is given up."""


class Cluster:
    """What an overlay renders, running: `with Cluster(directory, "mysql://…") as cluster`."""

    def __init__(
        self,
        directory: Path,
        database_url: str,
        port: int = 0,
        overlay: str | Path = "local",
        settings: dict[str, str] | None = None,
    ) -> None:
        """Read the overlay, given by its name or its folder; nothing is started before `with`.

        `directory` holds logs and copies. `database_url` is of a user who may make databases and users; the database
        is made where it is not there, and stays. `port` is the gateway's (0 takes a free one). `settings` win over
        those of the overlay. Raises SplitError, with a sentence, for whatever keeps the split from running.
        """
        self.directory = Path(directory)
        self.manifests = manifests.render(overlay)
        self.database = Database(database_url)
        self.settings = settings or {}
        self._port = port
        self._processes = processes.Processes()
        self._ports = processes.Ports()
        self._deployments = {_role(one): one for one in self.manifests.all("Deployment")}
        self._services = list(self.manifests.all("Service"))
        self._pods: list[Pod] = []
        self._origins: dict[str, tuple[Release, dict[str, str]]] = {}
        self._releases: dict[Path, Release] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        # Its own, because it is held for long: endpoints must not wait for it.
        self._copying = threading.Lock()
        self.gateway = Gateway(self.manifests, self.directory / "gateway", self._processes)

    # Starting and stopping

    def __enter__(self) -> Self:
        """Start everything; return when all pods are ready and the gateway sends to them."""
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
        """Take no more requests, let those in flight finish, stop every process, and drop the database's users."""
        try:
            with suppress(SplitError):  # One that is gone takes no connections either.
                self.gateway.drain()
            # No preStop: it waits for gateways that still send, and this one does not.
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
                SplitError
            ):  # A server that is gone keeps its users; the next start gives them new passwords.
                self.database.drop_users()

    # What it is

    @property
    def url(self) -> str:
        """The address of the gateway."""
        return f"http://127.0.0.1:{self.gateway.port}"

    @property
    def roles(self) -> list[str]:
        """The roles that the overlay deploys."""
        return list(self._deployments)

    def pods(self, role: str) -> list[Pod]:
        """Return the pods of a role, without those that are told to end."""
        with self._lock:
            return [pod for pod in self._pods if pod.role == role and not pod.terminating]

    def all_pods(self) -> list[Pod]:
        """Return every pod, those that are ending too."""
        with self._lock:
            return list(self._pods)

    # What is done with it

    def scale(self, role: str, replicas: int) -> None:
        """Run so many pods of a role: new ones are ready when it returns, and those too many have drained."""
        pods = self.pods(role)
        new = [self._new_pod(role, self.release, {}) for _ in range(replicas - len(pods))]
        self._wait_until_ready(new)
        self._remove(pods[replicas:])

    def restart(self, role: str) -> None:
        """Replace each pod of a role as a Deployment does: a new one is ready before an old one goes.

        May be called from several threads, for different roles. Returns when the old pods have ended.
        """
        old = self.pods(role)
        steady_seconds = self._deployments[role]["spec"].get("minReadySeconds", 0)
        for pod in old:
            self._wait_until_ready([self._new_pod(role, *self._origins[pod.name])], steady_seconds)
            pod.terminate()
        self._remove(old)

    def start_pod(self, role: str, source: Path | None = None, environment: dict[str, str] | None = None) -> Pod:
        """Start one more pod of a role, of another checkout or with further variables; return it when it is ready."""
        release = self.release_of(source) if source else self.release
        pod = self._new_pod(role, release, environment or {})
        self._wait_until_ready([pod])
        return pod

    def release_of(self, source: Path) -> Release:
        """Return the release of another checkout, copied and with its static files collected at the first call."""
        with self._copying:
            if source not in self._releases:
                release = Release(source, self.directory / f"release-{next(self._numbers)}")
                release.collect_static_files(self.admin_environment, like=self.release.static_files)
                self._releases[source] = release
            return self._releases[source]

    def stop_pod(self, pod: Pod) -> None:
        """Remove one pod, which drains as the manifest says."""
        self._remove([pod])

    def manage(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run a management command with every role's code, as the user of the database who may do anything."""
        return self.release.manage(arguments, self.admin_environment, **options)

    # Pods

    def _new_pod(self, role: str, release: Release, environment: dict[str, str]) -> Pod:
        template = self._deployments[role]["spec"]["template"]
        spec = template["spec"]
        ports = {one["containerPort"]: self._ports.new() for one in spec["containers"][0]["ports"]}
        pod = Pod(
            name=f"{self._deployments[role]['metadata']['name']}-{next(self._numbers)}",
            role=role,
            template=template,
            environments={
                one["name"]: self._environment(one, template["metadata"]["labels"], ports) | environment
                for one in [*spec["containers"], *spec.get("initContainers", [])]
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

    def _wait_until_ready(self, pods: list[Pod], steady_seconds: float = 0) -> None:
        """Wait until pods have been ready for so long, and the gateway sends to them."""
        for pod in pods:
            deadline = time.monotonic() + self._deployments[pod.role]["spec"].get("progressDeadlineSeconds", 600)
            while not (pod.ready and time.monotonic() - pod.ready_since >= steady_seconds):
                if pod.restarts >= CRASHES or time.monotonic() > deadline or pod.terminating:
                    raise SplitError(f"The pod {pod.name} does not get ready:\n{pod.log.read_text()[-4000:]}")
                time.sleep(0.05)
            for service, port in self._served(pod):
                self.gateway.wait_until_routed(service, port)

    def _remove(self, pods: list[Pod]) -> None:
        for pod in pods:
            pod.terminate()
        for pod in pods:
            pod.join()
        with self._lock:
            self._pods = [pod for pod in self._pods if pod not in pods]

    def _publish(self) -> None:
        """Tell the gateway which pods are ready, by the selectors of the Services."""
        with self._lock:
            endpoints: dict[str, list[int]] = {name: [] for name in self._routed()}
            for pod in self._pods:
                if pod.ready and not pod.terminating:
                    for service, port in self._served(pod):
                        endpoints[service].append(port)
            self.gateway.publish(endpoints)

    def _routed(self) -> list[str]:
        return backends(self.gateway.route)

    def _served(self, pod: Pod) -> list[tuple[str, int]]:
        """Return the Services of the route that select a pod, each with the port of this machine it answers on."""
        return [
            (service["metadata"]["name"], pod.ports[manifests.container_port(pod.container, _target(service))])
            for service in self._services
            if service["metadata"]["name"] in self._routed()
            and service["spec"]["selector"].items() <= pod.labels.items()
        ]

    # Environments

    def _environment(
        self, container: dict[str, Any], labels: dict[str, str], ports: dict[int, int] | None = None
    ) -> dict[str, str]:
        """Return a container's environment, with what is different on this machine."""
        environment = {"RELEASE": _tag(container["image"])} | self.manifests.environment(container, labels)
        for name, value in environment.items():
            if value.startswith("mysql://"):
                environment[name] = self.database.address(value)
        if "SITE_URL" in environment:
            site = urlsplit(environment["SITE_URL"])
            environment["SITE_URL"] = site._replace(netloc=f"{site.hostname}:{self.gateway.port}").geturl()
        if "BIND" in environment:
            environment["BIND"] = "127.0.0.1"
        for name in ("PORT", "METRICS_PORT"):
            if ports and name in environment:
                environment[name] = str(ports[int(environment[name])])
        return environment | self.settings

    def _migrate(self) -> None:
        """Run the migration Job of the overlay; raises SplitError with its log when it fails."""
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
            raise SplitError(f"The migration Job failed:\n{log.read_text()[-4000:]}")


def _role(deployment: dict[str, Any]) -> str:
    return deployment["spec"]["template"]["metadata"]["labels"][COMPONENT]


def _tag(image: str) -> str:
    """Return the tag of an image, which is what a built one has in RELEASE."""
    return image.partition("@")[0].rpartition(":")[2]


def _target(service: dict[str, Any]) -> str | int:
    port = service["spec"]["ports"][0]
    return port.get("targetPort", port["port"])
