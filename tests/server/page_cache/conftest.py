"""Fixtures of the page cache's tests: a server whose application counts its requests."""

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


class CountingSite:
    """The counting application on a server, and clients for it."""

    def __init__(self, server: servers.Server, gate: Path) -> None:
        self.server, self.gate, self.client = server, gate, Client(server.url)
        self.pool = ThreadPoolExecutor(40)

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
        """Make one request."""
        return self.client.request(method, path, **headers)

    def calls_of(self, path: str) -> list[dict]:
        """Return the requests for a path that have reached the application."""
        return [call for call in json.loads(self.client.get("/api/calls")) if call["path"] == path]

    def get_concurrently(self, number: int, path: str) -> list[Future]:
        """Start concurrent requests for a page that waits for the gate; return the futures of the responses."""
        responses = [self.pool.submit(self.get, path) for _ in range(number)]
        wait_for(lambda: self.calls_of(path), f"a request for {path}")
        return responses

    def change_content(self) -> None:
        """Change the state of the content, as a write in another process does."""
        self.server.shell("from apps.core import content_state; content_state.bump()")


@pytest.fixture(scope="module")
def start_site(databases, tmp_path_factory) -> Iterator[Callable[..., CountingSite]]:
    """Start servers of the counting application: `start_site(TEST_LIMIT="100000")`."""
    with ExitStack() as stack:

        def start(**extra: str) -> CountingSite:
            folder = tmp_path_factory.mktemp("cache")
            server = servers.serving(
                databases.new(),
                folder,
                application="tests.server.page_cache.applications:cached",
                probe="/api/calls",
                TEST_GATE=str(folder / "open"),
                **extra,
            )
            return CountingSite(stack.enter_context(server), folder / "open")

        yield start


@pytest.fixture(scope="module")
def site(start_site) -> CountingSite:
    """A server shared by the tests of a module; each test uses its own paths."""
    return start_site()
