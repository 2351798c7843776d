"""Invalid variables stop a process with one sentence, which names valid values and contains no secret."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.servers import ROOT

pytestmark = pytest.mark.slow

VALID = {
    "ROLE": "all",
    "SECRET_KEY": "k" * 50,
    "DATABASE_URL": "sqlite://:memory:",
    "DEBUG": "0",
}


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ROLE", "", "ROLE is not set. Set it to all, or to one or several"),
        ("ROLE", "reed", "ROLE='reed' is not a role"),
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("DEBUG", "maybe", "DEBUG cannot be read: 'maybe' is neither true (1, true, yes, on) nor false"),
        ("HTTPS", "", "HTTPS cannot be read: '' is neither true"),
        ("WSGI_THREADS", "many", "WSGI_THREADS cannot be read: 'many' is not a whole number"),
        ("REQUEST_BODY_LIMIT", "5MB", "REQUEST_BODY_LIMIT cannot be read: '5MB' is not a whole number"),
        ("DATABASE_URL", "nonsense-hunter2", "DATABASE_URL is not the address of a database: write mysql://"),
        (
            "DATABASE_URL",
            "postgres://u:hunter2@h/blog",
            "DATABASE_URL is not the address of a database: write mysql://",
        ),
        ("DATABASE_URL", "mysql://u:hunter2@h:port/blog", "DATABASE_URL cannot be read: write mysql://"),
        ("DATABASE_URL", "mysql://u:hunter2@h/", "DATABASE_URL names no database: write mysql://"),
        ("CACHE_URL", "hunter2", "CACHE_URL cannot be read: write locmemcache://"),
        ("EMAIL_URL", "hunter2", "EMAIL_URL cannot be read: write smtp+tls://"),
        ("TIME_ZONE", "Mars/Olympus", "TIME_ZONE cannot be read: 'Mars/Olympus' is not a time zone, such as UTC"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT cannot be read: 'xml' is none of auto, json, text"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL cannot be read: 'LOUD' is none of DEBUG, INFO"),
        ("SECRET_KEY_FILE", "no/such/file", "SECRET_KEY_FILE names a file that cannot be read"),
    ],
)
def test_an_invalid_value_stops_the_process_with_one_sentence(bare_environment, name, value, expected):
    done = run(bare_environment | VALID | {name: value}, "-c", "import blog_project.settings")
    assert done.returncode == 1
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ROLE", "nonsense", "ROLE='nonsense' is not a role"),
        ("PORT", "80000", "PORT=80000 is out of range: set it to a whole number from 1 to 65535."),
        ("GRACEFUL_TIMEOUT", "long", "GRACEFUL_TIMEOUT cannot be read: 'long' is not a whole number"),
        ("WEB_CONCURRENCY", "0", "WEB_CONCURRENCY=0 is out of range"),
        ("KEEPALIVE", "-1", "KEEPALIVE=-1 is out of range"),
    ],
)
def test_gunicorn_does_not_start_with_an_invalid_value(bare_environment, name, value, expected):
    command = ["-m", "gunicorn", "-c", "blog_project/gunicorn.conf.py", "blog_project.asgi:application"]
    done = run(bare_environment | VALID | {name: value}, *command)
    assert done.returncode == 1
    assert done.stderr.startswith(expected)
    assert done.stderr.count("\n") == 1


def test_gunicorn_does_not_start_if_a_system_check_fails(bare_environment):
    command = ["-m", "gunicorn", "-c", "blog_project/gunicorn.conf.py", "blog_project.asgi:application"]
    done = run(bare_environment | VALID | {"SITE_URL": "blog.example.org"}, *command)
    assert done.returncode == 1
    assert "broadsheet.E001" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Booting worker" not in done.stderr


def test_a_secret_can_come_from_a_file(bare_environment, tmp_path):
    (tmp_path / "key").write_text("from-a-file-" + "k" * 40 + "\n")
    environment = bare_environment | VALID | {"SECRET_KEY": "ignored", "SECRET_KEY_FILE": str(tmp_path / "key")}
    done = run(environment, "-c", "from blog_project.settings import SECRET_KEY; print(repr(SECRET_KEY))")
    assert done.stdout == f"'from-a-file-{'k' * 40}'\n"


def test_env_example_documents_exactly_the_variables_that_are_read():
    documented = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    read = set()
    for name in ("settings.py", "gunicorn.conf.py"):
        source = (ROOT / "blog_project" / name).read_text()
        read |= set(re.findall(r'(?:\benv\.\w+|_size|_required_unless_debug)\(\s*"([A-Z][A-Z0-9_]+)"', source))
    assert sorted(documented) == sorted(read)


def test_a_copy_of_env_example_with_a_secret_key_passes_the_checks(bare_environment, tmp_path):
    text = (ROOT / ".env.example").read_text().replace("\nSECRET_KEY=\n", f"\nSECRET_KEY={'k' * 50}\n")
    variables = dict(
        line.removeprefix("#").split("=", 1) for line in text.splitlines() if re.match(r"#?[A-Z][A-Z0-9_]+=", line)
    )
    assert len(variables) > 30
    environment = (
        bare_environment | variables | {"DATABASE_URL": "sqlite://:memory:", "HTTPS": "0", "HSTS_SECONDS": "0"}
    )
    done = run(environment, "manage.py", "check")
    assert done.returncode == 0, done.stderr
