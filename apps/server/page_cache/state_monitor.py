"""Which state the content is in, as far as a process knows."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from apps.core import content_state

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""How long requests wait for the database to say which state the content is in; then it counts as away."""


class StateMonitor:
    """The state of the content, as far as this process knows it, asked on a thread and a connection of its own."""

    def __init__(self) -> None:
        self.state: content_state.State | None = None
        """The last that was known, however long ago."""
        self.confirmed = 0.0
        """When that was so (time.monotonic)."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="generation")
        self._asking: asyncio.Future | None = None
        self._asked = float("-inf")
        self._is_away = False

    def is_fresh(self) -> bool:
        """Tell whether `state` is at most a second old."""
        known = content_state.last_known()
        return known is not None and known == self.state

    async def refresh(self) -> None:
        """Have `state` be at most a second old, or leave it as it is where the database does not say in time."""
        await self._ask_once()
        if not (self._is_away or self.is_fresh()):
            # What was under way had been asked before this process wrote something.
            await self._ask_once()

    async def _ask_once(self) -> None:
        now = time.monotonic()
        if self._asking is None and (not self._is_away or now - self._asked >= content_state.SECONDS):
            self._asked = now
            self._asking = asyncio.get_running_loop().run_in_executor(self._thread, _ask)
            self._asking.add_done_callback(self._told)
        patience = PATIENCE_SECONDS - (now - self._asked)
        if self._asking is not None and patience > 0 and not (self._is_away and self.state):
            await asyncio.wait([self._asking], timeout=patience)

    def age(self) -> int:
        """Return for how many seconds nobody has confirmed that cached pages are still as they should be."""
        since = time.monotonic() - self.confirmed
        return int(since) if since >= 2 * content_state.SECONDS else 0

    def last_second(self) -> int:
        """Return the second (Unix time) to whose end another cache may go by `state`.

        So a change shows within two seconds there as well, and a scheduled post at its second.
        """
        now = time.time()
        last = max(now, now - time.monotonic() + self.confirmed + content_state.SECONDS)
        due = self.state.due if self.state else None
        return int(last if due is None else min(last, due.timestamp() - 1))

    def _told(self, asking: asyncio.Future) -> None:
        self._asking = None
        if asking.cancelled():
            return
        error = asking.exception()
        if error is None:
            self.state, self.confirmed = asking.result(), self._asked
        if self._is_away is not (error is not None):
            self._is_away = error is not None
            words = f"away, so cached pages are served as they are: {error}" if error else "back"
            logger.warning("The database is %s", words)


def _ask() -> content_state.State:
    connection.close_if_unusable_or_obsolete()
    try:
        return content_state.fetch()
    except Exception:
        connection.close()
        raise
