"""Stops an import within a second of a signal, and a single post that takes too long.

Both are done by signals that raise an exception in the main thread, which Python's loops and regular expressions notice.
A transaction that is open is rolled back by it.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Protocol

PROCESSOR_SECONDS = 60.0
"""The processor time that one post may take, without its pictures. The largest ordinary post takes a few seconds. Limits
that are counted are reached earlier; this one is for what they do not count."""
GRACE_SECONDS = 0.4
"""How long the current post may still take after a signal."""
LAST_SECONDS = 0.8
"""How long after a signal the process ends in any case, also within a library that cannot be interrupted."""
INTERRUPTED = 130
"""The exit status of an interrupted import."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """The import was told to stop, and the current post did not end in time."""


class TookTooLong(BaseException):
    """A post took more than PROCESSOR_SECONDS."""


class Stoppable(Protocol):
    """An importer."""

    def stop(self) -> None:
        """Stop after the current post."""


@contextmanager
def processor_limit(seconds: float | None = None) -> Iterator[None]:
    """Raise TookTooLong in the block after this processor time (by default PROCESSOR_SECONDS).

    The time of an inner block is not counted in an outer one. There is no limit outside of the main thread.
    """
    if not _is_main_thread():
        yield
        return
    previous_handler = signal.signal(signal.SIGVTALRM, _raise_too_long)
    # The interval is for an exception that was lost, such as one in a destructor.
    previous = signal.setitimer(signal.ITIMER_VIRTUAL, seconds or PROCESSOR_SECONDS, 5.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, *previous)
        signal.signal(signal.SIGVTALRM, previous_handler)


@contextmanager
def stop_on_signals(importer: Stoppable, at_last: Callable[[], None]) -> Iterator[None]:
    """Make the first SIGINT or SIGTERM stop the import; the next one has its usual effect.

    The import stops after the current post or, if that takes longer than GRACE_SECONDS, by Stopped. If the main thread
    does not notice that, as within a library in C, `at_last` is called in another thread after LAST_SECONDS, and the
    process ends with INTERRUPTED.
    """
    if not _is_main_thread():
        yield
        return
    previous_handlers = {number: signal.getsignal(number) for number in (*_SIGNALS, signal.SIGALRM)}

    def stop(number: int, frame: object) -> None:
        importer.stop()
        signal.signal(number, previous_handlers[number])
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS, GRACE_SECONDS)

    is_over = threading.Event()
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    for number in _SIGNALS:
        signal.signal(number, stop)
    signal.signal(signal.SIGALRM, _raise_stopped)
    with closing(reader), closing(writer):
        # Python writes the number of each signal to it at once, whatever the main thread does.
        previous_fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=_end_at_last, args=[reader.dup(), is_over, at_last], daemon=True).start()
        try:
            yield
        finally:
            is_over.set()
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.set_wakeup_fd(previous_fd)
            for number, handler in previous_handlers.items():
                signal.signal(number, handler)


def _end_at_last(signals: socket.socket, is_over: threading.Event, at_last: Callable[[], None]) -> None:
    with closing(signals):
        while received := signals.recv(64):
            if any(number in received for number in _SIGNALS):
                if not is_over.wait(LAST_SECONDS):
                    try:
                        at_last()
                    finally:
                        os._exit(INTERRUPTED)
                return


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _raise_too_long(number: int, frame: object) -> None:
    raise TookTooLong


def _raise_stopped(number: int, frame: object) -> None:
    raise Stopped
