"""`make lint` finds keys, tokens and passwords in the files that git tracks, and in those of the history."""

from __future__ import annotations

import subprocess

import pytest

from tools import secrets_check
from tools.secrets_check import Allowed

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

# Put together here, so that this file has none.
KEY = f"-----BEGIN {'RSA'} PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END {'RSA'} PRIVATE KEY-----\n"
TOKEN = f"token = 'ghp{'_'}{'a1B2' * 9}'\n"
PASSWORD = f"password = '{'fjord-x9'}-qzk'\n"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository; returns a function that writes files in it, and commits."""

    def git(*words: str) -> None:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *words]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    def commit(**files: str) -> None:
        for name, content in files.items():
            (tmp_path / name).write_text(content)
        git("add", "--all")
        git("commit", "--message", "x")

    git("init")
    monkeypatch.setattr(secrets_check, "ROOT", tmp_path)
    monkeypatch.setattr(secrets_check, "EXCEPTIONS", [])
    return commit


def test_a_key_a_token_and_a_password_are_found_without_being_printed(repository):
    repository(key=f"\n{KEY}", token=TOKEN, password=PASSWORD, text="A password is a secret.\n")
    assert secrets_check.problems() == ["key:2: Private Key", "password:1: Secret Keyword", "token:1: GitHub Token"]


def test_an_exception_covers_one_kind_and_value_in_its_files(repository, monkeypatch):
    monkeypatch.setattr(secrets_check, "EXCEPTIONS", [Allowed("one*", "Secret Keyword", "fjord-.*", "made up")])
    repository(one=f"{PASSWORD}{TOKEN}", two=PASSWORD)
    assert secrets_check.problems() == ["one:2: GitHub Token", "two:1: Secret Keyword"]


def test_an_exception_that_covers_nothing_is_a_problem(repository, monkeypatch):
    monkeypatch.setattr(secrets_check, "EXCEPTIONS", [Allowed("one", "Secret Keyword", ".*", "made up")])
    repository(two="text\n")
    assert secrets_check.problems() == ["EXCEPTIONS has a line for one (made up) that covers nothing"]


def test_a_secret_that_was_removed_is_found_in_the_history(repository):
    repository(**{"one.txt": f"text\n{TOKEN}", "two": "text\n"})
    repository(**{"one.txt": "text\n"})
    assert secrets_check.problems() == []
    assert secrets_check.problems(history=True) == ["one.txt:2: GitHub Token"]
