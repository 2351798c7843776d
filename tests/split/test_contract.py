"""The split keeps the API's contract: the suite that holds any site against it knows no difference."""

import os
import subprocess
import sys

import pytest

from tests.contract.conftest import MAKE_EDITOR
from tests.servers import ROOT

pytestmark = pytest.mark.server


def test_it_passes_the_suite_that_any_site_can_be_held_against(start_cluster):
    # It asks more in a minute than a client may.
    cluster = start_cluster(settings={"API_TOKEN_RATES": "", "API_ADDRESS_RATES": ""})
    cluster.manage("shell", "--no-imports", "-c", MAKE_EDITOR)
    made = cluster.manage("create_token", "--user", "contract", "--scopes", "create,read,update,delete")
    site = {"CONTRACT_URL": cluster.url, "CONTRACT_TOKEN": made.stdout.splitlines()[-1]}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract"]
    run = subprocess.run(command, env=os.environ | site, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
