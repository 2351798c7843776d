"""Deletes expired idempotency keys. To be run daily."""

from __future__ import annotations

from apps.api.models import IdempotencyKey
from apps.audit.commands import RecordedCommand


class Command(RecordedCommand):
    """`manage.py clear_idempotency_keys`."""

    help = "Deletes the keys and the answers of requests that came with an Idempotency-Key more than 24 hours ago."

    def handle(self, *args, **options) -> None:
        """Delete the expired keys and print their number."""
        self.done = f"{IdempotencyKey.objects.clear_expired()} keys deleted"
        self.stdout.write(self.done)
