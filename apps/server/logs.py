"""Logs: JSON lines with a request id and the role in production, plain lines in a terminal."""

from __future__ import annotations

import logging
import logging.config
import re
import sys
from collections.abc import Callable, MutableMapping
from random import getrandbits
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from apps.core.request_ids import request_id

if TYPE_CHECKING:  # gunicorn's arbiter imports this module and should not load the rest of Django.
    from django.http import HttpRequest, HttpResponse

_VALID_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_SECRETS = re.compile(r"(bst_|/reset/[^/\s]+/|/preview/(?=[\w%-]{16}))[\w%-]{8,}")
"""Credentials that must not be in logs: API tokens, the keys of password reset links and of preview links."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that a terminal obeys, or that begin a new line, but line feeds and tabs."""

access_logger = logging.getLogger("blog_project.access")


def valid_request_id(given: bytes | None) -> bytes:
    """Return the `X-Request-ID` of a request if it is valid (`_VALID_ID`), otherwise a new one."""
    if given and _VALID_ID.fullmatch(given):
        return given
    # Not a secret, so a fast pseudo-random number will do.
    return b"%032x" % getrandbits(128)


# On the event loop


def with_request_id(scope: MutableMapping[str, Any]) -> dict[str, Any]:
    """Return the ASGI scope with one valid `X-Request-ID` header, which the request's log lines carry from now on."""
    given, headers = b"", []
    for header in scope["headers"]:
        if header[0] == b"x-request-id":
            given = header[1]
        else:
            headers.append(header)
    chosen = valid_request_id(given)
    request_id.set(chosen.decode())
    headers.append((b"x-request-id", chosen))
    return {**scope, "headers": headers}


def path(scope: MutableMapping[str, Any]) -> str:
    """Return a request's path as it was sent, without its query, which may hold private data (a search, an address)."""
    return (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")


# In the threads that run Django


class RequestMiddleware:
    """Give each request an id: the gateway's `X-Request-ID` if it is valid, otherwise a new one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.id`, add it to every log line of this request, and return it to the client."""
        request.id = valid_request_id(request.headers.get("X-Request-ID", "").encode()).decode()
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


def redact(line: str) -> str:
    """Return a line with credentials masked."""
    # Few lines contain one of these, and a substring search is much faster than the expression.
    if "bst_" in line or "/reset/" in line or "/preview/" in line:
        return _SECRETS.sub(r"\1***", line)
    return line


class TextFormatter(logging.Formatter):
    """A plain line for terminals. What follows its first line break is indented, so that it looks like no other line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line and its traceback with credentials masked, and control characters escaped."""
        text = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", redact(super().format(record)))
        return text.replace("\n", "\n  ")


class JSONFormatter(JsonFormatter):
    """A JSON object per line: the message, the `extra` fields and the traceback of a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line with credentials masked."""
        return redact(super().format(record))


def chosen_format(options: dict[str, Any]) -> str:
    """Return `json` or `text`: what `auto` means depends on whether a terminal reads."""
    if options["format"] == "auto":
        return "text" if sys.stderr.isatty() else "json"
    return options["format"]


def config(options: dict[str, Any]) -> dict[str, Any]:
    """Return the `logging.config.dictConfig` for `{"format": json|text|auto, "level": …, "role": …, "access": bool}`."""
    chosen = chosen_format(options)
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
                # Django attaches the request to its records; its text contains the address with the query.
                "reserved_attrs": [*RESERVED_ATTRS, "request", "server_time"],
            },
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "filters": ["context"], "formatter": chosen},
        },
        "root": {"handlers": ["stderr"], "level": options["level"]},
        "loggers": {
            access_logger.name: {"level": options["level"] if options["access"] else "WARNING"},
            # The access log already has the status: a 404 needs no second line, an exception does.
            "django.request": {"level": "ERROR"},
            # Logins are in the audit trail; axes would log four lines for each.
            "axes": {"level": "WARNING"},
            # Scanners send arbitrary hosts; each would cause a traceback.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # gunicorn's log, in the same format. Its level is gunicorn's own setting, which its command line can change.
            "gunicorn.error": {"handlers": ["stderr"], "propagate": False},
        },
    }


def configure(options: dict[str, Any]) -> None:
    """Configure logging; called by Django as `LOGGING_CONFIG` with the setting `LOGGING`."""
    logging.config.dictConfig(config(options))
