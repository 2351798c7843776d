"""The ASGI layers around Django: access log and metrics, the page cache, the bridge.

Each layer is a plain ASGI callable, `application(scope, receive, send)`, so that another can be put between them.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Any

from apps.core import metrics

from . import access_log, logs
from .bridge import Bridge, Receive, Scope, Send
from .page_cache import HitLayer, PageCache


class AccessLayer:
    """Give each request an id, and log and count its response, whichever layer sends it."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its id and record the status, size and duration of the response."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        started = time.perf_counter()
        status, size = 499, 0  # nginx's status for a client that disconnected before the response

        def recording_send(message: dict[str, Any]) -> Awaitable[None]:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))
            return send(message)

        try:
            await self.application(logs.with_request_id(scope), receive, recording_send)
        except Exception:
            status = 500
            raise
        finally:
            seconds = time.perf_counter() - started
            metrics.observe(scope["method"], scope["path"], status, seconds)
            access_log.log_access(scope, status, size, seconds)


def build(wsgi_application: Any, *, cache_limit: int = 0, **options: Any) -> HitLayer | AccessLayer:
    """Return the outermost of the layers around a WSGI application; `options` are those of `Bridge`.

    `cache_limit` is the size of the page cache in bytes; with 0 there is no page cache.
    """
    bridge = Bridge(wsgi_application, **options)
    if not cache_limit:
        return AccessLayer(bridge)
    cache = PageCache(bridge, limit=cache_limit)
    return HitLayer(AccessLayer(cache), cache)
