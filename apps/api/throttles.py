"""Rate limits for each operation, by token (API_TOKEN_RATES) or by IP address (API_ADDRESS_RATES).

DRF counts in Django's cache: with Redis the processes share their counts, without it each process has its own.
"""

from __future__ import annotations

import logging
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from apps.core.clients import network
from blog_project.roles import Operation

from .operations import operation_of

logger = logging.getLogger(__name__)

POLICY_HEADER, LIMIT_HEADER = "RateLimit-Policy", "RateLimit"
CACHE_RETRY_SECONDS = 10
"""How long requests are not counted after an error of the cache, so that they do not all wait for it."""


class Throttle(SimpleRateThrottle, ABC):
    """A limit whose rate depends on the request. While the cache is unavailable, there is no limit."""

    retry_cache_at: ClassVar[float] = 0.0
    key: str | None = None
    """The key of the count in the cache; None if the request was not counted."""
    weight = 1
    """How many requests are counted."""

    def __init__(self) -> None:
        """Set no rate: it depends on the request, and DRF would read it from the settings here."""

    @abstractmethod
    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the rate in DRF's format, such as `600/minute`, or None for no limit."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return whether the request is within the limit."""
        self.rate, self.weight = self.rate_for(request, view), getattr(view, "weight", 1)
        self.num_requests, self.duration = self.parse_rate(self.rate)
        if time.monotonic() < Throttle.retry_cache_at:
            return True
        try:
            return super().allow_request(request, view)
        except Exception:
            logger.exception("The cache does not answer, so requests are not counted")
            self.key = None
            Throttle.retry_cache_at = time.monotonic() + CACHE_RETRY_SECONDS
            return True

    def throttle_success(self) -> bool:
        """Count the request, or the several that it stands for, if there is room for all of them."""
        if len(self.history) + self.weight > self.num_requests:
            return self.throttle_failure()
        self.history[:0] = [self.now] * self.weight
        self.cache.set(self.key, self.history, self.duration)
        return True

    def wait(self) -> float:
        """Return the seconds until there is room: until enough of the oldest requests are no longer counted."""
        if not self.history:
            return self.duration
        surplus = len(self.history) + self.weight - self.num_requests
        return self.duration - (self.now - self.history[-min(surplus, len(self.history))])

    @abstractmethod
    def policy(self, view: Any) -> str:
        """Return the name of the limit in the headers of a response."""

    def left(self) -> tuple[int, int]:
        """Return how many requests are left, and the seconds until there is another one."""
        passed = self.now - self.history[-1] if self.history else 0
        return max(0, self.num_requests - len(self.history)), max(1, math.ceil(self.duration - passed))


def headers(throttles: Iterable[Throttle], view: Any) -> dict[str, str]:
    """Return `RateLimit-Policy` and `RateLimit` for the limits by which a request was counted.

    They are those of draft-ietf-httpapi-ratelimit-headers-10, with one item for each limit: `q` requests are allowed in
    `w` seconds, `r` are left, and in `t` seconds there is another one.
    """
    counted = [(throttle.policy(view), throttle, *throttle.left()) for throttle in throttles if throttle.key]
    if not counted:
        return {}
    policies = [f'"{name}";q={throttle.num_requests};w={throttle.duration}' for name, throttle, _r, _t in counted]
    limits = [f'"{name}";r={remaining};t={seconds}' for name, _throttle, remaining, seconds in counted]
    return {POLICY_HEADER: ", ".join(policies), LIMIT_HEADER: ", ".join(limits)}


def throttled_operation(view: Any) -> Operation:
    """Return the operation by which a request is counted; read for views without one, such as the documentation."""
    return operation_of(view) or Operation.READ


class OperationThrottle(Throttle):
    """A limit for each operation."""

    def policy(self, view: Any) -> str:
        """Return the name of the operation."""
        return throttled_operation(view).value


class TokenThrottle(OperationThrottle):
    """Limits the requests with one token, for each operation."""

    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the rate of the operation."""
        return settings.API_TOKEN_RATES.get(throttled_operation(view))

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Return the key of the token's count, or None for a request without a token, which is not limited here."""
        return request.auth and f"throttle_{throttled_operation(view)}_token_{request.auth.pk}"


class AddressThrottle(OperationThrottle):
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
