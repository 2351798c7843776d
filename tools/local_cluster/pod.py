"""A pod as processes: starts, probes, restarts and stops a container as the kubelet does."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.local_cluster import manifests, processes
from tools.local_cluster.manifests import ClusterError

TICK = 0.1
"""Seconds between two checks of a process."""
BACKOFF = (0.5, 10.0)
"""Seconds before a container is restarted: initially and at most (the kubelet's are 10 and 300)."""


class Probe:
    """One probe of a container, with its schedule and thresholds."""

    def __init__(self, spec: dict[str, Any], address: tuple[str, int]) -> None:
        if "httpGet" not in spec:
            raise ClusterError(f"The split knows no probes but httpGet: {spec}.")
        self._host, self._port = address
        self._path = spec["httpGet"].get("path", "/")
        self._period = spec.get("periodSeconds", 10)
        self._timeout = spec.get("timeoutSeconds", 1)
        self._thresholds = {True: spec.get("successThreshold", 1), False: spec.get("failureThreshold", 3)}
        self._count = 0
        self._last: bool | None = None
        self._due = time.monotonic() + spec.get("initialDelaySeconds", 0)

    def check(self) -> bool | None:
        """Run the probe if it is due; return its result once the threshold is reached, otherwise None."""
        if time.monotonic() < self._due:
            return None
        self._due = time.monotonic() + self._period
        result = self._get()
        self._count = self._count + 1 if result == self._last else 1
        self._last = result
        return result if self._count >= self._thresholds[result] else None

    def _get(self) -> bool:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        try:
            connection.request("GET", self._path, headers={"User-Agent": "kube-probe", "Connection": "close"})
            return 200 <= connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class Pod:
    """One pod: runs its init containers, then its container, which is restarted until `terminate`."""

    def __init__(
        self,
        *,
        name: str,
        role: str,
        template: dict[str, Any],
        environments: dict[str, dict[str, str]],
        ports: dict[int, int],
        source: Path,
        directory: Path,
        starter: processes.Processes,
        changed: Callable[[], None],
    ) -> None:
        """Read the pod `template` of a Deployment; nothing is started before `start`.

        `environments` are those of the containers by name, `ports` the local ports by containerPort. The processes run
        in `source`, the log is in `directory`, and `changed` is called when the readiness changes.
        """
        self.name, self.role, self.ports, self.source = name, role, ports, source
        self.labels = template["metadata"]["labels"]
        spec = template["spec"]
        if len(spec["containers"]) != 1:
            raise ClusterError(f"The pods of {role} have {len(spec['containers'])} containers; the split runs one.")
        self.container = spec["containers"][0]
        self.environment = environments[self.container["name"]]
        self.port = ports[manifests.container_port(self.container, "http")]
        self.url = f"http://127.0.0.1:{self.port}"
        self.grace_seconds = spec.get("terminationGracePeriodSeconds", 30)
        self.pre_stop_seconds = _pre_stop_seconds(self.container)
        self.log = directory / f"{name}.log"
        self.process: subprocess.Popen | None = None
        self.ready = False
        self.ready_since = 0.0
        self.restarts = 0
        self.state = "pending"
        self._init_containers = [(item, environments[item["name"]]) for item in spec.get("initContainers", [])]
        self._home = directory / name
        self._starter, self._changed = starter, changed
        self._ending = threading.Event()
        self._pre_stop = True
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    # The interface for the cluster

    @property
    def terminating(self) -> bool:
        """Whether the pod was told to end."""
        return self._ending.is_set()

    def workers(self) -> list[int]:
        """Return the process ids of gunicorn's workers."""
        return processes.children(self.process.pid) if self.process else []

    def memory(self) -> int:
        """Return the memory (PSS, in bytes) of gunicorn's master and workers."""
        return sum(map(processes.memory, [self.process.pid, *self.workers()])) if self.process else 0

    def start(self) -> None:
        """Start the pod and return at once."""
        self._thread.start()

    def terminate(self, pre_stop: bool = True) -> None:
        """Remove the pod from its Services and begin to stop it, with its preStop hook unless `pre_stop` is false."""
        self._pre_stop = pre_stop
        self._ending.set()
        self._set(ready=False, state="draining")

    def join(self) -> None:
        """Wait until the pod has ended."""
        if self._thread.ident:
            self._thread.join()

    # The work of the kubelet, in a thread

    def _run(self) -> None:
        try:
            if all(self._initialise(container, environment) for container, environment in self._init_containers):
                self._keep_running()
        finally:
            self._set(ready=False, state="gone")
            shutil.rmtree(self._home, ignore_errors=True)

    def _initialise(self, container: dict[str, Any], environment: dict[str, str]) -> bool:
        """Run an init container until it succeeds; return False if the pod is told to end before."""
        while not self.terminating:
            self._set(ready=False, state=container["name"])
            process = self._spawn(container, environment)
            while process.poll() is None and not self._ending.wait(TICK):
                pass
            processes.kill_group(process)
            if process.returncode == 0:
                return True
            self._ending.wait(BACKOFF[0])
        return False

    def _keep_running(self) -> None:
        pause = BACKOFF[0]
        while not self.terminating:
            self._set(ready=False, state="starting")
            self.process = self._spawn(self.container, self.environment)
            was_ready = self._watch()
            self._set(ready=False, state="draining" if self.terminating else "restarting")
            self._stop_container()
            if not self.terminating:
                self.restarts += 1
                pause = BACKOFF[0] if was_ready else min(2 * pause, BACKOFF[1])
                self._ending.wait(pause)

    def _watch(self) -> bool:
        """Run the probes until the container ends or fails its liveness probe; return whether it was ever ready."""
        startup, liveness, readiness = (self._probe(kind) for kind in ("startup", "liveness", "readiness"))
        was_ready = False
        while self.process.poll() is None and not self._ending.wait(TICK):
            if startup:
                match startup.check():
                    case True:
                        startup = None
                    case False:
                        break
                continue
            if liveness and liveness.check() is False:
                break
            is_ready = readiness.check() if readiness else True
            if is_ready is not None and not self.terminating:
                was_ready = was_ready or is_ready
                self._set(ready=is_ready, state="ready" if is_ready else "not ready")
        return was_ready

    def _probe(self, kind: str) -> Probe | None:
        spec = self.container.get(f"{kind}Probe")
        if not spec:
            return None
        port = manifests.container_port(self.container, spec.get("httpGet", {}).get("port", "http"))
        return Probe(spec, ("127.0.0.1", self.ports[port]))

    def _stop_container(self) -> None:
        """Wait for the preStop hook, send SIGTERM, and send SIGKILL when the grace period is over."""
        deadline = time.monotonic() + self.grace_seconds
        if self._pre_stop:
            self._wait_for_end(min(deadline, time.monotonic() + self.pre_stop_seconds))
        if self.process.poll() is None:
            self.process.terminate()
            self._wait_for_end(deadline)
        processes.kill_group(self.process)

    def _wait_for_end(self, deadline: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0, deadline - time.monotonic()))

    def _spawn(self, container: dict[str, Any], environment: dict[str, str]) -> subprocess.Popen:
        """Start a container with new, empty folders for its home and temporary files."""
        shutil.rmtree(self._home, ignore_errors=True)
        base = processes.base_environment(self._home)
        # gunicorn would create this folder in /dev/shm, which containers do not share.
        metrics = self._home / "metrics"
        metrics.mkdir()
        environment = base | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)} | environment
        return self._starter.start(manifests.command(container), env=environment, cwd=self.source, log=self.log)

    def _set(self, *, ready: bool, state: str) -> None:
        changed = ready != self.ready
        if changed:
            self.ready_since = time.monotonic()
        self.ready, self.state = ready, state
        if changed:
            self._changed()


def _pre_stop_seconds(container: dict[str, Any]) -> int:
    """Return the seconds that a container's preStop hook sleeps; 0 without a hook."""
    match container.get("lifecycle", {}).get("preStop"):
        case None:
            return 0
        case {"sleep": {"seconds": seconds}}:
            return seconds
        case hook:
            raise ClusterError(f"The split knows no preStop hook but sleep: {hook}.")
