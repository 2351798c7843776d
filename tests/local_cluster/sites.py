"""A split site with content, for tests that stop or replace its parts."""

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

PROPAGATION_SECONDS = 2
"""Seconds after which no process sends a page from before a change."""
WAIT_SECONDS = 300
"""Timeout of `wait_until`; only a failing test waits that long."""


@contextmanager
def running(folder: Path, database_url: str, **options) -> Iterator[Cluster]:
    """Run a cluster in this block. The gateway is stopped first, because pods would wait for its idle connections."""
    # All requests come from one address, so rate limits are off.
    options["settings"] = {"API_TOKEN_RATES": "", "API_ADDRESS_RATES": "", **options.get("settings", {})}
    copy_static_files(folder)
    with Cluster(folder, database_url, **options) as cluster:
        try:
            yield cluster
        finally:
            cluster.gateway.stop()


def copy_static_files(folder: Path) -> None:
    """Copy the tests' static files into the release of a cluster in `folder`, so that they need not be collected."""
    shutil.copytree(servers.collect_static_files(), folder / "release" / "var" / "static")


class Site:
    """A running cluster with content, the token of an editor, and a record of all traffic."""

    def __init__(self, cluster: Cluster, log: Path) -> None:
        """Start a shell on the database of a cluster; there is no content before `reset`."""
        self.cluster = cluster
        # It loads Django once for all tests.
        settings = {"DJANGO_SETTINGS_MODULE": "blog_project.settings", **cluster.admin_environment}
        self._shell = servers.Shell(processes.base_environment(cluster.directory / "shell") | settings, log)

    def reset(self) -> None:
        """Delete all content and create the content that traffic reads."""
        self.all_traffic: list[load.Traffic] = []
        self.shell("from tests.local_cluster.over_http import empty; empty()")
        generation, self.token = self.shell(load.SEED).splitlines()[-2:]
        self.generation = int(generation)
        time.sleep(PROPAGATION_SECONDS)

    def traffic(self, **options) -> load.Traffic:
        """Return new traffic on the site; `with` starts it."""
        self.all_traffic.append(load.Traffic(self.cluster.url, self.token, **options))
        return self.all_traffic[-1]

    def shell(self, code: str) -> str:
        """Run Python code on the site's database and return its output."""
        return self._shell.run(code)

    def status(self, method: str, path: str) -> int:
        """Send a request to the gateway on a new connection; return the status of the response."""
        connection = HTTPConnection(urlsplit(self.cluster.url).netloc, timeout=load.CLIENT_TIMEOUT)
        connection.request(method, path, "{}" if method in ("POST", "PUT", "PATCH") else None)
        answer = connection.getresponse().status
        connection.close()
        return answer

    def remove(self, *pods: Pod) -> None:
        """Remove pods as `Cluster.stop_pod` does, but without waiting for the preStop hook.

        The hook sleeps until the gateway has removed the pods, which is observed here instead.
        tests/local_cluster/test_rolling_restart.py tests the hook.
        """
        for pod in pods:
            pod.terminate()
        wait_until(
            lambda: not {pod.port for pod in pods} & self.cluster.gateway.requests().keys(), "they leave the gateway"
        )
        # After one more request Envoy's worker thread has got the update from the main thread.
        self.status("GET", "/livez")
        for pod in pods:
            pod.process.terminate()
        for pod in pods:
            self.cluster.stop_pod(pod)

    def close(self) -> None:
        """Stop the shell."""
        self._shell.close()


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait until `condition` is true; fail after WAIT_SECONDS, naming `what`."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)
