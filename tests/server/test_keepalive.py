"""Keep-alive connections serve a request that follows at once, whatever the size of its body."""

from __future__ import annotations

import pytest

from tests.server.applications import BODY_LIMIT
from tests.server.conftest import serving_bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """A bench that accepts large bodies."""
    with serving_bench(tmp_path_factory.mktemp("bench"), TEST_BODY_LIMIT=str(2**20)) as shared:
        yield shared


def request(method: str, path: str, body: bytes = b"", connection: str = "keep-alive") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.mark.server
@pytest.mark.parametrize("size", [BODY_LIMIT, 70_000, 300_000])
def test_a_pipelined_request_with_a_large_body_is_answered(bench, size):
    connection = bench.client.send(request("GET", "/first") + request("POST", "/second", b"x" * size, "close"))
    responses = b"".join(iter(lambda: connection.recv(65536), b""))
    assert responses.count(b"HTTP/1.1 200 OK") == 2, responses
    assert bench.client.calls()[-3:-1] == ["/first", "/second"]
