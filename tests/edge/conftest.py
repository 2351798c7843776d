"""The nginx of components/edge-cache, with the configuration that the manifests render, before a real gunicorn."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests import servers
from tests.manifests.manifests import KUSTOMIZE, render
from tests.programs import need
from tests.server.clients import Client, wait_for


class Edge(NamedTuple):
    """A running nginx, the process behind it, and a client for each."""

    server: servers.Server
    client: Client
    behind: Client
    folder: Path

    def get(self, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
        """Ask nginx for a page."""
        return self.client.ask("GET", path, **headers)

    def entries(self) -> set[str]:
        """Return what nginx keeps, by its keys."""
        files = [path for path in (self.folder / "pages").rglob("*") if path.is_file()]
        return {re.search(rb"\nKEY: (.*)\n", file.read_bytes())[1].decode() for file in files}

    def log(self) -> str:
        """Return what nginx has logged."""
        return (self.folder / "nginx.log").read_text()

    def shows(self, path: str, word: bytes, status: int = 200) -> Callable[[], bool]:
        """Return the question whether nginx answers a page with this word by now."""

        def ask() -> bool:
            response, body = self.get(path)
            return response.status == status and word in body

        return ask


@pytest.fixture(scope="session")
def configuration(tmp_path_factory) -> str:
    """What the component gives to nginx, in an overlay that uses it."""
    folder = tmp_path_factory.mktemp("overlay").resolve()
    paths = {
        "resources": [os.path.relpath(KUSTOMIZE / "overlays" / "local", folder)],
        "components": [os.path.relpath(KUSTOMIZE / "components" / "edge-cache", folder)],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({"namespace": "broadsheet", **paths}))
    manifests = render(folder)
    (found,) = [
        item["data"]["nginx.conf"] for item in manifests.all("ConfigMap") if "nginx.conf" in item.get("data", {})
    ]
    return found


@contextmanager
def before(configuration: str, folder: Path, port: int, upstream: int) -> Iterator[None]:
    """Run nginx on `port` before the process on the port `upstream`."""
    program = need("nginx")
    own = {"127.0.0.1:8000": f"127.0.0.1:{upstream}", "listen 8081": f"listen 127.0.0.1:{servers.free_port()}"}
    own |= {"listen 8080": f"listen 127.0.0.1:{port}", " /tmp/": f" {folder}/"}
    for written, here in own.items():
        assert written in configuration, written
        configuration = configuration.replace(written, here)
    # Misdirected it runs as the pod's user from the start.
    (folder / "nginx.conf").write_text(f"user {getpass.getuser()};\n{configuration}")
    with (folder / "nginx.log").open("ab") as log:
        process = subprocess.Popen([program, "-e", "stderr", "-c", folder / "nginx.conf"], stdout=log, stderr=log)
    try:
        servers.wait_until_ready(f"http://127.0.0.1:{port}/livez", process, folder / "nginx.log")
        yield
    finally:
        process.send_signal(servers.signal.SIGQUIT)
        process.wait(30)


@pytest.fixture(scope="session")
def start_edge(databases, static_files, configuration, tmp_path_factory) -> Iterator[Callable[..., Edge]]:
    """Start an nginx before a server of its own: `start_edge(database_url, ROLE="frontend")`."""
    with ExitStack() as stack:

        def start(database_url: str | None = None, **extra: str) -> Edge:
            folder, port = tmp_path_factory.mktemp("edge"), servers.free_port()
            own = {"SITE_URL": f"http://127.0.0.1:{port}", "ROLE": "frontend", "LOG_FORMAT": "json"} | extra
            server = stack.enter_context(servers.serving(database_url or databases.new(), folder, **own))
            stack.enter_context(before(configuration, folder, port, server.port))
            return Edge(server, Client(f"http://127.0.0.1:{port}"), Client(server.url), folder)

        yield start


@pytest.fixture(scope="session")
def edge(start_edge) -> Edge:
    """One with a little to read, that tests share who leave it running."""
    return _with_posts(start_edge())


@pytest.fixture(scope="module")
def own_edge(start_edge) -> Edge:
    """The same for a module that stops its process."""
    return _with_posts(start_edge())


def _with_posts(edge: Edge) -> Edge:
    edge.server.shell("from django.core.management import call_command; call_command('make_posts', '30')")
    wait_for(lambda: edge.behind.ask("GET", "/")[1].count(b"<article") > 5, "the posts to be there")
    return edge
