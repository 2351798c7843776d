"""A split site with content in it, for tests that break or replace its parts."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests import servers
from tests.local_cluster import load
from tools.local_cluster import processes
from tools.local_cluster.cluster import Cluster
from tools.local_cluster.pod import Pod

SOON = 2
"""Seconds after which no process sends a page that is older than a change."""
PATIENCE = 300
"""Seconds until something is taken for never to happen; nothing waits for it unless a test fails."""


@contextmanager
def running(folder: Path, database_url: str, **options) -> Iterator[Cluster]:
    """Run a cluster. In the end its gateway goes first: pods would wait for its idle connections, as long as they may."""
    # One address asks for all that a site's readers would.
    options["settings"] = {"API_TOKEN_RATES": "", "API_ADDRESS_RATES": "", **options.get("settings", {})}
    copy_static_files(folder)
    with Cluster(folder, database_url, **options) as cluster:
        try:
            yield cluster
        finally:
            cluster.gateway.stop()


def copy_static_files(folder: Path) -> None:
    """Give the release of a cluster in this folder the static files that the tests have, so that none are collected."""
    shutil.copytree(servers.collected_static_files(), folder / "release" / "var" / "static")


class Site:
    """A running cluster with content, a token of an editor, and all traffic that it has had."""

    def __init__(self, cluster: Cluster, log: Path) -> None:
        """Keep a shell beside a cluster; it has no content before `begin`."""
        self.cluster = cluster
        # It runs while the tests do, and starts Django once for all that they ask.
        settings = {"DJANGO_SETTINGS_MODULE": "blog_project.settings", **cluster.admin_environment}
        self._shell = servers.Shell(processes.base_environment(cluster.directory / "shell") | settings, log)

    def begin(self) -> None:
        """Delete what earlier traffic and anybody else has written, and write what traffic reads."""
        self.storms: list[load.Traffic] = []
        self.shell("from tests.local_cluster.gateway import empty; empty()")
        generation, self.token = self.shell(load.SEED).splitlines()[-2:]
        self.generation = int(generation)
        time.sleep(SOON)

    def traffic(self, **options) -> load.Traffic:
        """Return traffic on it, to be started by `with`."""
        self.storms.append(load.Traffic(self.cluster.url, self.token, **options))
        return self.storms[-1]

    def shell(self, code: str) -> str:
        """Run Python on its database and return what it printed."""
        return self._shell.run(code)

    def status(self, method: str, path: str) -> int:
        """Ask the gateway, on a connection of its own, and return the status."""
        connection = HTTPConnection(urlsplit(self.cluster.url).netloc, timeout=load.PATIENCE)
        connection.request(method, path, "{}" if method in ("POST", "PUT", "PATCH") else None)
        answer = connection.getresponse().status
        connection.close()
        return answer

    def remove(self, *pods: Pod) -> None:
        """Remove pods as `Cluster.stop_pod` does, but for the hook that sleeps until the gateway has let go of them.

        Here that can be seen. How long the hook sleeps is for tests/local_cluster/test_rolling_restart.py to say.
        """
        for pod in pods:
            pod.terminate()
        until(lambda: not {pod.port for pod in pods} & self.cluster.gateway.requests().keys(), "they leave the gateway")
        # Envoy's worker has heard of it from its main thread once it has answered another request.
        self.status("GET", "/livez")
        for pod in pods:
            pod.process.terminate()
        for pod in pods:
            self.cluster.stop_pod(pod)

    def close(self) -> None:
        """End what runs beside the cluster."""
        self._shell.close()


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for something that has to happen."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)
