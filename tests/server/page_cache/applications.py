"""A WSGI application that counts its requests, behind the real page cache, bridge and gunicorn.

The path determines the response. Requests for `/slow/` wait until the test opens the gate (a file).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import blog_project.wsgi  # noqa: F401  (loads Django)  # isort: skip
from apps.server.layers import build
from apps.server.request_bodies import BodyReader

GATE = Path(os.environ.get("TEST_GATE", "/nonexistent"))
PUBLIC = "public, max-age=0, s-maxage=30"
LIMIT = int(os.environ.get("TEST_LIMIT", 2**20))

calls: list[dict] = []


def application(environ: dict, start_response: Callable) -> list[bytes]:
    """Return a page with the number of requests for its path."""
    path = environ["PATH_INFO"]
    if path == "/api/calls":
        start_response("200 OK", [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return [json.dumps(calls).encode()]
    headers = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    calls.append({"path": path, "query": environ["QUERY_STRING"], "method": environ["REQUEST_METHOD"], **headers})
    number = sum(call["path"] == path for call in calls)
    body = f"{path}?{environ['QUERY_STRING']} number {number} ".encode()
    status, extra = "200 OK", []
    match path.removeprefix("/api/v1").split("/")[1]:
        case "slow":
            while not GATE.exists():
                time.sleep(0.01)
        case "large":
            body += b"<p>the same sentence again and again</p>" * 500
        case "heavy":
            body += os.urandom(int(path.split("/")[2]))
        case "failing":
            status = "500 Internal Server Error"
        case "fails-later":
            status = "200 OK" if number == 1 else "503 Service Unavailable"
        case "moved":
            status, extra = "301 Moved Permanently", [("Location", f"/new/?{environ['QUERY_STRING']}")]
        case "gone":
            status = "410 Gone"
        case "missing":
            status = "404 Not Found"
        case "personal":
            extra = [("Set-Cookie", "name=value")]
        case "uncached":
            extra = [("Cache-Control", "no-store")]
        case "dated":
            extra = [("Last-Modified", "Mon, 02 Mar 2026 10:00:00 GMT")]
    if not any(name == "Cache-Control" for name, _value in extra):
        extra.append(("Cache-Control", PUBLIC))
    if "untagged" not in path:
        extra.append(("ETag", f'"{path}-{number}"'))
    start_response(status, [("Content-Type", "text/html; charset=utf-8"), *extra])
    return [body]


bodies = BodyReader(lambda method, path: 0, number=0, budget=0, max_in_memory=0)
cached = build(application, threads=8, bodies=bodies, cache_limit=LIMIT)
