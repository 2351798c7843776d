"""The counter of public changes."""

from __future__ import annotations

from django.db import models


class ContentGeneration(models.Model):
    """One row, one counter: how often what the public sees has changed."""

    value = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.value)
