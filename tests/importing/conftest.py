"""Export files to import, and the results of the commands that import them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO

import pytest
from django.core.management import call_command

from tests.importing import wxr


@dataclass
class CommandResult:
    """The output and the exit status of a command."""

    out: str
    err: str
    status: int

    @property
    def last_line(self) -> str:
        """The counts of posts."""
        return self.out.strip().splitlines()[-1]

    @property
    def problems(self) -> list[str]:
        """The lines of the error output."""
        return self.err.strip().splitlines()

    def problems_beside(self, *known: str) -> list[str]:
        """The lines of the error output without those that contain one of these texts."""
        return [problem for problem in self.problems if not any(text in problem for text in known)]


def run(command: str, *arguments: str) -> CommandResult:
    """Run a management command."""
    out, err, status = StringIO(), StringIO(), 0
    try:
        call_command(command, *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as error:
        status = error.code
    return CommandResult(out.getvalue(), err.getvalue(), status)


@pytest.fixture
def wordpress(tmp_path, db) -> Callable[..., CommandResult]:
    """Import an export of WordPress with these items: `wordpress(item(), item(2), options=["--dry-run"])`."""

    def import_(*items: str, options: Sequence[str] = ()) -> CommandResult:
        path = tmp_path / "old.xml"
        path.write_text(wxr.export(*items))
        return run("import_wordpress", str(path), *options)

    return import_


@pytest.fixture
def ghost(tmp_path, db) -> Callable[..., CommandResult]:
    """Import an export of Ghost with these tables: `ghost(posts=[…], options=["--dry-run"])`."""

    def import_(*, options: Sequence[str] = (), **tables: list) -> CommandResult:
        path = tmp_path / "old.json"
        path.write_text(json.dumps({"db": [{"meta": {"version": "5.0.0"}, "data": tables}]}))
        return run("import_ghost", str(path), *options)

    return import_
