"""Folders and export files to import, and the results of the commands that import them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.posts.models import Post
from tests.importing import wxr

NO_DATE = "has no date, and neither its address nor its file name tells one; a draft here"


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


class Folder:
    """A folder of Markdown files that can be imported."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def run(self, *options: str, folder: str = "") -> CommandResult:
        """Import the folder, or a folder below it."""
        return run("import_markdown", str(self.path / folder), *options)

    def post(self, name: str, text: str, *options: str) -> Post:
        """Write a file, import it without warnings (but that it has no date), and return its post."""
        self.write(name, text)
        run = self.run(*options)
        assert (run.status, run.problems_beside(NO_DATE)) == (0, [])
        return Post.objects.get(source_id__endswith=f"/{name}")


@pytest.fixture
def folder(tmp_path, db) -> Folder:
    """An empty folder called `blog`."""
    (tmp_path / "blog").mkdir()
    return Folder(tmp_path / "blog")


@pytest.fixture
def yaml_post(folder) -> Callable[..., Post]:
    """Import a post with this YAML front matter, and return it."""

    def make(front_matter: str, body: str = "Text.", name: str = "a-post.md", *options: str) -> Post:
        dated = front_matter if "date:" in front_matter else f"{front_matter}\ndate: 2026-01-01"
        return folder.post(name, f"---\n{dated}\n---\n\n{body}\n", *options)

    return make


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
