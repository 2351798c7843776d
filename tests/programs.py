"""The programs that tests run; tools/prepare.py lists and installs them."""

from __future__ import annotations

import os

import pytest

from tools import prepare

_PROGRAMS = {program.name: program for program in prepare.PROGRAMS}


def need(name: str) -> str:
    """Return the path of a program of tools/prepare.py. If it is missing, skip the test; in CI, fail it."""
    program = _PROGRAMS[name]
    found = prepare.find(name)
    if not found:
        _skip(f"{name} ({program.source}'s {program.package})")
    return found


def need_driver() -> None:
    """Skip the test if the MySQL driver is not installed; in CI, fail it."""
    try:
        import MySQLdb  # noqa: F401
    except ImportError:
        _skip("the MySQL driver, which is compiled (tools/prepare.py)")


def _skip(what: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"missing: {what}")
