"""The history of a folder is read from its own repository, whatever the environment and the configuration say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from apps.importing.source_folders import SourceFolders
from apps.static_sites.file_history import FileHistory

AUTHOR = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@x.example"}
COMMITTER = {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@x.example"}


def git(folder: Path, *arguments: str, **environment: str) -> str:
    """Run git in a folder."""
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **AUTHOR, **COMMITTER, **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """Make a repository with one file, committed at this moment."""

    def make(name: str, date: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "-q")
        (folder / "a.md").write_text(name)
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", name, GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        return folder

    return make


def test_variables_of_git_do_not_lead_to_another_repository(repository, monkeypatch):
    blog, other = repository("blog", "2020-01-01T00:00:00Z"), repository("other", "2021-01-01T00:00:00Z")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert FileHistory(blog, SourceFolders(blog)).created("a.md").year == 2020


def test_the_first_commit_is_read_though_the_configuration_leaves_it_out(repository):
    blog = repository("blog", "2020-01-01T00:00:00Z")
    git(blog, "config", "log.showRoot", "false")
    assert FileHistory(blog, SourceFolders(blog)).created("a.md").year == 2020


@pytest.mark.parametrize("date", ["253402300800 +0000", "99999999999 +0000", "1577836800 +9959", "never", ""])
def test_a_commit_with_a_date_that_cannot_be_is_skipped(repository, date):
    blog = repository("blog", "2020-01-01T00:00:00Z")
    (blog / "a.md").write_text("changed")
    git(blog, "commit", "-q", "-a", "-m", "Change")
    commit = git(blog, "cat-file", "commit", "HEAD")
    lines = [f"author A <a@x.example> {date}" if line.startswith("author") else line for line in commit.split("\n")]
    odd = blog.parent / "commit"
    odd.write_text("\n".join(lines) + "\n")
    git(blog, "update-ref", "HEAD", git(blog, "hash-object", "-t", "commit", "-w", "--literally", str(odd)))
    assert FileHistory(blog, SourceFolders(blog)).created("a.md").year == 2020
