"""The split passes the API's contract suite, which can be run against any site."""

import os
import subprocess
import sys

import pytest

from tests.contract.conftest import MAKE_EDITOR
from tests.servers import ROOT

pytestmark = [pytest.mark.server, pytest.mark.heavy]


MAKE_TOKEN = """
from django.core.management import call_command
call_command("create_token", "--user", "contract", "--scopes", "create,read,update,delete")
"""


def test_the_split_passes_the_contract_suite(site):
    site.shell(MAKE_EDITOR)
    address = {"CONTRACT_URL": site.cluster.url, "CONTRACT_TOKEN": site.shell(MAKE_TOKEN).splitlines()[-1]}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract"]
    run = subprocess.run(command, env=os.environ | address, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
