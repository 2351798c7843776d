"""The id of the current request, for logs and the audit trail; "-" outside of requests."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
