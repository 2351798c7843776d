"""Logs: JSON lines with a request id and the role in production, plain lines in a terminal."""

from __future__ import annotations

import json
import logging
import logging.config
import os
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from random import getrandbits
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from apps.core.request_ids import request_id
from blog_project import roles

if TYPE_CHECKING:  # gunicorn's arbiter logs too, and has no use for the rest of Django.
    from django.http import HttpRequest, HttpResponse

_ACCEPTABLE = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_SECRETS = re.compile(r"(bst_|/reset/[^/\s]+/|/preview/(?=[\w%-]{16}))[\w%-]{8,}")
"""What would let a reader of the logs in: an API token, the key in the address of a password reset, a preview link."""

# What a handler may ask of any record.
_OF_EVERY_RECORD = vars(logging.makeLogRecord({}))
_encode = json.JSONEncoder(ensure_ascii=False).encode

access_logger = logging.getLogger("blog_project.access")


def acceptable(given: bytes | None) -> bytes:
    """Return the `X-Request-ID` that a request came with, if it is a sane one, and else a new one."""
    if given and _ACCEPTABLE.fullmatch(given):
        return given
    # No secret, so the system need not be asked for it.
    return b"%032x" % getrandbits(128)


# On the loop


def identified(scope: MutableMapping[str, Any]) -> dict[str, Any]:
    """Return the ASGI scope of a request under one sane `X-Request-ID`, which its log lines carry from here on."""
    given, headers = b"", []
    for header in scope["headers"]:
        if header[0] == b"x-request-id":
            given = header[1]
        else:
            headers.append(header)
    chosen = acceptable(given)
    request_id.set(chosen.decode())
    headers.append((b"x-request-id", chosen))
    return {**scope, "headers": headers}


def path(scope: MutableMapping[str, Any]) -> str:
    """Return a request's path as it was sent, without its query, which may hold what is private (a search, an address)."""
    return (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")


def access(scope: MutableMapping[str, Any], status: int, size: int, seconds: float, own_id: bytes = b"") -> None:
    """Log one answered request: `size` in bytes of body, `seconds` until the last of them was handed on.

    `own_id` is the request's, where it was not set (`identified`).

    Probes that were answered well are only of interest while debugging.
    """
    if not access_logger.isEnabledFor(logging.INFO):
        return
    level = logging.DEBUG if status == 200 and scope["path"] in roles.EVERYWHERE else logging.INFO
    if not access_logger.isEnabledFor(level):
        return
    if own_id:
        request_id.set(own_id.decode())
    access_logger.handle(
        AccessRecord(
            level,
            method=scope["method"],
            path=path(scope),
            status=status,
            duration_ms=round(seconds * 1000, 1),
            bytes=size,
        )
    )


class AccessRecord(logging.LogRecord):
    """An answered request, as a record that costs a fraction of others: there is one for each cached page that is sent.

    `facts` are what the line says of the request. Which file, line and thread it comes from is always the same.
    """

    def __init__(self, level: int, **facts: Any) -> None:
        now = time.time()
        self.__dict__.update(
            _OF_EVERY_RECORD,
            **facts,
            name=access_logger.name,
            levelno=level,
            levelname=logging.getLevelName(level),
            msg="%(method)s %(path)s %(status)s %(duration_ms)s ms %(bytes)s bytes",
            args=facts,
            created=now,
            msecs=now % 1 * 1000,
            process=os.getpid(),
        )

    def line(self) -> dict[str, Any]:
        """Return what a line for programs says."""
        return {
            "level": self.levelname,
            "logger": self.name,
            "process": self.process,
            "role": self.role,
            "request_id": self.request_id,
            "message": self.getMessage(),
            **self.args,
            "time": datetime.fromtimestamp(self.created, UTC).isoformat(),
        }


# In the threads


class RequestMiddleware:
    """Give each request an id: the gateway's `X-Request-ID` where it is a sane one, else a new one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.id`, have every log line of this request carry it, and return it to the client."""
        request.id = acceptable(request.headers.get("X-Request-ID", "").encode()).decode()
        token = request_id.set(request.id)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.id
            return response
        finally:
            request_id.reset(token)


# In every process


class ContextFilter(logging.Filter):
    """Put the request id and the role on every record."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role = role

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the two attributes; keep every record."""
        record.request_id = request_id.get()
        record.role = self.role
        return True


def _without_secrets(line: str) -> str:
    # Few lines have one of these, and to look for them one by one takes a fraction of the expression's time.
    if "bst_" in line or "/reset/" in line or "/preview/" in line:
        return _SECRETS.sub(r"\1***", line)
    return line


class TextFormatter(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and its traceback, without secrets."""
        return _without_secrets(super().format(record))


class JSONFormatter(JsonFormatter):
    """A line for programs: what a record says, its `extra` fields and its traceback, as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without secrets."""
        if isinstance(record, AccessRecord):
            return _without_secrets(_encode(record.line()))
        return _without_secrets(super().format(record))


def config(options: dict[str, Any]) -> dict[str, Any]:
    """Return the `logging.config.dictConfig` for `{"format": json|text|auto, "level": …, "role": …, "access": bool}`."""
    chosen = options["format"]
    if chosen == "auto":
        chosen = "text" if sys.stderr.isatty() else "json"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": ContextFilter, "role": options["role"]}},
        "formatters": {
            "text": {
                "()": TextFormatter,
                "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
                "datefmt": "%H:%M:%S",
            },
            "json": {
                "()": JSONFormatter,
                "format": "%(levelname)s %(name)s %(process)d %(role)s %(request_id)s %(message)s",
                "timestamp": "time",
                "rename_fields": {"levelname": "level", "name": "logger"},
                # Django attaches the request to its records; as text that is the address with its query.
                "reserved_attrs": [*RESERVED_ATTRS, "request", "server_time"],
            },
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "filters": ["context"], "formatter": chosen},
        },
        "root": {"handlers": ["stderr"], "level": options["level"]},
        "loggers": {
            access_logger.name: {"level": options["level"] if options["access"] else "WARNING"},
            # The access line says already what was answered: a 404 is not worth a second one, an exception is.
            "django.request": {"level": "ERROR"},
            # Logins are in the audit trail; each would be four lines here.
            "axes": {"level": "WARNING"},
            # Scanners ask for any host; each would leave a traceback.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # gunicorn's own lines, in the same format.
            "gunicorn.error": {"handlers": ["stderr"], "level": options["level"], "propagate": False},
        },
    }


def configure(options: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG hook."""
    logging.config.dictConfig(config(options))
