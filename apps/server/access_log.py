"""The access log: one line for each finished request.

As JSON, the lines are put together here and written in batches by a thread: a log record and a write for each of them
took half as long as sending a cached page does.
"""

from __future__ import annotations

import atexit
import functools
import logging
import os
import re
import sys
import threading
import time
from collections import deque
from collections.abc import MutableMapping
from datetime import UTC, datetime
from json import JSONEncoder
from typing import Any

from django.conf import settings

from apps.core import metrics
from apps.core.request_ids import request_id
from blog_project import roles

from .logs import access_logger, chosen_format, path, redact

MAX_LINES = 10_000
"""Lines that wait to be written, about 3 MB; while whoever reads them is too slow, more are dropped and counted."""
PAUSE = 0.1
"""Seconds for which lines are gathered before they are written: what a killed process loses."""
CLOSING_SECONDS = 2.0
"""How long a process that stops waits for its last lines to be written."""
BATCH_BYTES = 4096
"""What a pipe takes as one piece (PIPE_BUF on Linux), so that the lines of several workers never mix."""

MESSAGE = "%s %s %s %s ms %s bytes"

logger = logging.getLogger(__name__)
_encode = JSONEncoder(ensure_ascii=False).encode
_needs_no_escape = re.compile(r"[ !#-\[\]-~]*").fullmatch


class LineWriter:
    """Writes lines to a file descriptor, in their order, from a thread of its own. Its owner never waits.

    `add` is for one thread alone, that of the event loop. The thread starts with the first line.
    """

    def __init__(self, descriptor: int, *, max_lines: int = MAX_LINES) -> None:
        self.descriptor, self.max_lines = descriptor, max_lines
        self.dropped = 0
        """The number of lines for which there was no room."""
        self._lines: deque[str] = deque()
        self._is_waited_for = threading.Event()
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def add(self, line: str) -> None:
        """Add a line, which ends with a line feed; it is dropped if too many wait."""
        if len(self._lines) >= self.max_lines:
            self.dropped += 1
            return
        self._lines.append(line)
        if not self._is_waited_for.is_set():
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="access log", daemon=True)
                self._thread.start()
                atexit.register(self.close)
            self._is_waited_for.set()

    def close(self, seconds: float = CLOSING_SECONDS) -> None:
        """Write what is left, for this long at most."""
        self._is_closed = True
        self._is_waited_for.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        told = 0
        while self._lines or not self._is_closed:
            self._is_waited_for.wait()
            if not self._is_closed:
                time.sleep(PAUSE)
            self._is_waited_for.clear()
            self._write_all()
            if dropped := self.dropped - told:
                told += dropped
                metrics.count_dropped_lines(dropped)
                logger.warning("%s access lines were dropped: they are not read as fast as they are written", dropped)

    def _write_all(self) -> None:
        batch, size = [], 0
        while self._lines:
            line = self._lines.popleft().encode("utf-8", "backslashreplace")
            if size + len(line) > BATCH_BYTES:
                self._write(b"".join(batch))
                batch, size = [], 0
            batch.append(line)
            size += len(line)
        self._write(b"".join(batch))

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self.descriptor, data) :]
        except OSError:  # Nobody reads any more. There is no place where that could be said.
            self.dropped += 1


@functools.cache
def _writer() -> LineWriter | None:
    """Return the writer of this process; None where lines are for a terminal, by the logger as all others."""
    return LineWriter(sys.stderr.fileno()) if chosen_format(settings.LOGGING) == "json" else None


def log_access(scope: MutableMapping[str, Any], status: int, size: int, seconds: float, own_id: bytes = b"") -> None:
    """Log one finished request: `size` is the body's in bytes, `seconds` the time until its last byte was passed on.

    `own_id` is the request's id if `with_request_id` has not set it. Successful probes are logged at DEBUG level.
    """
    if not access_logger.isEnabledFor(logging.INFO):
        return
    level = logging.DEBUG if status == 200 and scope["path"] in roles.EVERYWHERE else logging.INFO
    if level == logging.DEBUG and not access_logger.isEnabledFor(level):
        return
    if own_id:
        request_id.set(own_id.decode())
    fields = (scope["method"], path(scope), status, round(seconds * 1000, 1), size)
    writer = _writer()
    if writer is None:
        access_logger.log(level, MESSAGE, *fields)
    else:
        writer.add(json_line(level, *fields))


def json_line(level: int, method: str, path: str, status: int, milliseconds: float, size: int) -> str:
    """Return the line of a request, with the fields that `logs.JSONFormatter` writes, and those of a request."""
    if not _needs_no_escape(path):
        path = _encode(path)[1:-1]
    return redact(
        f'{{"level": "{logging.getLevelName(level)}", "logger": "{access_logger.name}", "process": {os.getpid()}, '
        f'"role": "{settings.ROLE}", "request_id": "{request_id.get()}", '
        f'"message": "{MESSAGE % (method, path, status, milliseconds, size)}", "method": "{method}", "path": "{path}", '
        f'"status": {status}, "duration_ms": {milliseconds}, "bytes": {size}, '
        f'"time": "{datetime.fromtimestamp(time.time(), UTC).isoformat()}"}}\n'
    )
