"""Deletes the IP addresses of comments after COMMENT_ADDRESS_DAYS. To be run daily."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from apps.comments import services


class Command(BaseCommand):
    """`manage.py forget_addresses`."""

    help = "Deletes the IP addresses of comments that are older than COMMENT_ADDRESS_DAYS."

    def handle(self, *args, **options) -> None:
        """Delete the old addresses and print their number."""
        self.stdout.write(f"{services.forget_addresses()} addresses forgotten")
