"""History of django-simple-history, with the release and the program that wrote each version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from simple_history.models import HistoricalRecords

__all__ = ["COMMAND", "TOKEN", "HistoricalRecords", "Origin", "made_by", "made_in_the_admin"]

COMMAND, TOKEN = "command", "token"
"""The kinds of programs in `Origin.program`."""

_program: ContextVar[str] = ContextVar("program", default="")


@contextmanager
def made_by(kind: str, name: str) -> Iterator[None]:
    """Record the program `kind:name` in the versions that are written within the block."""
    token = _program.set(f"{kind}:{name}")
    try:
        yield
    finally:
        _program.reset(token)


@contextmanager
def made_in_the_admin() -> Iterator[None]:
    """Record no program in the versions that are written within the block, which runs in one that only carries them out."""
    token = _program.set("")
    try:
        yield
    finally:
        _program.reset(token)


def running_release() -> str:
    """Return the release of this process, cut to the length of `Origin.release`."""
    return settings.RELEASE[:64]


def running_program() -> str:
    """Return the program of the current `made_by` block, cut to the length of `Origin.program`."""
    return _program.get()[:150]


class Origin(models.Model):
    """The release and the program that wrote a version; empty in versions of releases before this model."""

    release = models.CharField(max_length=64, blank=True, editable=False, db_default="", default=running_release)
    program = models.CharField(max_length=150, blank=True, editable=False, db_default="", default=running_program)

    class Meta:
        abstract = True

    @property
    def written_by(self) -> str:
        """The name of the program for readers of the history; empty for the admin."""
        kind, _colon, name = self.program.partition(":")
        if kind == TOKEN:
            return _("API token “%s”") % name
        return _("command %s") % name if kind == COMMAND else ""
