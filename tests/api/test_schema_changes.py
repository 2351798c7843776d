"""The API's description is committed, and a change of it that breaks a client has to be said."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.servers import ROOT

CONTRACT = ROOT / "docs" / "openapi.yaml"
ACCEPTED = ROOT / "docs" / "openapi-accepted.txt"


def breaking(before: Path, after: Path) -> subprocess.CompletedProcess:
    """Compare two descriptions with oasdiff (https://www.oasdiff.com); it fails where a client of the first may break."""
    tool = shutil.which("oasdiff")
    if tool is None:
        (pytest.fail if os.environ.get("CI") and shutil.which("go") else pytest.skip)("oasdiff is not installed")
    marked = ["--err-ignore", ACCEPTED, "--warn-ignore", ACCEPTED]
    command = [tool, "breaking", before, after, "--fail-on", "WARN", "--format", "singleline", *marked]
    return subprocess.run(command, capture_output=True, text=True)


def committed() -> list[str]:
    """Return every version of it since the last release, oldest first; none in a clone without history."""
    git = ["git", "-C", ROOT]
    tag = subprocess.run([*git, "describe", "--tags", "--abbrev=0"], capture_output=True, text=True).stdout.strip()
    command = [*git, "log", "--reverse", "--format=%H", *([f"{tag}..HEAD"] if tag else []), "--", CONTRACT]
    commits = subprocess.run(command, capture_output=True, text=True).stdout.split()
    names = [f"{commit}:docs/openapi.yaml" for commit in ([tag] if tag else []) + commits]
    shown = [subprocess.run([*git, "show", name], capture_output=True, text=True) for name in names]
    return [version.stdout for version in shown if version.returncode == 0]


def test_what_is_committed_is_what_the_code_does(tmp_path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(made))
    assert made.read_text() == CONTRACT.read_text(), "The API has changed: run make openapi, and look at what changes."


def test_no_change_since_the_last_release_breaks_a_client_unless_that_is_marked(tmp_path):
    versions = [*committed(), CONTRACT.read_text()]
    files = [tmp_path / f"{number}.yaml" for number, _version in enumerate(versions)]
    for file, version in zip(files, versions, strict=True):
        file.write_text(version)
    for before, after in zip(files, files[1:], strict=False):
        compared = breaking(before, after)
        assert compared.returncode == 0, f"{compared.stdout}\nIf it has to be, put such a line into {ACCEPTED.name}."


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("name: published_before\n", "name: published_until\n"),
        ("        word_count:\n", "        words:\n"),
        ("          maximum: 100\n", "          maximum: 50\n"),
    ],
)
def test_a_break_is_seen(tmp_path, there, instead):
    changed = tmp_path / "changed.yaml"
    text = CONTRACT.read_text()
    assert there in text
    changed.write_text(text.replace(there, instead))
    assert breaking(CONTRACT, changed).returncode != 0
