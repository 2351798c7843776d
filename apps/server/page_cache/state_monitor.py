"""The state of the content as a process knows it, refreshed from the database at most once a second."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from apps.core import content_state

logger = logging.getLogger(__name__)

QUERY_TIMEOUT_SECONDS = 1.0
"""How long requests wait for the query of the state; then they use the last known one."""


class StateMonitor:
    """The last known state of the content, queried in a thread with a database connection of its own."""

    def __init__(self) -> None:
        self.state: content_state.State | None = None
        """The last known state, however old."""
        self.confirmed = 0.0
        """When `state` was queried (time.monotonic)."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="generation")
        self._running: asyncio.Future | None = None
        self._queried_at = float("-inf")
        self._is_unavailable = False

    def is_fresh(self) -> bool:
        """Return whether `state` is at most a second old."""
        known = content_state.last_known()
        return known is not None and known == self.state

    async def refresh(self) -> None:
        """Make `state` at most a second old, or leave it unchanged if the database does not respond in time."""
        await self._query_once()
        if not (self._is_unavailable or self.is_fresh()):
            # The query that was running had begun before this process wrote something.
            await self._query_once()

    async def _query_once(self) -> None:
        now = time.monotonic()
        if self._running is None and (
            not self._is_unavailable or now - self._queried_at >= content_state.MAX_AGE_SECONDS
        ):
            self._queried_at = now
            self._running = asyncio.get_running_loop().run_in_executor(self._thread, _query)
            self._running.add_done_callback(self._on_result)
        timeout = QUERY_TIMEOUT_SECONDS - (now - self._queried_at)
        if self._running is not None and timeout > 0 and not (self._is_unavailable and self.state):
            await asyncio.wait([self._running], timeout=timeout)

    def age(self) -> int:
        """Return for how many seconds `state` has not been confirmed; 0 if it was confirmed within two."""
        since = time.monotonic() - self.confirmed
        return int(since) if since >= 2 * content_state.MAX_AGE_SECONDS else 0

    def last_second(self) -> int:
        """Return the second (Unix time) until whose end another cache may rely on `state`.

        So a change shows there within two seconds, and a scheduled post on time.
        """
        now = time.time()
        last = max(now, now - time.monotonic() + self.confirmed + content_state.MAX_AGE_SECONDS)
        due = self.state.due if self.state else None
        return int(last if due is None else min(last, due.timestamp() - 1))

    def _on_result(self, query: asyncio.Future) -> None:
        self._running = None
        if query.cancelled():
            return
        error = query.exception()
        if error is None:
            self.state, self.confirmed = query.result(), self._queried_at
        if self._is_unavailable is not (error is not None):
            self._is_unavailable = error is not None
            if error:
                logger.warning("The database is unavailable; cached pages are served unchecked: %s", error)
            else:
                logger.warning("The database is available again")


def _query() -> content_state.State:
    connection.close_if_unusable_or_obsolete()
    try:
        return content_state.fetch()
    except Exception:
        connection.close()
        raise
