"""The nginx of components/edge-cache with its rendered configuration, in front of a real gunicorn."""

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
    """A running nginx, the gunicorn behind it, and a client for each."""

    server: servers.Server
    client: Client
    origin: Client
    folder: Path

    def get(self, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
        """Request a page from nginx."""
        return self.client.request("GET", path, **headers)

    def entries(self) -> set[str]:
        """Return the keys of the pages in nginx's cache."""
        files = [path for path in (self.folder / "pages").rglob("*") if path.is_file()]
        return {re.search(rb"\nKEY: (.*)\n", file.read_bytes())[1].decode() for file in files}

    def log(self) -> str:
        """Return nginx's log."""
        return (self.folder / "nginx.log").read_text()

    def shows(self, path: str, word: bytes, status: int = 200) -> Callable[[], bool]:
        """Return a condition: nginx sends the page with this status and containing this word."""

        def condition() -> bool:
            response, body = self.get(path)
            return response.status == status and word in body

        return condition


@pytest.fixture(scope="session")
def configuration(tmp_path_factory) -> str:
    """The nginx configuration that the component renders in an overlay."""
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
def running_nginx(configuration: str, folder: Path, port: int, upstream: int) -> Iterator[None]:
    """Run nginx on `port` in front of the process on port `upstream`."""
    program = need("nginx")
    replacements = {"127.0.0.1:8000": f"127.0.0.1:{upstream}", "listen 8081": f"listen 127.0.0.1:{servers.free_port()}"}
    replacements |= {"listen 8080": f"listen 127.0.0.1:{port}", " /tmp/": f" {folder}/"}
    for rendered, replacement in replacements.items():
        assert rendered in configuration, rendered
        configuration = configuration.replace(rendered, replacement)
    # In a pod nginx starts as the pod's user, so the rendered configuration names none.
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
    """Start an nginx in front of a new server: `start_edge(database_url, ROLE="frontend")`."""
    with ExitStack() as stack:

        def start(database_url: str | None = None, **extra: str) -> Edge:
            folder, port = tmp_path_factory.mktemp("edge"), servers.free_port()
            variables = {"SITE_URL": f"http://127.0.0.1:{port}", "ROLE": "frontend", "LOG_FORMAT": "json"} | extra
            server = stack.enter_context(servers.serving(database_url or databases.new(), folder, **variables))
            stack.enter_context(running_nginx(configuration, folder, port, server.port))
            return Edge(server, Client(f"http://127.0.0.1:{port}"), Client(server.url), folder)

        yield start


@pytest.fixture(scope="session")
def edge(start_edge) -> Edge:
    """An nginx and a server with posts, shared by tests that do not stop them."""
    return _with_posts(start_edge())


@pytest.fixture(scope="module")
def module_edge(start_edge) -> Edge:
    """The same for a module that stops the server."""
    return _with_posts(start_edge())


def _with_posts(edge: Edge) -> Edge:
    edge.server.shell("from django.core.management import call_command; call_command('make_posts', '30')")
    wait_for(lambda: edge.origin.request("GET", "/")[1].count(b"<article") > 5, "the posts to be public")
    return edge
