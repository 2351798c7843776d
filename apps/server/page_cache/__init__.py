"""The page cache: what anybody may see is made once, kept compressed, and sent from the event loop.

A page is a pure function of its address and of the state of the content (`apps.core.content_state`), so it is good for
as long as that state is: nothing has to be told which pages a change concerns. A hit asks no database and runs nothing
of Django. How a request goes:

1. Is the page kept under the very words of the request, from the state that the content is in? Then it is sent
   (`HitLayer`). That is nearly every request, so nothing else is done for it.
2. Is it one that a cached page may answer (`wanted_of`)? A GET or HEAD of a page, or of the API by nobody in particular.
3. Which state is the content in (`StateMonitor`)? That is asked at most once a second, by whoever comes first.
4. Is the page kept from that state, in any encoding? If not, it is made once, however many wait for it (`_made`).

While the database is away the last state that was known goes on, so cached pages are served, with their age.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.core import content_state, metrics
from apps.server import logs
from apps.server.bridge import Receive, Scope, Send
from blog_project import addresses

from .cache_request import FOR_DJANGO, CacheRequest, best_encoding, is_page, page_key, takes_json, wanted_of
from .pages import Headers, Page
from .state_monitor import StateMonitor
from .store import Store

# Sent by an nginx of components/edge-cache that would keep the answer: EXPIRED where it has an older one, else MISS.
_EDGE = b"x-edge-cache"
# With one of these there is more to look at than whether the page is kept.
_NO_HIT = frozenset([b"authorization", b"content-length", b"transfer-encoding", b"origin", *FOR_DJANGO])


class HitLayer:
    """The outermost ASGI layer: sends what `cache` keeps for the very words of a request, and else passes it on.

    Such an answer is counted and logged here, so that nothing has to be wrapped for it.
    """

    def __init__(self, application: Any, cache: PageCache) -> None:
        self.application, self.cache, self.pages = application, cache, cache.store.canonical.pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI request."""
        begun = time.perf_counter()
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.application(scope, receive, send)
            return
        given = dict(scope["headers"])
        page = self._kept(scope, given)
        if page is None:
            await self.application(scope, receive, send)
            return
        request_id = logs.acceptable(given.get(b"x-request-id"))
        more = self.cache.for_edge(page, given[_EDGE]) if _EDGE in given and is_page(scope["path"]) else ()
        start, body = page.messages(scope["method"], given, request_id, more=more)
        try:
            await send(start)
            await send(body)
        finally:
            seconds = time.perf_counter() - begun
            metrics.hit(scope["method"], start["status"], seconds)
            logs.access(scope, start["status"], len(body["body"]), seconds, request_id)

    def _kept(self, scope: Scope, given: dict[bytes, bytes]) -> Page | None:
        """Return the page that answers a request as it stands; None where there is more to look at."""
        page = self.pages.get(
            page_key(
                best_encoding(given.get(b"accept-encoding", b"")),
                given.get(b"host", b""),
                scope.get("scheme", "http"),
                given.get(b"x-forwarded-proto", b""),
                scope.get("raw_path", b""),
                scope["query_string"],
            )
        )
        if page is None or page.state is not content_state.last_known() or not _NO_HIT.isdisjoint(given):
            return None
        if scope["path"].startswith(addresses.API) and not takes_json(given.get(b"accept", b"*/*")):
            return None
        page.is_used = True
        return page


class PageCache:
    """An ASGI layer that answers from `limit` bytes of cached pages, and else passes on to `application`."""

    def __init__(self, application: Any, *, limit: int) -> None:
        self.application, self.monitor = application, StateMonitor()
        self.store = Store(limit, urlsplit(settings.SITE_URL).netloc)
        self._making: dict[tuple[bytes, content_state.State | None], asyncio.Task[Page]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI request."""
        wanted = wanted_of(scope)
        if wanted is None:
            await self.application(scope, receive, send)
            return
        if not self.monitor.is_fresh():
            await self.monitor.refresh()
        state = self.monitor.state
        kept = self.store.any(wanted, state)
        result, age = "hit", 0
        if kept is not None and kept.state == state:
            page, age = kept, self.monitor.age()
        else:
            page, result = await self._made(wanted, scope, state), "miss"
            if page.status >= 500 and kept is not None:
                page, result, age = kept, "stale", int(time.monotonic() - kept.made)
        # Whether somebody asks too much is not for the one to bear who waited with them.
        if page.is_personal or page.status == 429 or (page.status != 200 and not wanted.whole):
            await self.application(scope, receive, send)
            return
        metrics.page(result)
        page = self._encoded(page, wanted)
        request_id, more = wanted.headers.get(b"x-request-id", b"-"), ()
        # Nothing that strangers can make up, so that they cannot fill it.
        if _EDGE in wanted.headers and wanted.whole and not wanted.is_unbounded(self.store.own_host):
            more = () if wanted.is_api else self.for_edge(page, wanted.headers[_EDGE])
        for message in page.messages(scope["method"], wanted.headers, request_id, b"%d" % age, more):
            await send(message)

    def for_edge(self, page: Page, asked: bytes) -> Headers:
        """Return for how long the nginx in front may keep a page, where it `asked` for that (docs/decisions/0013).

        Also what it should not keep by itself, where that takes the place of what it has.
        """
        state = self.monitor.state
        if state is None or page.state != state or page.status >= 500:
            return ()
        if asked != b"EXPIRED" and not (page.status in (200, 410) and page.is_for_caches()):
            return ()
        return ((b"x-accel-expires", b"@%d" % self.monitor.last_second()),)

    async def _made(self, wanted: CacheRequest, scope: Scope, state: content_state.State | None) -> Page:
        """Return the page as the application makes it in this state: once, for all who ask meanwhile."""
        key = wanted.key(b""), state
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.create_task(self._make(wanted, scope, state))
            making.add_done_callback(lambda _making: self._making.pop(key))
        # Whoever leaves does not take the page from the others.
        return await asyncio.shield(making)

    async def _make(self, wanted: CacheRequest, scope: Scope, state: content_state.State | None) -> Page:
        status, headers, body = 500, [], bytearray()

        async def collect(message: dict[str, Any]) -> None:
            nonlocal status, headers
            status, headers = message.get("status", status), message.get("headers", headers)
            body.extend(message.get("body", b""))

        await self.application(_bare(scope, wanted), _nothing_more, collect)
        page = Page(status, headers, bytes(body), state)
        self._keep(wanted, page.encoded(wanted.encoding))
        return page

    def _encoded(self, page: Page, wanted: CacheRequest) -> Page:
        """Return a page in the encoding that is wanted, in which it is kept from now on."""
        encoded = page.encoded(wanted.encoding)
        if encoded is not page:
            self._keep(wanted, encoded)
        return encoded

    def _keep(self, wanted: CacheRequest, page: Page) -> None:
        # One that was begun before a change may come after its successor.
        if page.state is None or page.state != self.monitor.state:
            return
        if _may_be_kept(page, wanted):
            self.store.put(wanted, page)
        elif page.status < 500:
            self.store.remove(wanted)
        metrics.pages(*self.store.measures())


def _may_be_kept(page: Page, wanted: CacheRequest) -> bool:
    if wanted.is_api:
        return page.status == 200 and not page.is_personal and b"no-store" not in page.cache_control
    return page.status in (200, 301, 410) and page.is_for_caches()


def _bare(scope: Scope, wanted: CacheRequest) -> dict[str, Any]:
    """Return the scope of a request that has nothing but what its page may depend on, and what it is counted by."""
    given = {
        b"x-forwarded-for": wanted.headers.get(b"x-forwarded-for", b""),
        b"host": wanted.host,
        b"x-forwarded-proto": wanted.proto,
        b"x-request-id": logs.request_id.get().encode(),
    }
    headers = [(name, value) for name, value in given.items() if value]
    return {**scope, "method": "GET", "query_string": wanted.query, "headers": headers}


async def _nothing_more() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}
