"""Liveness and readiness probes, for the kubelet, a load balancer or curl.

Neither queries the database once the process is ready: a short outage of the database would otherwise take every pod
out of every Service at once, and with them the cached pages. Database health is a metric and an alert.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from . import browser_policy


class Readiness:
    """Whether this process has once seen its database with every migration applied."""

    retry_seconds = 1.0

    def __init__(self) -> None:
        self.reason = "starting"
        self._checked_at = float("-inf")
        self._lock = threading.Lock()

    def check(self) -> str:
        """Return why the process is not ready, or an empty string. Queries the database until it was ready once."""
        if (
            self.reason
            and time.monotonic() - self._checked_at >= self.retry_seconds
            and self._lock.acquire(blocking=False)
        ):
            try:
                self.reason = self._query()
                self._checked_at = time.monotonic()
            finally:
                self._lock.release()
        return self.reason

    @staticmethod
    def _query() -> str:
        try:
            executor = MigrationExecutor(connection)
            pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:
            return f"the database does not answer: {error.__class__.__name__}"
        return f"{len(pending)} migrations are not applied; run manage.py migrate" if pending else ""


readiness = Readiness()


class HealthMiddleware:
    """Answer `/livez` and `/readyz` before anything else, the host check included (probes send the pod's IP)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe in plain text, 200 or 503, or pass the request on."""
        if request.path_info == "/livez":
            return self._answer(request, "")
        if request.path_info == "/readyz":
            return self._answer(request, readiness.check())
        return self.get_response(request)

    @staticmethod
    def _answer(request: HttpRequest, problem: str) -> HttpResponse:
        response = HttpResponse(
            f"{problem or 'ok'}\n",
            content_type="text/plain; charset=utf-8",
            status=503 if problem else 200,
            headers={"Cache-Control": "no-store"},
        )
        browser_policy.apply(request, response)
        return response
