"""The API's description is committed, and a change of it that breaks a client has to be said."""

import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.programs import need
from tests.servers import ROOT

CONTRACT = ROOT / "docs" / "openapi.yaml"
BREAKS = ROOT / "docs" / "openapi-breaks.md"


def breaking(before: Path, after: Path) -> subprocess.CompletedProcess:
    """Compare two descriptions with oasdiff (https://www.oasdiff.com); it fails where a client of the first may break."""
    command = [need("oasdiff"), "breaking", before, after, "--fail-on", "WARN", "--format", "singleline"]
    return subprocess.run(command, capture_output=True, text=True)


def git(*arguments: str) -> str:
    """Return what git says, or nothing."""
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True).stdout.strip()


def versions() -> list[str]:
    """Return the versions of the description since the last break that was marked, oldest first, the present one last."""
    present = CONTRACT.read_text()
    marked = git("log", "-1", "--format=%H", "--", str(BREAKS))
    if not marked or git("status", "--porcelain", "--", str(BREAKS)):
        return [present]
    since = git("log", "--reverse", "--format=%H", f"{marked}..HEAD", "--", str(CONTRACT)).split()
    return [f"{git('show', f'{commit}:docs/openapi.yaml')}\n" for commit in (marked, *since)] + [present]


def test_what_is_committed_is_what_the_code_does(tmp_path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(made))
    assert made.read_text() == CONTRACT.read_text(), "The API has changed: run make openapi, and look at what changes."


def test_no_change_breaks_a_client_unless_that_is_marked(tmp_path):
    files = []
    for number, version in enumerate(versions()):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(version)
    for before, after in zip(files, files[1:], strict=False):
        compared = breaking(before, after)
        assert compared.returncode == 0, f"{compared.stdout}\nIf it has to be, say so in docs/{BREAKS.name}."


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
