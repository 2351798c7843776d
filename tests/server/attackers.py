"""Clients that want a server's memory or connections: slow ones, and ones that send much to many."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEGABYTE = 2**20
POST = "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"


class Attacker:
    """One client: what it sends at once, and what it repeats after each pause, on a connection of its own.

    If the server closes the connection, the client connects again and begins anew.
    """

    def __init__(self, start: bytes, drip: bytes = b"") -> None:
        self.start, self.drip = start, drip
        self.connection: socket.socket | None = None
        self.unsent = b""

    def add_header(self, line: str) -> None:
        """Add a header to what it sends, if it sends a request."""
        self.start = self.start.replace(b"\r\n", f"\r\n{line}\r\n".encode(), 1)

    def step(self, address: tuple[str, int]) -> None:
        """Send what the server takes without waiting for it."""
        try:
            if self.connection is None:
                self.connection = socket.create_connection(address, timeout=1)
                self.connection.setblocking(False)
                self.unsent = self.start
            else:
                with suppress(BlockingIOError):
                    if not self.connection.recv(65536):
                        raise ConnectionError
            self.unsent = self.unsent or self.drip
            while self.unsent:
                self.unsent = self.unsent[self.connection.send(self.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def close(self) -> None:
        """Leave."""
        if self.connection:
            self.connection.close()
        self.connection = None


def slow_body(path: str, host: str = "localhost", size: int = 5 * MEGABYTE) -> Attacker:
    """A client that announces a large body and sends a byte of it from time to time."""
    return Attacker((POST % (path, host, "application/json", size)).encode(), b"x")


def endless_head(host: str = "localhost") -> Attacker:
    """A client whose headers never end."""
    return Attacker(f"GET / HTTP/1.1\r\nHost: {host}\r\n".encode(), b"X-A: b\r\n")


def silent(host: str = "localhost") -> Attacker:
    """A client that connects and says nothing."""
    return Attacker(b"")


def flood(path: str, host: str = "localhost", size: int = 5 * MEGABYTE, kind: str = "text/plain") -> Attacker:
    """A client that sends one large body after the other."""
    return Attacker((POST % (path, host, kind, size)).encode() + b"x" * size)


@contextmanager
def attacking(address: tuple[str, int], attackers: list[Attacker], pause: float = 0.2) -> Iterator[None]:
    """Let these clients do what they do, while the block runs."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(pause):
            for attacker in attackers:
                attacker.step(address)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for attacker in attackers:
            attacker.close()


class Memory:
    """The memory of a server's processes while a block runs."""

    def __init__(self, pid: int) -> None:
        self.pids = [pid, *_children(pid)]
        self.peak = 0

    def now(self) -> int:
        """Return the bytes of all processes that are in memory (RSS), with what they share counted for each."""
        return sum(_resident(pid) for pid in self.pids)

    @contextmanager
    def watched(self, pause: float = 0.02) -> Iterator[Memory]:
        """Note the peak while the block runs."""
        over = threading.Event()

        def run() -> None:
            while not over.wait(pause):
                self.peak = max(self.peak, self.now())

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield self
        finally:
            over.set()
            thread.join()


def slowest(request: Callable[[], object], seconds: float) -> float:
    """Make one request after the other for so long, and return the seconds of the slowest."""
    longest, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        request()
        longest = max(longest, time.monotonic() - start)
        time.sleep(0.05)
    return longest


def open_files(pid: int) -> int:
    """Return how many files, sockets among them, a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident(pid: int) -> int:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024
