"""Fixtures of the server's tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests import servers
from tests.server.clients import Client


class Bench:
    """The test application on a server, a client for it, and the folder of its gate and marker files."""

    def __init__(self, server: servers.Server, gates: Path) -> None:
        self.server, self.gates, self.client = server, gates, Client(server.url)

    def open_gate(self) -> None:
        """Let the waiting requests continue."""
        (self.gates / "open").touch()


@contextmanager
def serving_bench(gates: Path, **extra: str) -> Iterator[Bench]:
    """Serve the test application through the real bridge and gunicorn; `extra` are environment variables."""
    with servers.serving(
        "sqlite://:memory:",
        gates,
        application="tests.server.applications:bridged",
        TEST_GATES=str(gates),
        **extra,
    ) as server:
        bench = Bench(server, gates)
        yield bench
        bench.open_gate()
        bench.client.close()


@pytest.fixture
def start_bench(tmp_path) -> Iterator[Callable[..., Bench]]:
    """Start a bench for one test: `start_bench(GRACEFUL_TIMEOUT="1")`."""
    with ExitStack() as stack:
        yield lambda **extra: stack.enter_context(serving_bench(tmp_path, **extra))


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Bench]:
    """A bench shared by the tests of a module."""
    with serving_bench(tmp_path_factory.mktemp("bench")) as shared:
        yield shared


@pytest.fixture
def bare_environment() -> dict[str, str]:
    """An environment without the blog's variables."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
