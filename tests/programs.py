"""The programs that tests run: each is in the list of scripts/prepare.py, which installs them."""

from __future__ import annotations

import os

import pytest

from scripts import prepare
from tests.report import MISSING

_PROGRAMS = {program.name: program for program in prepare.PROGRAMS}


def need(name: str) -> str:
    """Return the path of a program of the list. Where it is missing the test is not run; in CI it fails."""
    program = _PROGRAMS[name]
    found = prepare.find(name)
    if not found:
        reason = f"{MISSING}{name} ({program.source}'s {program.package})"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return found
