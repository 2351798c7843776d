"""The baseline of gunicorn's asgi worker: one constant response, read from the file that BARE_ANSWER names."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

_response = json.loads(Path(os.environ["BARE_ANSWER"]).read_text())
_head = {
    "type": "http.response.start",
    "status": _response["status"],
    "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in _response["headers"]],
}
_body = {"type": "http.response.body", "body": _response["body"].encode("latin-1"), "more_body": False}


async def application(
    scope: dict[str, Any], receive: Callable[[], Awaitable], send: Callable[[Any], Awaitable]
) -> None:
    """Send the constant response to every request; the ASGI application."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send(_head)
    await send(_body)
