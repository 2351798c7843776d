"""The content generation: a counter of public changes."""

from __future__ import annotations

from django.db import models


class ContentGeneration(models.Model):
    """A table with one row, whose value is the number of changes of the public content."""

    value = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.value)
