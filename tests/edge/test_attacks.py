"""Through the nginx of the pods, too, slow and greedy clients take neither memory nor connections."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests import servers
from tests.manifests.test_gateways_guide import block, configuration
from tests.programs import need
from tests.server import attackers
from tests.server.attackers import Memory, attacking
from tests.server.clients import Client
from tests.server.test_attacks import memory_limit

pytestmark = [pytest.mark.server, pytest.mark.any_database, pytest.mark.heavy]


def test_pages_are_served_while_two_hundred_clients_try(edge):
    made = [
        *(attackers.slow_body("/") for _ in range(50)),
        *(attackers.endless_head() for _ in range(50)),
        *(attackers.silent() for _ in range(50)),
        *(attackers.flood("/") for _ in range(50)),
    ]
    memory = Memory(edge.server.process.pid)
    with memory.watched(), attacking(edge.client.address, made, pause=0.1):
        for number in range(40):
            assert edge.get("/")[0].status == 200
            assert edge.get(f"/nothing-{number}/")[0].status == 404
    assert memory.peak < memory_limit()
    # A body is not collected in the volume, which is in memory.
    assert not [path for path in (edge.folder / "body").rglob("*") if path.is_file()]


def test_nginx_passes_an_early_response_on(edge):
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n"
    assert edge.client.send(head + b"x" * 100_000).recv(65536).startswith(b"HTTP/1.1 405 ")


@pytest.fixture
def plain(serve, tmp_path) -> Iterator[tuple[servers.Server, Client]]:
    """The nginx of docs/gateways.md in front of a monolith."""
    program, server, port = need("nginx"), serve(TRUSTED_PROXIES="1", HTTPS="0"), servers.free_port()
    text = re.sub(r"server broadsheet-\w+:80;", f"server 127.0.0.1:{server.port};", block("nginx", "upstream"))
    # All clients of the test have one address.
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("limit_conn addresses 100;", "")
    (tmp_path / "nginx.conf").write_text(configuration(tmp_path, text).replace("connections 256", "connections 1024"))
    process = subprocess.Popen([program, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"])
    try:
        servers.wait_until_ready(f"http://127.0.0.1:{port}/livez", process, tmp_path / "error.log")
        yield server, Client(f"http://localhost:{port}")
    finally:
        process.terminate()
        process.wait(30)


def test_the_whole_blog_is_served_behind_a_plain_nginx_while_two_hundred_clients_try(plain):
    server, client = plain
    made = [
        *(attackers.slow_body("/api/v1/posts/") for _ in range(50)),
        *(attackers.endless_head() for _ in range(50)),
        *(attackers.silent() for _ in range(40)),
        *(attackers.flood("/") for _ in range(20)),
        *(attackers.flood("/admin/login/", kind="application/x-www-form-urlencoded") for _ in range(40)),
    ]
    memory = Memory(server.process.pid)
    with memory.watched(), attacking(client.address, made, pause=0.1):
        for number in range(20):
            assert client.request("GET", "/")[0].status == 200
            assert client.request("GET", f"/nothing-{number}/")[0].status == 404
            assert client.request("POST", "/api/v1/posts/", b"{}", Content_Type="application/json")[0].status == 401
    assert memory.peak < memory_limit()
