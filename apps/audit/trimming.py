"""Deleting old entries: whole days, from the beginning of the chain, so that what is left can still be verified."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from apps.core import signing

from . import chain
from .models import AuditChain, AuditEntry

BATCH = 1_000
"""The number of entries that one transaction deletes."""


def start_of_day(days: int) -> datetime:
    """Return the beginning of the day (UTC) this many days ago."""
    return datetime.combine(timezone.now().astimezone(UTC).date() - timedelta(days=days), time(), UTC)


def trim(before: datetime) -> int:
    """Delete the entries of the days before a time, in batches, the oldest first; return their number."""
    deleted = 0
    while number := _trim_chain(before):
        deleted += number
    unchained = AuditEntry.objects.filter(position=None, at__lt=before).order_by("at", "id")
    while keys := list(unchained.values_list("pk", flat=True)[:BATCH]):
        deleted += AuditEntry.objects.filter(pk__in=keys).delete()[0]
    return deleted


def _trim_chain(before: datetime) -> int:
    """Delete up to `BATCH` entries from the beginning of the chain; return their number."""
    with transaction.atomic():
        end = AuditChain.objects.select_for_update().get(pk=1)
        first = AuditEntry.objects.filter(position__gt=end.trimmed_position).order_by("position")
        old = []
        for entry in first.only("at", "position", "digest")[:BATCH]:
            if entry.at >= before:
                break
            old.append(entry)
        if old:
            AuditEntry.objects.filter(pk__in=[entry.pk for entry in old]).delete()
            end.trimmed_position, end.trimmed_digest = old[-1].position, old[-1].digest
            end.seal = signing.digest(chain.sealed(end), salt=chain.SALT)
            end.save()
        return len(old)
