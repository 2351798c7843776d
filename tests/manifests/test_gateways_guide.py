"""The alternatives to Gateway API in docs/gateways.md: nginx (run for real), and an Ingress for the ALB."""

from __future__ import annotations

import getpass
import http.client
import json
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from blog_project import roles
from tests.manifests.manifests import ROOT
from tests.programs import need
from tests.servers import free_port

GUIDE = ROOT / "docs" / "gateways.md"
PATHS = (
    "/",
    "/a-post/",
    "/apis",
    "/adminer",
    "/api",
    "/api/",
    "/api/v1/posts/1/",
    "/admin",
    "/admin/x/",
    "/preview/y/",
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND")


def block(language: str, containing: str) -> str:
    found = [
        text for text in re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL) if containing in text
    ]
    assert len(found) == 1
    return found[0]


class StubPod(ThreadingHTTPServer):
    """A stub that responds with its role, or closes the connection without a response."""

    daemon_threads = True

    def __init__(self, role: str) -> None:
        self.role, self.requests, self.closes_early = role, [], False
        super().__init__(("127.0.0.1", 0), PodHandler)


class PodHandler(BaseHTTPRequestHandler):
    """Handles every method, known or not."""

    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str):
        if name.startswith("do_"):
            return self.respond
        raise AttributeError(name)

    def respond(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        if self.server.closes_early:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Role", self.server.role)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args) -> None:
        pass


class Gateway:
    """nginx with the guide's configuration and one stub for each role."""

    def __init__(self, port: int, pods: dict[str, StubPod]) -> None:
        self.port, self.pods = port, pods

    def request(self, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body=body, headers={"Host": "blog.example.org"})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response


@pytest.fixture(scope="module")
def nginx(tmp_path_factory) -> Iterator[Gateway]:
    """Run nginx with the guide's configuration, with the addresses of the stubs."""
    program = need("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    with ExitStack() as stack:
        pods = {role: stack.enter_context(StubPod(role)) for role in roles.Role}
        for pod in pods.values():
            threading.Thread(target=pod.serve_forever, daemon=True).start()
            stack.callback(pod.shutdown)
        port = free_port()
        text = re.sub(
            r"server broadsheet-(\w+):80;",
            # Two servers, so that nginx could retry a request on the other one.
            lambda match: f"server 127.0.0.1:{pods[match[1]].server_port}; " * 2,
            block("nginx", "upstream"),
        ).replace("listen 80;", f"listen 127.0.0.1:{port};")
        (folder / "nginx.conf").write_text(configuration(folder, text))
        process = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        wait_for(port, process, folder / "error.log")
        yield Gateway(port, pods)


def configuration(folder: Path, text: str) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    # As root, nginx would switch to a user that cannot read the test's folder.
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    return (
        f"{user} daemon off; pid {folder}/nginx.pid; worker_processes 1; events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; {temporary}\n{text}\n}}\n"
    )


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx did not listen")


@pytest.mark.parametrize("method", METHODS)
def test_nginx_routes_each_request_to_the_role_that_owns_it(nginx, method):
    for path in PATHS:
        assert nginx.request(method, path).headers["Role"] == roles.owner(method, path), f"{method} {path}"


def test_nginx_forwards_the_path_and_the_host_unchanged(nginx):
    nginx.request("GET", "/api/v1/posts/?q=%C3%A4%2Fb&page=2")
    _, path, headers = nginx.pods["read"].requests[-1]
    assert path == "/api/v1/posts/?q=%C3%A4%2Fb&page=2"
    assert headers["Host"] == "blog.example.org"
    assert headers["X-Forwarded-Proto"] == "http"


@pytest.mark.parametrize(
    ("method", "role"), [("POST", "create"), ("PUT", "update"), ("PATCH", "update"), ("DELETE", "delete")]
)
def test_nginx_never_retries_a_write(nginx, method, role):
    pod = nginx.pods[role]
    pod.closes_early, before = True, len(pod.requests)
    try:
        assert nginx.request(method, "/api/v1/posts/1/", b"{}").status == 502
    finally:
        pod.closes_early = False
    assert len(pod.requests) == before + 1


def test_nginx_forwards_a_body_that_is_too_large_to_the_blog(nginx):
    limit = int(re.search(r"^#REQUEST_BODY_LIMIT=(\d+)", (ROOT / ".env.example").read_text(), re.MULTILINE)[1])
    assert nginx.request("POST", "/api/v1/posts/", b"x" * (limit + 1)).headers["Role"] == "create"


def test_nginx_has_the_same_timeouts_as_the_gateways_route():
    text = block("nginx", "upstream")
    limits = {
        path: int(value)
        for path, value in re.findall(r"location (.*?) \{.*?proxy_read_timeout (\d+)s;", text, re.DOTALL)
    }
    seconds = {role: roles.TABLE[role].seconds for role in roles.Role}
    assert limits["~ ^/api(/|$)"] == max(seconds[role] for role in ("create", "read", "update", "delete"))
    assert limits["~ ^/(admin|preview)(/|$)"] == seconds["admin"]
    assert limits["/"] == seconds["frontend"]


def test_the_ingress_for_the_alb_routes_each_request_to_the_role_that_owns_it():
    ingress = yaml.safe_load(block("yaml", "kind: Ingress"))
    kubernetes_validate.validate(ingress, kubernetes_validate.latest_version(), strict=True)
    rules = ingress["spec"]["rules"][0]["http"]["paths"]
    annotations = ingress["metadata"]["annotations"]
    for method in METHODS:
        for path in PATHS:
            assert backend(rules, annotations, method, path) == roles.service(roles.owner(method, path)), (
                f"{method} {path}"
            )


def backend(rules: list[dict], annotations: dict, method: str, path: str) -> str:
    """Return the Service that the controller chooses: longer paths first, then in the order of the rules."""
    for rule in sorted(rules, key=lambda rule: -len(rule["path"])):
        name = rule["backend"]["service"]["name"]
        conditions = json.loads(annotations.get(f"alb.ingress.kubernetes.io/conditions.{name}", "[]"))
        methods = [value for item in conditions for value in item["httpRequestMethodConfig"]["values"]]
        if f"{path}/".startswith(rule["path"].rstrip("/") + "/") and (not methods or method in methods):
            return name
    raise AssertionError(f"no rule for {method} {path}")


def test_the_guides_patch_of_the_network_policy_applies(render_changed):
    (patch,) = yaml.safe_load(block("yaml", "kind: NetworkPolicy"))["patches"]
    policy = render_changed("overlays/production", patches=[patch]).one("NetworkPolicy", "broadsheet")
    (peer,) = policy["spec"]["ingress"][0]["from"]
    assert peer == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "traefik"}}}
