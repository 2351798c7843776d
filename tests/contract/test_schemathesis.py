"""Schemathesis (https://schemathesis.readthedocs.io) generates requests, and the responses conform to the schema."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import CONTRACT

pytestmark = [pytest.mark.server, pytest.mark.heavy]

EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "15")
"""The minimum number of generated requests for each operation; the long run takes 1000."""


def test_responses_to_generated_requests_conform_to_the_schema(site, tmp_path):
    url, token = site
    command = [
        Path(sys.executable).with_name("schemathesis"),
        "--no-color",
        *("--config-file", Path(__file__).with_name("schemathesis.toml")),
        *("run", CONTRACT, "--url", url, "--header", f"Authorization: Bearer {token}"),
        *("--max-examples", EXAMPLES, "--continue-on-failure", "--generation-database", "none"),
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
