"""What lies around Django in a process: the page cache, the bridge, and every answer logged and counted.

Each layer is a plain ASGI callable, `application(scope, receive, send)`, so that another fits between them.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Any

from apps.core import metrics

from . import logs
from .bridge import Bridge, Receive, Scope, Send
from .page_cache import HitLayer, PageCache


class Observed:
    """Give each request an id, and log and count what it was answered, whichever layer answered it."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, under its id, and watch what comes back."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        begun = time.perf_counter()
        status, size = 499, 0  # nginx's number for a client that left before its answer

        def watched(message: dict[str, Any]) -> Awaitable[None]:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))
            return send(message)

        try:
            await self.application(logs.identified(scope), receive, watched)
        except Exception:
            status = 500
            raise
        finally:
            seconds = time.perf_counter() - begun
            metrics.observe(scope["method"], scope["path"], status, seconds)
            logs.access(scope, status, size, seconds)


def build(wsgi_application: Any, *, cache_limit: int = 0, **options: Any) -> HitLayer | Observed:
    """Return the layers, outermost first, around a WSGI application; `options` are the bridge's.

    Without room (bytes) there is no page cache.
    """
    bridge = Bridge(wsgi_application, **options)
    if not cache_limit:
        return Observed(bridge)
    cache = PageCache(bridge, limit=cache_limit)
    return HitLayer(Observed(cache), cache)
