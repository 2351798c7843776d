"""Where pages are kept: up to a number of bytes, and what strangers can make up drives nothing out."""

from __future__ import annotations

from collections import OrderedDict

from apps.core import content_state

from .cache_request import CacheRequest
from .pages import ENCODINGS, Page


class PageStore:
    """Pages up to a number of bytes.

    What was not used since the last time that room was needed goes first (“second chance”): nearly the least recently
    used, and a hit has no list to put in order.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.pages: OrderedDict[bytes, Page] = OrderedDict()
        """What is kept. Whoever uses a page says so (`is_used`)."""

    def put(self, key: bytes, page: Page) -> None:
        """Keep a page, in place of an older one, unless it alone would take an eighth of the room."""
        self.remove(key)
        size = page.size() + len(key)
        if size > self.limit // 8:
            return
        while self.size + size > self.limit:
            self._make_room()
        self.pages[key] = page
        self.size += size

    def remove(self, key: bytes) -> None:
        """Forget a page, if it is kept."""
        page = self.pages.pop(key, None)
        if page is not None:
            self.size -= page.size() + len(key)

    def _make_room(self) -> None:
        key, page = next(iter(self.pages.items()))
        if page.is_used:
            page.is_used = False
            self.pages.move_to_end(key)
        else:
            self.remove(key)


class Store:
    """All cached pages. What strangers can make up, queries above all, has an eighth of the room and drives nothing out."""

    def __init__(self, limit: int, own_host: str) -> None:
        self.own_host = own_host.encode()
        self.unbounded, self.canonical = PageStore(limit // 8), PageStore(limit - limit // 8)

    def get(self, key: bytes) -> Page | None:
        """Return the page of this key, if it is kept, which counts as used from now on."""
        page = self.canonical.pages.get(key) or self.unbounded.pages.get(key)
        if page is not None:
            page.is_used = True
        return page

    def any(self, wanted: CacheRequest, state: content_state.State | None) -> Page | None:
        """Return a page that is wanted in an encoding that it is kept in: one of this state, or else an older one."""
        found = None
        for encoding in (wanted.encoding, *ENCODINGS):
            page = self.get(wanted.key(encoding))
            if page is not None and page.state == state:
                return page
            found = found or page
        return found

    def put(self, wanted: CacheRequest, page: Page) -> None:
        """Keep a page in the encoding that is wanted of it."""
        self.shelf(wanted).put(wanted.key(wanted.encoding), page)

    def remove(self, wanted: CacheRequest) -> None:
        """Forget a page in every encoding."""
        for encoding in ENCODINGS:
            self.shelf(wanted).remove(wanted.key(encoding))

    def shelf(self, wanted: CacheRequest) -> PageStore:
        """Return where a page that is wanted is kept."""
        return self.unbounded if wanted.is_unbounded(self.own_host) else self.canonical

    def measures(self) -> tuple[int, int]:
        """Return how many answers are kept, and the bytes that they take."""
        return len(self.canonical.pages) + len(self.unbounded.pages), self.canonical.size + self.unbounded.size
