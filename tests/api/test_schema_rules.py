"""The committed schema keeps Spectral's rules for OpenAPI (https://github.com/stoplightio/spectral)."""

import subprocess
from pathlib import Path

from tests.programs import need
from tests.servers import ROOT

RULES = Path(__file__).with_name("spectral.yaml")


def lint(document: Path) -> subprocess.CompletedProcess:
    command = [need("spectral"), "lint", document, "--ruleset", RULES, "--fail-severity", "hint", "--format", "text"]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_schema_keeps_the_rules():
    checked = lint(ROOT / "docs" / "openapi.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_default_that_breaks_its_schema_is_found(tmp_path):
    text = (ROOT / "docs" / "openapi.yaml").read_text()
    wrong = tmp_path / "openapi.yaml"
    wrong.write_text(text.replace("          default: 20\n", "          default: 200\n"))
    assert wrong.read_text() != text
    assert lint(wrong).returncode == 1
