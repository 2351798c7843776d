"""Limits work that keeps a processor busy: rendering and comparing long texts, converting pictures, importing.

In one process, a person has one piece of such work at a time, and all people together HEAVY_WORK_LIMIT. Others wait for
a few seconds, as long as enough threads are left for readers, or get Busy, which becomes a 429. Nothing that was sent
is lost: Busy is raised before the work begins.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

RETRY_AFTER = 5
"""Seconds after which somebody who got Busy should try again."""
WAIT_SECONDS = 5.0
"""How long somebody waits before that."""
READERS_THREADS = 2
"""Threads that are left to others while people work and wait."""
SMALL_TEXT = 10_000
"""Characters of a text that is rendered without a place: at its worst, it takes a third of a second."""
PICTURES = "pictures"
"""The kind of work that decodes and encodes pictures: one at a time in a process, because of its memory."""


class Busy(Exception):
    """The work was not begun, because this person or others have too much of it under way."""

    def __str__(self) -> str:
        return _("Other work like this is still under way. Nothing was changed; try again in a few seconds.")


class Places:
    """The places for heavy work in one process."""

    def __init__(self, at_once: int, waiting: int) -> None:
        """At most `at_once` pieces of work run, and `waiting` others wait; half of these (at least one) for a person."""
        self.at_once, self.waiting = at_once, waiting
        self._working: list[tuple[Hashable, str]] = []
        self._waiting: list[Hashable] = []
        self._changed = threading.Condition()
        self._own = threading.local()

    @contextmanager
    def take(self, person: Hashable, kind: str = "") -> Iterator[None]:
        """Hold a place for the block; waits up to WAIT_SECONDS, then raises Busy.

        `person` is None for a command, which has no limit of its own. Within the block, further calls in the same thread
        need no other place.
        """
        if getattr(self._own, "has_place", False):
            yield
            return
        place = (person, kind)
        with self._changed:
            self._wait_for(place)
            self._working.append(place)
        self._own.has_place = True
        try:
            yield
        finally:
            self._own.has_place = False
            with self._changed:
                self._working.remove(place)
                self._changed.notify_all()

    def _wait_for(self, place: tuple[Hashable, str]) -> None:
        if self._is_free(*place):
            return
        person = place[0]
        own = self._waiting.count(person) if person is not None else 0
        if len(self._waiting) >= self.waiting or own >= max(1, self.waiting // 2):
            raise Busy
        self._waiting.append(person)
        try:
            if not self._changed.wait_for(lambda: self._is_free(*place), WAIT_SECONDS):
                raise Busy
        finally:
            self._waiting.remove(person)

    def _is_free(self, person: Hashable, kind: str) -> bool:
        is_own = person is not None and any(person == other for other, _kind in self._working)
        is_alone = kind == PICTURES and any(kind == other for _person, other in self._working)
        return len(self._working) < self.at_once and not is_own and not is_alone


_PLACES = Places(settings.HEAVY_WORK_LIMIT, max(0, settings.WSGI_THREADS - settings.HEAVY_WORK_LIMIT - READERS_THREADS))

take = _PLACES.take


def take_for_text(person: Hashable, text: str) -> AbstractContextManager[None]:
    """Hold a place, as `take` does, while a text is rendered; a small one needs none. Raises Busy."""
    return take(person) if len(text) > SMALL_TEXT else nullcontext()


def heavy(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view, or a method of an admin, whose whole work is heavy. Raises Busy."""

    @wraps(view)
    def limited(*arguments, **options) -> HttpResponse:
        request = next(one for one in arguments if isinstance(one, HttpRequest))
        with take(request.user.pk):
            return view(*arguments, **options)

    return limited
