"""The memory of the page cache, limited in bytes; unbounded requests cannot evict canonical pages."""

from __future__ import annotations

from collections import OrderedDict

from apps.core import content_state

from .cache_request import CacheRequest
from .pages import ENCODINGS, Page


class PageStore:
    """Pages by key, up to `limit` bytes.

    Evicts with the second-chance algorithm: it approximates LRU, and a hit has no list to reorder.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.pages: OrderedDict[bytes, Page] = OrderedDict()
        """The pages by key. A caller that sends a page sets its `is_used`."""

    def put(self, key: bytes, page: Page) -> None:
        """Store a page and replace an older one, unless the page is larger than an eighth of `limit`."""
        self.remove(key)
        size = page.size() + len(key)
        if size > self.limit // 8:
            return
        while self.size + size > self.limit:
            self._evict_one()
        self.pages[key] = page
        self.size += size

    def remove(self, key: bytes) -> None:
        """Remove a page, if it is stored."""
        page = self.pages.pop(key, None)
        if page is not None:
            self.size -= page.size() + len(key)

    def _evict_one(self) -> None:
        key, page = next(iter(self.pages.items()))
        if page.is_used:
            page.is_used = False
            self.pages.move_to_end(key)
        else:
            self.remove(key)


class Store:
    """All cached pages. Pages of unbounded requests (queries above all) have an eighth of `limit` for themselves."""

    def __init__(self, limit: int, own_host: str) -> None:
        self.own_host = own_host.encode()
        self.unbounded, self.canonical = PageStore(limit // 8), PageStore(limit - limit // 8)

    def get(self, key: bytes) -> Page | None:
        """Return the page of this key and mark it as used; None if it is not stored."""
        page = self.canonical.pages.get(key) or self.unbounded.pages.get(key)
        if page is not None:
            page.is_used = True
        return page

    def find(self, request: CacheRequest, state: content_state.State | None) -> Page | None:
        """Return the requested page in any encoding: preferably one of this state, otherwise an older one, or None."""
        found = None
        for encoding in (request.encoding, *ENCODINGS):
            page = self.get(request.key(encoding))
            if page is not None and page.state == state:
                return page
            found = found or page
        return found

    def put(self, request: CacheRequest, page: Page) -> None:
        """Store a page in the requested encoding."""
        self.page_store(request).put(request.key(request.encoding), page)

    def remove(self, request: CacheRequest) -> None:
        """Remove a page in every encoding."""
        for encoding in ENCODINGS:
            self.page_store(request).remove(request.key(encoding))

    def page_store(self, request: CacheRequest) -> PageStore:
        """Return the part of the store for a request."""
        return self.unbounded if request.is_unbounded(self.own_host) else self.canonical

    def measures(self) -> tuple[int, int]:
        """Return the number of stored pages and their bytes."""
        return len(self.canonical.pages) + len(self.unbounded.pages), self.canonical.size + self.unbounded.size
