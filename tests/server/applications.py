"""A WSGI application that does on purpose what Django does by accident, served by the real bridge and gunicorn.

It is slow until a test opens its gate (a file), answers much, fails, or ends its process; and it remembers what it
was asked, so that a test can tell what never reached it.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import blog_project.wsgi  # noqa: F401  (loads Django)  # isort: skip
from apps.server.layers import build

GATES = Path(os.environ.get("TEST_GATES", tempfile.gettempdir()))
LARGE = 12 * 2**20
"""More than the sockets of both ends hold between them."""
BODY_LIMIT, UPLOAD_LIMIT = 1000, 3000
UPLOADS = ["/environ/upload"]
THREADS = 8

calls: list[str] = []
large_file = GATES / "large-file"
if "TEST_GATES" in os.environ:  # In the server, and before any request: a second one could find it half written.
    large_file.write_bytes(b"y" * LARGE)


class Closing:
    """An iterable body that says when it was closed."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"one, "
        yield b"two"

    def close(self) -> None:
        """Leave a mark."""
        (GATES / "closed").touch()


class MarkedFile:
    """A file that says when it was closed, and is not closed by being forgotten."""

    def read(self, size: int) -> bytes:
        """Return something, without end."""
        return b"z" * size

    def close(self) -> None:
        """Leave a mark."""
        (GATES / "file-closed").touch()


def application(environ: dict, start_response: Callable):
    """Do what the path says."""
    path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
    calls.append(environ.get("HTTP_X_NAME", path))
    answer, status, headers = b"ok", "200 OK", []
    match path.split("/")[1]:
        case "calls":
            answer = json.dumps(calls).encode()
        case "environ":
            strings = {name: value for name, value in environ.items() if isinstance(value, str)}
            answer = json.dumps(strings | {"body": sha256(body).hexdigest()}).encode()
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
            return Closing()
        case "status":
            status = path.split("/")[2] + " As asked"
        case "fail":
            raise RuntimeError("asked to fail with bst_0123456789abcdef")
        case "exit":
            os._exit(1)
    start_response(status, headers)
    return [answer]


bridged = build(
    application,
    threads=THREADS,
    body_limit=int(os.environ.get("TEST_BODY_LIMIT", BODY_LIMIT)),
    upload_limit=UPLOAD_LIMIT,
    uploads=UPLOADS,
)
