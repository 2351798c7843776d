"""Logs: JSON lines with a request id and the role in production, plain lines in a terminal."""

from __future__ import annotations

import logging
import logging.config
import re
import sys
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

request_id: ContextVar[str] = ContextVar("request_id", default="-")
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestMiddleware:
    """Give each request an id: the gateway's `X-Request-ID` where it is a sane one, else a new one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.id`, have every log line of this request carry it, and return it to the client."""
        given = request.headers.get("X-Request-ID", "")
        request.id = given if _ACCEPTABLE.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(request.id)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.id
            return response
        finally:
            request_id.reset(token)


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


def config(options: dict[str, str]) -> dict:
    """Return the `logging.config.dictConfig` for `{"format": json|text|auto, "level": …, "role": …}`."""
    chosen = options["format"]
    if chosen == "auto":
        chosen = "text" if sys.stderr.isatty() else "json"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": ContextFilter, "role": options["role"]}},
        "formatters": {
            "text": {
                "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
                "datefmt": "%H:%M:%S",
            },
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(role)s %(request_id)s %(message)s",
                "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            },
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "filters": ["context"], "formatter": chosen},
        },
        "root": {"handlers": ["stderr"], "level": options["level"]},
    }


def configure(options: dict[str, str]) -> None:
    """Django's LOGGING_CONFIG hook."""
    logging.config.dictConfig(config(options))
