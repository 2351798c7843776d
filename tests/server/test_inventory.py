"""docs/inventory.md names every module that computes with keys, and every one that opens a connection or runs a program."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INVENTORY = (ROOT / "docs" / "inventory.md").read_text()
IMPORTS = {
    "Keys and algorithms": r"hashlib|hmac|secrets|random|ssl|django\.core\.signing|django\.utils\.crypto|cryptography",
    "Connections": r"socket|ssl|subprocess|smtplib|ftplib|http\.client|urllib\.request|asyncio\.streams|httpx|requests"
    r"|akismet|boto3|botocore|storages|redis|django\.core\.mail|apps\.core import .*background_mail",
}


def section(title: str) -> str:
    return re.search(rf"^## {title}\n(.*?)(?=^## )", INVENTORY, re.MULTILINE | re.DOTALL)[1]


def modules(names: str) -> set[str]:
    """Return the paths of our modules that import one of these modules or something of one."""
    imported = re.compile(rf"^\s*(?:import|from) (?:{names})\b", re.MULTILINE)
    files = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "blog_project").glob("*.py")]
    found = {path for path in files if imported.search(path.read_text("utf-8"))}
    return {path.relative_to(ROOT).as_posix() for path in found}


@pytest.mark.parametrize("title", IMPORTS)
def test_every_module_with_keys_or_connections_is_listed(title):
    found = modules(IMPORTS[title])
    assert len(found) > 5
    assert {path for path in found if f"`{path}`" not in section(title)} == set()


def test_every_module_that_is_listed_exists():
    named = set(re.findall(r"`((?:apps|blog_project|tests)/[\w/.]+)`", INVENTORY))
    assert {path for path in named if not (ROOT / path).exists()} == set()
