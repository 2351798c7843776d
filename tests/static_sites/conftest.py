"""Folders to import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apps.posts.models import Post
from tests.importing.conftest import CommandResult, run

NO_DATE = "has no date, and neither its address nor its file name tells one; a draft here"


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
