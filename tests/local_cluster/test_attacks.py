"""Through the gateway, too, slow and greedy clients take neither a pod's memory nor its connections."""

from __future__ import annotations

from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.server import attackers
from tests.server.attackers import Memory, attacking
from tests.server.clients import Client
from tests.server.test_attacks import memory_limit

pytestmark = [pytest.mark.server, pytest.mark.heavy]


def test_others_are_served_by_every_role_while_two_hundred_clients_try(site):
    parts = urlsplit(site.cluster.url)
    host = parts.netloc
    made = [
        *(attackers.slow_body("/api/v1/posts/", host) for _ in range(40)),
        *(attackers.slow_body("/admin/login/", host) for _ in range(40)),
        *(attackers.endless_head(host) for _ in range(40)),
        *(attackers.silent() for _ in range(40)),
        *(attackers.flood("/", host) for _ in range(20)),
        *(attackers.flood("/api/v1/posts/", host) for _ in range(20)),
    ]
    memories = [Memory(site.cluster.pods(role)[0].process.pid) for role in site.cluster.roles]
    with ExitStack() as stack:
        for memory in memories:
            stack.enter_context(memory.watched(pause=0.1))
        stack.enter_context(attacking((parts.hostname, parts.port), made, pause=0.1))
        for _time in range(15):
            assert site.status("GET", "/") == 200
            assert site.status("GET", "/api/v1/posts/") == 200
            assert site.status("GET", "/admin/login/") == 200
            assert site.status("PATCH", "/api/v1/posts/1/") == 401
            # A small write without a token reaches the role that creates, whatever waits there.
            assert site.status("POST", "/api/v1/posts/") == 401
    assert max(memory.peak for memory in memories) < memory_limit()


def test_the_gateway_passes_an_early_response_on(site):
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n"
    assert Client(site.cluster.url).send(head + b"x" * 100_000).recv(65536).startswith(b"HTTP/1.1 405 ")
