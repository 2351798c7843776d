"""Limits for what may be tried so often in a time, counted in the database, so that all pods count together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import LimitCount

RETENTION = timedelta(days=1)
"""How long counts are kept, which is longer than any limit's period."""


class Limit(NamedTuple):
    """At most `number` in a `period`, which begins with the first one. A value is a name, an address or the like."""

    name: str
    number: int
    period: timedelta

    def add(self, value: str) -> bool:
        """Count one, and return whether it is within the limit."""
        now, row = timezone.now(), LimitCount.objects.filter(key=self._key(value))
        current = row.filter(since__gt=now - self.period)
        if not current.update(count=F("count") + 1):
            # One statement after the other, each by itself: in a transaction, those of several clients wait for each
            # other until the database gives up on some, whose attempts would not be counted.
            LimitCount.objects.bulk_create(
                [LimitCount(key=self._key(value), count=0, since=now)], ignore_conflicts=True
            )
            row.filter(since__lte=now - self.period).update(count=0, since=now)
            row.update(count=F("count") + 1)
        return (current.values_list("count", flat=True).first() or 0) <= self.number

    def reached_until(self, value: str) -> datetime | None:
        """Return when the limit ends that is reached for a value, or None if it is not reached."""
        reached = LimitCount.objects.filter(
            key=self._key(value), since__gt=timezone.now() - self.period, count__gte=self.number
        )
        since = reached.values_list("since", flat=True).first()
        return since and since + self.period

    def reset(self, value: str) -> None:
        """Forget the count of a value."""
        LimitCount.objects.filter(key=self._key(value)).delete()

    def _key(self, value: str) -> str:
        # A keyed digest, because the values are names and addresses of people.
        return salted_hmac(f"accounts.limits.{self.name}", value, algorithm="sha256").hexdigest()


def clear_expired() -> int:
    """Delete the counts that no limit needs any more, and return their number."""
    return LimitCount.objects.filter(since__lt=timezone.now() - RETENTION).delete()[0]
