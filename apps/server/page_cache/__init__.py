"""The page cache: public pages are rendered once, stored compressed, and sent from the event loop.

A page is a pure function of its URL and of the state of the content (`apps.core.content_state`), so it is valid until
that state changes; no invalidation by page is needed. A hit makes no query and does not run Django. The steps:

1. Is a page stored under the exact key of the request, rendered in the current state of the content? Then it is sent
   (`HitLayer`). This is nearly every request, so nothing else is done for it.
2. May a cached page answer the request (`cache_request_of`)? It has to be a GET or HEAD of a page, or an anonymous one
   of the API.
3. What is the state of the content (`StateMonitor`)? It is queried at most once a second.
4. Is the page stored in that state, in any encoding? If not, it is rendered once for all concurrent requests
   (`_render_once`).

While the database is unavailable the last known state stays in use, so cached pages are served, with their Age.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.core import content_state, metrics
from apps.server import access_log, logs
from apps.server.bridge import Receive, Scope, Send
from blog_project import addresses

from .cache_request import (
    UNCACHED_HEADERS,
    CacheRequest,
    accepts_cached_json,
    best_encoding,
    cache_request_of,
    is_page,
    page_key,
)
from .pages import Headers, Page
from .state_monitor import StateMonitor
from .store import Store

# Sent by the nginx of components/edge-cache if it could store the response: EXPIRED if it has an older one, else MISS.
_EDGE_STATUS = b"x-edge-cache"
# Request headers with which `HitLayer` passes a request on.
_BYPASS_HEADERS = frozenset([b"authorization", b"content-length", b"transfer-encoding", b"origin", *UNCACHED_HEADERS])


class HitLayer:
    """The outermost ASGI layer: sends the page that `cache` has for the exact key of a request, or passes it on.

    Hits are counted and logged here, because they do not reach `AccessLayer`.
    """

    def __init__(self, application: Any, cache: PageCache) -> None:
        self.application, self.cache, self.pages = application, cache, cache.store.canonical.pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI request."""
        started = time.perf_counter()
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        page = self._lookup(scope, headers)
        if page is None:
            await self.application(scope, receive, send)
            return
        request_id = logs.valid_request_id(headers.get(b"x-request-id"))
        extra = (
            self.cache.edge_headers(page, headers[_EDGE_STATUS])
            if _EDGE_STATUS in headers and is_page(scope["path"])
            else ()
        )
        start, body = page.messages(scope["method"], headers, request_id, extra=extra)
        try:
            await send(start)
            await send(body)
        finally:
            seconds = time.perf_counter() - started
            metrics.count_hit(scope["method"], start["status"], seconds)
            access_log.log_access(scope, start["status"], len(body["body"]), seconds, request_id)

    def _lookup(self, scope: Scope, headers: dict[bytes, bytes]) -> Page | None:
        """Return the stored page that answers the request; None if the request has to be passed on."""
        page = self.pages.get(
            page_key(
                best_encoding(headers.get(b"accept-encoding", b"")),
                headers.get(b"host", b""),
                scope.get("scheme", "http"),
                headers.get(b"x-forwarded-proto", b""),
                scope.get("raw_path", b""),
                scope["query_string"],
            )
        )
        if page is None or page.state is not content_state.last_known() or not _BYPASS_HEADERS.isdisjoint(headers):
            return None
        if scope["path"].startswith(addresses.API) and not accepts_cached_json(headers):
            return None
        page.is_used = True
        return page


class PageCache:
    """An ASGI layer that answers from a cache of `limit` bytes, or passes the request on to `application`."""

    def __init__(self, application: Any, *, limit: int) -> None:
        self.application, self.monitor = application, StateMonitor()
        self.store = Store(limit, urlsplit(settings.SITE_URL).netloc)
        self._rendering: dict[tuple[bytes, content_state.State | None], asyncio.Task[Page]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI request."""
        request = cache_request_of(scope)
        if request is None:
            await self.application(scope, receive, send)
            return
        if not self.monitor.is_fresh():
            await self.monitor.refresh()
        state = self.monitor.state
        cached = self.store.find(request, state)
        result, age = "hit", 0
        if cached is not None and cached.state == state:
            page, age = cached, self.monitor.age()
        else:
            page, result = await self._render_once(request, scope, state), "miss"
            if page.status >= 500 and cached is not None:
                page, result, age = cached, "stale", int(time.monotonic() - cached.rendered_at)
        # A client's own rate limit, cookie or redirect must not be shared with others who waited for the same page.
        if page.is_personal or page.status == 429 or (page.status != 200 and not request.has_whole_query):
            await self.application(scope, receive, send)
            return
        metrics.count_result(result)
        page = self._encoded(page, request)
        request_id, extra = request.headers.get(b"x-request-id", b"-"), ()
        # No unbounded requests, so that clients cannot fill the edge cache.
        if (
            _EDGE_STATUS in request.headers
            and request.has_whole_query
            and not request.is_unbounded(self.store.own_host)
        ):
            extra = () if request.is_api else self.edge_headers(page, request.headers[_EDGE_STATUS])
        for message in page.messages(scope["method"], request.headers, request_id, b"%d" % age, extra):
            await send(message)

    def edge_headers(self, page: Page, cache_status: bytes) -> Headers:
        """Return the header that tells the nginx in front how long it may store a page (docs/decisions/0013).

        `cache_status` is the value of its X-Edge-Cache. A stored page that has expired is also replaced by one that it
        would not store otherwise.
        """
        state = self.monitor.state
        if state is None or page.state != state or page.status >= 500:
            return ()
        if cache_status != b"EXPIRED" and not (page.status in (200, 410) and page.is_shared_cacheable()):
            return ()
        return ((b"x-accel-expires", b"@%d" % self.monitor.last_second()),)

    async def _render_once(self, request: CacheRequest, scope: Scope, state: content_state.State | None) -> Page:
        """Have the application render a page in this state, once for all concurrent requests."""
        key = request.key(b""), state
        task = self._rendering.get(key)
        if task is None:
            task = self._rendering[key] = asyncio.create_task(self._render(request, scope, state))
            task.add_done_callback(lambda _task: self._rendering.pop(key))
        # A client that disconnects must not cancel the task for the others.
        return await asyncio.shield(task)

    async def _render(self, request: CacheRequest, scope: Scope, state: content_state.State | None) -> Page:
        status, headers, body = 500, [], bytearray()

        async def collect(message: dict[str, Any]) -> None:
            nonlocal status, headers
            status, headers = message.get("status", status), message.get("headers", headers)
            body.extend(message.get("body", b""))

        await self.application(_minimal_scope(scope, request), _receive_empty_body, collect)
        page = Page(status, headers, bytes(body), state)
        self._save(request, page.encoded(request.encoding))
        return page

    def _encoded(self, page: Page, request: CacheRequest) -> Page:
        """Return a page in the requested encoding; a newly encoded page is stored."""
        encoded = page.encoded(request.encoding)
        if encoded is not page:
            self._save(request, encoded)
        return encoded

    def _save(self, request: CacheRequest, page: Page) -> None:
        # A page whose rendering began before a change may be finished after its successor.
        if page.state is None or page.state != self.monitor.state:
            return
        if _is_cacheable(page, request):
            self.store.put(request, page)
        elif page.status < 500:
            self.store.remove(request)
        metrics.set_cache_size(*self.store.measures())


def _is_cacheable(page: Page, request: CacheRequest) -> bool:
    if request.is_api:
        return page.status == 200 and not page.is_personal and b"no-store" not in page.cache_control
    return page.status in (200, 301, 410) and page.is_shared_cacheable()


def _minimal_scope(scope: Scope, request: CacheRequest) -> dict[str, Any]:
    """Return a scope with only what the page may depend on, and the headers for rate limits and logs."""
    kept = {
        b"x-forwarded-for": request.headers.get(b"x-forwarded-for", b""),
        b"host": request.host,
        b"x-forwarded-proto": request.proto,
        b"x-request-id": logs.request_id.get().encode(),
    }
    headers = [(name, value) for name, value in kept.items() if value]
    return {**scope, "method": "GET", "query_string": request.query, "headers": headers}


async def _receive_empty_body() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}
