"""What is signed for clients is accepted back for the same purpose only, and the key of sessions is not needed for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core import signing

ROOT = Path(__file__).resolve().parents[2]


def test_a_signed_value_comes_back_for_its_purpose_only():
    text = signing.dumps([1, "a"], salt="one")
    assert signing.loads(text, salt="one") == [1, "a"]
    for changed, salt in ((text, "other"), (text[:-1], "one"), ("", "one"), ("x" + text, "one")):
        with pytest.raises(signing.BadSignature):
            signing.loads(changed, salt=salt)


def test_a_former_key_still_verifies(settings):
    text = signing.dumps(1, salt="one")
    settings.SIGNING_KEY, settings.SIGNING_KEY_FALLBACKS = "another-key", [settings.SIGNING_KEY]
    assert signing.loads(text, salt="one") == 1


def test_the_key_of_sessions_does_not_sign_them(settings):
    text = signing.dumps(1, salt="one")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key", []
    assert signing.loads(text, salt="one") == 1


KEYS = """
import django
django.setup()
from django.conf import settings
from apps.server import checks
print(settings.SECRET_KEY, settings.SIGNING_KEY, [message.id for message in checks.check_sessions()])
"""


def run(**variables: str) -> subprocess.CompletedProcess:
    # The keys of `make run` are in .env, which is read for what the environment does not have.
    keys = {"SECRET_KEY": "", "SIGNING_KEY": ""}
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": "sqlite://:memory:", "DEBUG": "0"} | keys | variables
    environment["DJANGO_SETTINGS_MODULE"] = "blog_project.settings"
    return subprocess.run([sys.executable, "-c", KEYS], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_the_other_key_follows_from_the_key_of_sessions_and_not_the_reverse():
    secret, signing_key, found = run(ROLE="all", SECRET_KEY="s" * 50).stdout.split(maxsplit=2)
    assert secret == "s" * 50
    assert secret not in signing_key
    assert found.strip() == "[]"
    other, given, _found = run(ROLE="frontend", SIGNING_KEY=signing_key).stdout.split(maxsplit=2)
    assert given == signing_key
    assert other not in (secret, signing_key)


def test_a_process_needs_one_of_the_keys_and_one_that_serves_the_admin_that_of_sessions():
    assert "SECRET_KEY is not set" in run(ROLE="frontend").stderr
    assert run(ROLE="read.frontend", SIGNING_KEY="k" * 50).stdout.split()[2] == "[]"
    for role in ("admin", "all", "create.admin"):
        assert "broadsheet.E026" in run(ROLE=role, SIGNING_KEY="k" * 50).stdout, role
