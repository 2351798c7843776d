"""Ask a database of vulnerabilities (OSV) about all packages of production, with pip-audit: `tools/audit.py`.

Exits with 1 if it knows one of a version in requirements/base.txt or production.txt that `ACCEPTED` does not name. Where the
database does not answer, prints "not run here" and exits with 0.

    OSV_URL   the address of the database, if it is another one than pip-audit's
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LOCK_FILES = ("requirements/base.txt", "requirements/production.txt")


class Accepted(NamedTuple):
    """A known vulnerability with which we go on for a while."""

    reason: str
    """Why it does no harm here, or what has to happen before the package can be upgraded."""
    until: date
    """The last day. Afterwards it is a problem again."""


ACCEPTED: dict[str, Accepted] = {}
"""Vulnerabilities by their id, as `tools/audit.py` prints it."""


class NoAnswer(Exception):
    """The database does not answer."""


def problems(today: date) -> list[str]:
    """Return a line for each vulnerability that is not accepted on a day. Raises NoAnswer."""
    found: dict[str, str] = {}
    for package in _ask():
        for vulnerability in package["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            found[vulnerability["id"]] = (
                f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in {fixed}"
            )
    problems = [line for key, line in found.items() if key not in ACCEPTED]
    for key, accepted in ACCEPTED.items():
        if key not in found:
            problems.append(f"ACCEPTED names {key}, which is not found any more")
        elif accepted.until < today:
            problems.append(f"{found[key]}; accepted until {accepted.until} only ({accepted.reason})")
    return sorted(problems)


def _ask() -> list[dict]:
    """Return pip-audit's answers about all packages of the lock files."""
    words = [
        sys.executable,
        "-m",
        "pip_audit",
        "--vulnerability-service",
        "osv",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    words += ["--require-hashes", "--disable-pip", *(word for file in LOCK_FILES for word in ("--requirement", file))]
    if url := os.environ.get("OSV_URL"):
        words += ["--osv-url", url]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["dependencies"]
    except ValueError:
        raise NoAnswer((done.stderr.strip() or "no output").splitlines()[-1]) from None


if __name__ == "__main__":
    try:
        lines = problems(date.today())
    except NoAnswer as error:
        sys.exit(print(f"not run here: known vulnerabilities of packages ({error})"))
    print("\n".join(lines) or "No known vulnerability in requirements/base.txt and production.txt")
    sys.exit(bool(lines))
