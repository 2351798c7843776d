"""A WSGI application that is slow, fails or sends large responses on request, served by the real bridge and gunicorn.

A slow request waits until the test opens the gate (a file). The application records its requests, so that a test can
check which of them never reached it.
"""

from __future__ import annotations

import gc
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import blog_project.wsgi  # noqa: F401  (loads Django)  # isort: skip
from django.conf import settings

from apps.server.layers import build
from apps.server.request_bodies import BodyReader

GATES = Path(os.environ.get("TEST_GATES", tempfile.gettempdir()))
LARGE = 12 * 2**20
"""Bytes of a large response: more than fits into the socket buffers of both ends."""
BODY_LIMIT, UPLOAD_LIMIT = int(os.environ.get("TEST_BODY_LIMIT", 1000)), 300_000
UPLOAD = "/environ/upload"
BUDGET = int(os.environ.get("TEST_BUDGET", 2**20))
THREADS = 8

calls: list[str] = []
collected_while_loading = gc.isenabled()
large_file = GATES / "large-file"
if "TEST_GATES" in os.environ:  # Only in the server, and before any request, so that no request finds a partial file.
    large_file.write_bytes(b"y" * LARGE)


class ClosingBody:
    """An iterable body that records when it is closed."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"one, "
        yield b"two"

    def close(self) -> None:
        """Create a marker file."""
        (GATES / "closed").touch()


class MarkedFile:
    """An endless file that records when it is closed explicitly; garbage collection does not close it."""

    def read(self, size: int) -> bytes:
        """Return `size` bytes."""
        return b"z" * size

    def close(self) -> None:
        """Create a marker file."""
        (GATES / "file-closed").touch()


def application(environ: dict, start_response: Callable):
    """Respond as the path states."""
    path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
    calls.append(environ.get("HTTP_X_NAME", path))
    answer, status, headers = b"ok", "200 OK", []
    match path.split("/")[1]:
        case "calls":
            answer = json.dumps(calls).encode()
        case "environ":
            strings = {name: value for name, value in environ.items() if isinstance(value, str)}
            answer = json.dumps(strings | {"body": sha256(body).hexdigest()}).encode()
        case "garbage":
            answer = json.dumps({"while loading": collected_while_loading, "now": gc.isenabled()}).encode()
        case "large":
            answer = b"x" * LARGE
        case "file":
            headers = [("Content-Length", str(LARGE))]
            start_response(status, headers)
            return environ["wsgi.file_wrapper"](large_file.open("rb"))
        case "wait":
            (GATES / f"begun-{path.split('/')[2]}").touch()
            while not (GATES / "open").exists():
                time.sleep(0.01)
            if path.endswith("/file"):
                start_response(status, headers)
                return environ["wsgi.file_wrapper"](MarkedFile())
        case "closing":
            start_response(status, headers)
            return ClosingBody()
        case "status":
            status = path.split("/")[2] + " As asked"
        case "fail":
            raise RuntimeError("asked to fail with bst_0123456789abcdef")
        case "exit":
            os._exit(1)
    start_response(status, headers)
    return [answer]


def limit(method: str, path: str) -> int:
    """Return the size of a body: POST and PUT have one, except to `/nothing/…`."""
    if path.startswith("/nothing"):
        return 0
    if method == "POST" and path == UPLOAD:
        return UPLOAD_LIMIT
    return BODY_LIMIT if method in ("POST", "PUT") else 0


bodies = BodyReader(
    limit,
    number=settings.MAX_CONNECTIONS // 2,
    budget=BUDGET,
    max_in_memory=BODY_LIMIT,
    folder=os.environ.get("TEST_FOLDER"),
    seconds=settings.REQUEST_BODY_SECONDS,
    rate=settings.REQUEST_BODY_RATE,
)
bridged = build(application, threads=THREADS, bodies=bodies)
