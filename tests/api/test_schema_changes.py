"""The committed schema is up to date, and changes that break clients are documented."""

import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.programs import need
from tests.servers import ROOT

CONTRACT = ROOT / "docs" / "openapi.yaml"
BREAKS = ROOT / "docs" / "openapi-breaks.md"


def compare(before: Path, after: Path) -> subprocess.CompletedProcess:
    """Compare two schemas with oasdiff (https://www.oasdiff.com); it fails if a change may break clients."""
    command = [need("oasdiff"), "breaking", before, after, "--fail-on", "WARN", "--format", "singleline"]
    return subprocess.run(command, capture_output=True, text=True)


def git(*arguments: str) -> str:
    """Return the output of git, or "" if it fails."""
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True).stdout.strip()


def versions() -> list[str]:
    """Return the versions of the schema since the last documented break, oldest first, the current one last."""
    current = CONTRACT.read_text()
    last_break = git("log", "-1", "--format=%H", "--", str(BREAKS))
    if not last_break or git("status", "--porcelain", "--", str(BREAKS)):
        return [current]
    # Not the versions of branches, of which one lacks what another brought before both were merged.
    since = git("log", "--first-parent", "--reverse", "--format=%H", f"{last_break}..HEAD", "--", str(CONTRACT)).split()
    return [f"{git('show', f'{commit}:docs/openapi.yaml')}\n" for commit in (last_break, *since)] + [current]


def test_the_committed_schema_is_up_to_date(tmp_path):
    generated = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(generated))
    assert generated.read_text() == CONTRACT.read_text(), "The API has changed: run make openapi and review the diff."


def test_breaking_changes_of_the_schema_are_documented(tmp_path):
    files = []
    for number, version in enumerate(versions()):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(version)
    for before, after in zip(files, files[1:], strict=False):
        comparison = compare(before, after)
        assert comparison.returncode == 0, f"{comparison.stdout}\nIf it is intended, document it in docs/{BREAKS.name}."


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: published_before\n", "name: published_until\n"),
        ("        word_count:\n", "        words:\n"),
        ("          maximum: 100\n", "          maximum: 50\n"),
    ],
)
def test_oasdiff_detects_breaking_changes(tmp_path, old, new):
    changed = tmp_path / "changed.yaml"
    text = CONTRACT.read_text()
    assert old in text
    changed.write_text(text.replace(old, new))
    assert compare(CONTRACT, changed).returncode != 0
