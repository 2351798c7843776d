"""What the tests of the page cache share: a server whose application counts what it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests import servers
from tests.server.clients import Client, wait_for


class Counted:
    """The counting application on a server, and clients for it."""

    def __init__(self, server: servers.Server, gate: Path) -> None:
        self.server, self.gate, self.client = server, gate, Client(server.url)
        self.crowd = ThreadPoolExecutor(40)

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
        """Make one request."""
        return self.client.ask(method, path, **headers)

    def asked(self, path: str) -> list[dict]:
        """Return what the application was asked of a path."""
        return [call for call in json.loads(self.client.get("/api/asked")) if call["path"] == path]

    def get_at_once(self, number: int, path: str) -> list[Future]:
        """Make several requests for one page that cannot be answered until the gate opens; return the answers to come."""
        answers = [self.crowd.submit(self.get, path) for _ in range(number)]
        wait_for(lambda: self.asked(path), f"{path} to be asked for")
        return answers

    def change_content(self) -> None:
        """Change what the public sees, as a write in another process does."""
        self.server.shell("from apps.core import content_state; content_state.bump()")


@pytest.fixture(scope="module")
def count(databases, tmp_path_factory) -> Iterator[Callable[..., Counted]]:
    """Start servers of the counting application: `count(TEST_LIMIT="100000")`."""
    with ExitStack() as stack:

        def start(**extra: str) -> Counted:
            folder = tmp_path_factory.mktemp("cache")
            server = servers.serving(
                databases.new(),
                folder,
                application="tests.server.page_cache.applications:cached",
                probe="/api/asked",
                TEST_GATE=str(folder / "open"),
                **extra,
            )
            return Counted(stack.enter_context(server), folder / "open")

        yield start


@pytest.fixture(scope="module")
def site(count) -> Counted:
    """A server that the tests of a module share: each test has paths of its own."""
    return count()
