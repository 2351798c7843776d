"""Reading the bodies of requests on the event loop: how large, how slow and how many they may be (docs/decisions/0028).

Who sends a body need not have an account, because it is read before anything is known about the sender. So all bodies
of a process share one budget of memory, large ones are written to files, and slow ones are refused.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.utils.translation import gettext as _

from apps.core import clients, metrics

from .refusals import Refused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]

FREE_BYTES = 16 * 1024
"""What each body may take besides the budget, so that small writes are served while large ones use it up."""
MAX_LARGE_BODIES = 4
"""How many bodies in files are received and processed at a time: Django takes a multiple of a form's size."""
BLOCK = 64 * 1024
"""Bytes that are written to a file at a time."""
RETRY_AFTER = "10"
"""Seconds in the Retry-After header of a body for which there is no room."""


class Budget:
    """An amount that clients share: nobody may have more than there is left for others. Used by all threads.

    So one client gets half of it at most, the next one half of the rest, and there is always something for another.
    """

    def __init__(self, amount: int) -> None:
        self.left = amount
        self._taken_by: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, client: str, amount: int) -> bool:
        """Take an amount for a client, if that leaves enough for others; return whether it was taken."""
        with self._lock:
            left, own = self.left - amount, self._taken_by[client] + amount
            if left < 0 or own > max(1, left):
                return False
            self.left, self._taken_by[client] = left, own
            return True

    def give_back(self, client: str, amount: int) -> None:
        """Give back what a client has taken."""
        with self._lock:
            self.left += amount
            self._taken_by[client] -= amount
            if not self._taken_by[client]:
                del self._taken_by[client]


class Body:
    """The body of one request: in memory, or in a file once it is large. `close` has to be called, in any thread."""

    def __init__(self, client: str, bodies: Budget, memory: Budget, large: Budget, folder: str | None) -> None:
        if not bodies.take(client, 1):
            raise _busy("body", _("Too much is being sent at the moment. Try again."))
        # Without a maximum it is moved to a file only when told to.
        self.file: IO[bytes] = SpooledTemporaryFile(dir=folder)  # noqa: SIM115  (`close` closes it)
        self.size = 0
        self._client, self._bodies, self._memory, self._large = client, bodies, memory, large
        self._charged, self._is_large, self._is_open, self._unwritten = 0, False, True, bytearray()

    async def add(self, block: bytes, max_in_memory: int) -> None:
        """Append a block. Raises Refused (503) if there is no room."""
        self.size += len(block)
        if self.size > max_in_memory:
            await self.become_large()
        if self._is_large:
            self._unwritten += block
            if len(self._unwritten) >= BLOCK:
                await self._write()
            return
        charge = max(0, self.size - FREE_BYTES) - self._charged
        if charge and not self._memory.take(self._client, charge):
            raise _busy("body", _("Too much is being sent at the moment. Try again."))
        self._charged += charge
        self.file.write(block)

    async def become_large(self) -> None:
        """Move the body to a file, and give back its memory. Raises Refused (503) if there are too many large ones."""
        if self._is_large:
            return
        if not self._large.take(self._client, 1):
            raise _busy("upload", _("Too much is being uploaded at the moment. Try again."))
        self._is_large = True
        await _in_thread(self.file.rollover)
        self._give_memory_back()

    async def finish(self) -> None:
        """Make the body readable from its beginning."""
        if self._unwritten:
            await self._write()
        if self._is_large:
            # Writes what the file still holds, so it waits for the disk and may find it full.
            await _in_thread(self.file.seek, 0)
        else:
            self.file.seek(0)

    def close(self) -> None:
        """Delete the body and give back what it took; more than once is harmless."""
        with suppress(OSError):  # The disk is full: the rest of a refused body cannot be written, and need not be.
            self.file.close()
        self._give_memory_back()
        if self._is_open:
            self._bodies.give_back(self._client, 1)
            self._is_open = False
        if self._is_large:
            self._large.give_back(self._client, 1)
            self._is_large = False

    def _give_memory_back(self) -> None:
        if self._charged:
            self._memory.give_back(self._client, self._charged)
            self._charged = 0

    async def _write(self) -> None:
        block, self._unwritten = self._unwritten, bytearray()
        await _in_thread(self.file.write, block)


async def _in_thread(function: Callable, *args: Any) -> None:
    """Call what may wait for a disk in a thread that runs no requests. Raises Refused (503) if the disk is full."""
    try:
        await asyncio.get_running_loop().run_in_executor(None, function, *args)
    except OSError as error:
        raise _busy("upload", _("There is no room for what is uploaded. Try again later.")) from error


def _busy(what: str, detail: str) -> Refused:
    metrics.count_refused(what)
    return Refused(503, detail, "busy", **{"Retry-After": RETRY_AFTER})


class BodyReader:
    """Reads bodies as far as `limit(method, path)` allows, in bytes; with 0 a request takes no body.

    There are `number` bodies at a time at most, and all together take `budget` bytes of memory at most, besides FREE_BYTES of each. A body over `max_in_memory` is
    moved to a file in `folder` (None: the system's folder for temporary files). A body has `seconds` from its beginning,
    and so long again for each `seconds` × `rate` bytes.
    """

    def __init__(
        self,
        limit: Callable[[str, str], int],
        *,
        number: int,
        budget: int,
        max_in_memory: int,
        folder: str | None = None,
        seconds: float = 30,
        rate: int = 16 * 1024,
    ) -> None:
        self.limit, self.max_in_memory, self.folder = limit, max_in_memory, folder
        self.seconds, self.rate = seconds, rate
        self.bodies, self.memory, self.large = Budget(number), Budget(budget), Budget(MAX_LARGE_BODIES)

    def takes(self, scope: Scope) -> bool:
        """Return whether the body of a request is to be read."""
        return self.limit(scope["method"], scope["path"]) > 0

    def new(self, scope: Scope) -> Body:
        """Return an empty body for a request. Raises Refused (503) if there are too many."""
        return Body(_client(scope), self.bodies, self.memory, self.large, self.folder)

    async def read(self, scope: Scope, receive: Receive) -> Body:
        """Return the whole body. Raises Refused if it is too large, incomplete or too slow, or if there is no room."""
        body = self.new(scope)
        try:
            await self._read(body, scope, receive)
        except TimeoutError:
            body.close()
            metrics.count_slow("body")
            raise Refused(408, _("The request's body came too slowly, so nothing was done.")) from None
        except BaseException:
            body.close()
            raise
        return body

    async def _read(self, body: Body, scope: Scope, receive: Receive) -> None:
        limit, announced = self.limit(scope["method"], scope["path"]), announced_length(scope)
        _check(announced, limit)
        if announced > self.max_in_memory:
            await body.become_large()
        loop, quota, due, more = asyncio.get_running_loop(), int(self.seconds * self.rate), 0, True
        async with asyncio.timeout(self.seconds) as deadline:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(408, _("The request's body stopped before its end, so nothing was done."))
                block, more = message.get("body", b""), message.get("more_body", False)
                _check(body.size + len(block), limit)
                await body.add(block, self.max_in_memory)
                due += len(block)
                if due >= quota:
                    due = 0
                    deadline.reschedule(loop.time() + self.seconds)
            await body.finish()


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise Refused(413, _("A request's body can have %(limit)d bytes at most.") % {"limit": limit})


def announced_length(scope: Scope) -> int:
    """Return the Content-Length of a request, 0 if it has none."""
    return int(dict(scope["headers"]).get(b"content-length", 0))


def is_announced(scope: Scope) -> bool:
    """Return whether a request has a body (RFC 9112, 6.3), which may be empty."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def _client(scope: Scope) -> str:
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    return clients.network_of((scope.get("client") or ("",))[0], forwarded.decode("latin-1"))
