"""A process that gets SIGTERM finishes its requests; a worker that dies is replaced."""

from __future__ import annotations

import asyncio
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from types import SimpleNamespace

import pytest

from apps.server import bridge
from tests.server.clients import Client, read_all, wait_for

pytestmark = [pytest.mark.server, pytest.mark.any_database]

LONG = "30"
"""A graceful timeout in seconds that no test reaches, even on a busy machine."""


def test_requests_in_flight_are_finished_and_the_process_exits_with_0(start_bench):
    bench = start_bench(GRACEFUL_TIMEOUT=LONG)
    waiting = [
        bench.client.send(b"GET /wait/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number) for number in range(10)
    ]  # Two more than there are threads: queued requests are finished too.
    wait_for(lambda: len(list(bench.gates.glob("begun-*"))) == 8, "the requests to begin")
    bench.server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: "Handling signal: term" in bench.server.log.read_text(), "the signal")
    bench.open_gate()
    for connection in waiting:
        assert read_all(connection).endswith(b"\r\n\r\nok")
    assert bench.server.process.wait(30) == 0


def test_a_request_that_never_ends_is_cut_off_after_the_graceful_timeout(start_bench):
    bench = start_bench(GRACEFUL_TIMEOUT="1")
    bench.client.send(b"GET /wait/0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_for((bench.gates / "begun-0").exists, "the request to begin")
    assert bench.server.stop() == 0


def test_a_worker_that_dies_is_replaced(start_bench):
    bench = start_bench()
    with pytest.raises((HTTPException, OSError)):
        bench.client.request("GET", "/exit")

    def answers() -> bool:
        try:
            return bench.client.get("/ok") == b"ok"
        except (HTTPException, OSError):
            return False

    wait_for(answers, "another worker")


def test_a_process_that_stops_closes_its_database_connections(serve, tmp_path, databases):
    database = tmp_path / "stopping.sqlite3"
    url = f"sqlite:///{database}"
    server = serve(url, probe="/livez", GRACEFUL_TIMEOUT=LONG)
    client = Client(server.url)
    threads = [threading.Thread(target=client.request, args=("GET", "/readyz")) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.stop() == 0
    # SQLite removes its write-ahead log when the last connection is closed properly.
    assert database.exists()
    assert not Path(f"{database}-wal").exists()


def test_each_thread_closes_its_own_connections(monkeypatch):
    closed: list[int] = []
    monkeypatch.setattr(bridge, "connections", SimpleNamespace(close_all=lambda: closed.append(threading.get_ident())))
    served = bridge.Bridge(lambda environ, start_response: [], threads=4, bodies=None)
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent = []

    async def receive() -> dict:
        return next(messages)

    async def send(message: dict) -> None:
        sent.append(message["type"])

    # In a separate thread, because Playwright has an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, served({"type": "lifespan"}, receive, send)).result()
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert len(closed) == len(set(closed)) == 4
