"""Deletes expired idempotency keys. To be run daily."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from apps.api.models import IdempotencyKey


class Command(BaseCommand):
    """`manage.py clear_idempotency_keys`."""

    help = "Deletes the keys and the answers of requests that came with an Idempotency-Key more than 24 hours ago."

    def handle(self, *args, **options) -> None:
        """Delete the expired keys and print their number."""
        self.stdout.write(f"{IdempotencyKey.objects.clear_expired()} keys deleted")
