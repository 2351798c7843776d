"""The programs that tests run: each is in the list of tools/prepare.py, which installs them."""

from __future__ import annotations

import os

import pytest

from tools import prepare

_PROGRAMS = {program.name: program for program in prepare.PROGRAMS}


def need(name: str) -> str:
    """Return the path of a program of the list. Where it is missing the test is not run; in CI it fails."""
    program = _PROGRAMS[name]
    found = prepare.find(name)
    if not found:
        _do_not_run(f"{name} ({program.source}'s {program.package})")
    return found


def need_driver() -> None:
    """Do not run a test where the MySQL driver could not be compiled; in CI it fails."""
    try:
        import MySQLdb  # noqa: F401
    except ImportError:
        _do_not_run("the MySQL driver, which is compiled (tools/prepare.py)")


def _do_not_run(what: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"missing: {what}")
