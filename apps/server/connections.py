"""The connections of a worker: how many there may be, and how long a client may let it wait (docs/decisions/0028).

One sweep over all connections, a few times a second, looks for those that are late. That costs nothing per request, which
a timer for each would.

The arbiter imports this module, so it must not import Django.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any, NamedTuple, Protocol

ADDRESS_SHARE = 4
"""One address may have one in so many of the connections."""


class Limits(NamedTuple):
    """What clients may take."""

    connections: int
    client_of: Callable[[str], str]
    """Returns the address or network of the client at an IP address; "" for a proxy, with the connections of many."""
    head_seconds: float
    """For the head of a request from its first byte, and from the connection to the first request."""
    seconds: float
    """For a block of a response, besides the time that it takes at `rate` bytes per second."""
    rate: int
    head_size: int = 64 * 1024
    """Bytes of the head of a request."""

    def seconds_for(self, size: int) -> float:
        """Return how long a client may take to read `size` bytes."""
        return self.seconds + size / self.rate


class Connection(Protocol):
    """What is looked at of a connection; see `gunicorn_worker.Protocol`."""

    transport: asyncio.Transport
    address: str
    is_used: bool
    head_since: float | None
    active_at: float
    late_at: float | None
    is_waiting: bool

    def refuse(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        """Send an error response and close the connection."""


class Connections:
    """The open connections of a worker. `metrics` counts those that are refused or given up."""

    def __init__(self, limits: Limits, loop: asyncio.AbstractEventLoop, metrics: Any) -> None:
        self.limits, self.loop, self.metrics = limits, loop, metrics
        # Dictionaries, because they keep the order: the loop's clock is coarse, and of two with the same time the first
        # one is the older one.
        self.open: dict[Connection, None] = {}
        self.open_of: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        self._closing: dict[Connection, float] = {}
        self.now = loop.time()
        """The time of the last sweep, for what need not be exact."""

    def add(self, connection: Connection) -> bool:
        """Count a new connection; return whether it may stay.

        If there are too many, or too many of its address, the oldest of them that waits for its client makes room: for
        a request, or to be read. If all are being answered, the new one has to go.
        """
        own, share = self.open_of[connection.address], self.limits.connections // ADDRESS_SHARE
        crowd: Collection[Connection] = ()
        if connection.address and len(own) >= share:
            crowd = own
        elif len(self.open) >= self.limits.connections:
            crowd = self.open
        is_welcome = not crowd or self._make_room(crowd)
        self.open[connection] = own[connection] = None
        if not is_welcome:
            self.metrics.count_refused("connection")
        return is_welcome

    def _make_room(self, crowd: Collection[Connection]) -> bool:
        waiting = (
            each for each in crowd if (each.is_waiting or each.late_at is not None) and not each.transport.is_closing()
        )
        oldest = min(waiting, key=lambda each: each.active_at, default=None)
        if oldest is None:
            return False
        self._give_up(oldest, "idle" if oldest.is_waiting else "response")
        return True

    def remove(self, connection: Connection) -> None:
        """Forget a connection that has ended; more than once is harmless."""
        self.open.pop(connection, None)
        self._closing.pop(connection, None)
        own = self.open_of[connection.address]
        own.pop(connection, None)
        if not own:
            del self.open_of[connection.address]

    def watch(self) -> None:
        """Look for late clients, now and from now on."""
        self.now = now = self.loop.time()
        for connection in list(self.open):
            self._check(connection, now)
        self.metrics.set_connections(len(self.open))
        self.loop.call_later(min(1, self.limits.head_seconds / 4), self.watch)

    def _check(self, connection: Connection, now: float) -> None:
        limits = self.limits
        if connection.transport.is_closing():
            # What was written before is still to be sent, but not to a client that never reads it.
            if now > self._closing.setdefault(connection, now) + limits.seconds:
                self._give_up(connection, "response")
        elif connection.late_at is not None and now > connection.late_at:
            self._give_up(connection, "response")
        elif connection.is_waiting:
            if connection.head_since is not None:
                if now > connection.head_since + limits.head_seconds:
                    self.metrics.count_slow("head")
                    connection.refuse(408, f"its head took longer than {limits.head_seconds:g} seconds")
            elif not connection.is_used and now > connection.active_at + limits.head_seconds:
                self._give_up(connection, "idle")

    def _give_up(self, connection: Connection, what: str) -> None:
        self.metrics.count_slow(what)
        connection.transport.abort()
