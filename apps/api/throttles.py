"""Rate limits for each operation, by token (API_TOKEN_RATES) or by IP address (API_ADDRESS_RATES).

DRF counts in Django's cache: with Redis the processes share their counts, without it each process has its own.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from apps.core.clients import network
from blog_project.roles import Operation

from .operations import operation_of

logger = logging.getLogger(__name__)

CACHE_RETRY_SECONDS = 10
"""How long requests are not counted after an error of the cache, so that they do not all wait for it."""


class Throttle(SimpleRateThrottle, ABC):
    """A limit whose rate depends on the request. While the cache is unavailable, there is no limit."""

    retry_cache_at: ClassVar[float] = 0.0

    def __init__(self) -> None:
        """Set no rate: it depends on the request, and DRF would read it from the settings here."""

    @abstractmethod
    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the rate in DRF's format, such as `600/minute`, or None for no limit."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return whether the request is within the limit."""
        self.rate = self.rate_for(request, view)
        self.num_requests, self.duration = self.parse_rate(self.rate)
        if time.monotonic() < Throttle.retry_cache_at:
            return True
        try:
            return super().allow_request(request, view)
        except Exception:
            logger.exception("The cache does not answer, so requests are not counted")
            Throttle.retry_cache_at = time.monotonic() + CACHE_RETRY_SECONDS
            return True


def throttled_operation(view: Any) -> Operation:
    """Return the operation by which a request is counted; read for views without one, such as the documentation."""
    return operation_of(view) or Operation.READ


class TokenThrottle(Throttle):
    """Limits the requests with one token, for each operation."""

    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the rate of the operation."""
        return settings.API_TOKEN_RATES.get(throttled_operation(view))

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Return the key of the token's count, or None for a request without a token, which is not limited here."""
        return request.auth and f"throttle_{throttled_operation(view)}_token_{request.auth.pk}"


class AddressThrottle(Throttle):
    """Limits the requests without a valid token from one IPv4 address or IPv6 network, for each operation."""

    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the rate of the operation."""
        return settings.API_ADDRESS_RATES.get(throttled_operation(view))

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Return the key of the address's count, or None for a request with a token, which is not limited here."""
        if request.auth is not None:
            return None
        return f"throttle_{throttled_operation(view)}_address_{network(request)}"


THROTTLES = [TokenThrottle, AddressThrottle]
