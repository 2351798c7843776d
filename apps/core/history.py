"""django-simple-history, and where a version came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from simple_history.models import HistoricalRecords

__all__ = ["COMMAND", "TOKEN", "HistoricalRecords", "Origin", "made_by"]

COMMAND, TOKEN = "command", "token"
"""The kinds of programs that `Origin.program` tells of."""

_program: ContextVar[str] = ContextVar("program", default="")


@contextmanager
def made_by(kind: str, name: str) -> Iterator[None]:
    """Have the versions that are written meanwhile say which program wrote them."""
    token = _program.set(f"{kind}:{name}")
    try:
        yield
    finally:
        _program.reset(token)


def running_release() -> str:
    """Return the release of this process, as a version stores it."""
    return settings.RELEASE[:64]


def running_program() -> str:
    """Return the program that writes just now, as a version stores it."""
    return _program.get()[:150]


class Origin(models.Model):
    """What a version says of the process that wrote it. Versions of earlier releases say nothing."""

    release = models.CharField(max_length=64, blank=True, editable=False, db_default="", default=running_release)
    program = models.CharField(max_length=150, blank=True, editable=False, db_default="", default=running_program)

    class Meta:
        abstract = True

    @property
    def written_by(self) -> str:
        """Say which program wrote it, where it was none of the editors' pages."""
        kind, _colon, name = self.program.partition(":")
        if kind == TOKEN:
            return _("API token “%s”") % name
        return _("command %s") % name if kind == COMMAND else ""
