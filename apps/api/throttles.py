"""How much a client may ask: so many requests of each operation, by its token (API_TOKEN_RATES) or address (API_ADDRESS_RATES).

DRF counts in Django's cache: with Redis for all processes together, without for each by itself.
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

AWAY_SECONDS = 10
"""For how long nothing is counted after the cache did not answer: requests do not each wait for it."""


class Throttle(SimpleRateThrottle, ABC):
    """A limit whose rate is known with the request. Where the cache that counts is away, there is none."""

    away_until: ClassVar[float] = 0.0

    def __init__(self) -> None:
        """Leave the rate open: it depends on the request, and DRF would read it from the settings here."""

    @abstractmethod
    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the rate as DRF has it, `600/minute`; None is no limit."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Tell whether this one is within the limit."""
        self.rate = self.rate_for(request, view)
        self.num_requests, self.duration = self.parse_rate(self.rate)
        if time.monotonic() < Throttle.away_until:
            return True
        try:
            return super().allow_request(request, view)
        except Exception:
            logger.exception("The cache does not answer, so requests are not counted")
            Throttle.away_until = time.monotonic() + AWAY_SECONDS
            return True


def counted_as(view: Any) -> Operation:
    """Return the operation that a request counts as: what declares none, such as the documentation, is read."""
    return operation_of(view) or Operation.READ


class TokenThrottle(Throttle):
    """The requests of one token, for each operation."""

    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the rate of the operation."""
        return settings.API_TOKEN_RATES.get(counted_as(view))

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Return whose requests are counted together; None for one without a token."""
        return request.auth and f"throttle_{counted_as(view)}_token_{request.auth.pk}"


class AddressThrottle(Throttle):
    """The requests without a good token of one address (of one network, for IPv6), for each operation."""

    def rate_for(self, request: Request, view: Any) -> str | None:
        """Return the rate of the operation."""
        return settings.API_ADDRESS_RATES.get(counted_as(view))

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Return whose requests are counted together; None for one with a token."""
        if request.auth is not None:
            return None
        return f"throttle_{counted_as(view)}_address_{network(request)}"


THROTTLES = [TokenThrottle, AddressThrottle]
