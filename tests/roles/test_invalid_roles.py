"""A process with an invalid or missing ROLE does not start."""

import subprocess
import sys

import pytest

from blog_project.roles import Role
from tests.servers import ROOT, environment


def start(command: list[str], **variables: str) -> subprocess.CompletedProcess:
    env = environment("sqlite://:memory:") | variables
    env = {name: value for name, value in env.items() if value != "(unset)"}
    # Ignores a developer's .env, which could set the missing variables.
    code = "import environ; environ.Env.read_env = lambda *a, **k: None; import runpy, sys; sys.argv = sys.argv[1:]; "
    code += "runpy.run_module(sys.argv[0], run_name='__main__')"
    return subprocess.run([sys.executable, "-c", code, *command], env=env, cwd=ROOT, capture_output=True, text=True)


CHECK = ["manage", "check"]


def test_an_unknown_role_stops_the_process_with_a_message():
    run = start(CHECK, ROLE="nonsense")
    assert run.returncode
    assert run.stderr.startswith("ROLE='nonsense' is not a role.")
    assert all(role in run.stderr for role in Role)
    assert "Traceback" not in run.stderr


def test_a_missing_role_in_production_stops_the_process_with_a_message():
    run = start(CHECK, ROLE="(unset)", DEBUG="0")
    assert run.returncode
    assert run.stderr.startswith("ROLE is not set.")
    assert "Traceback" not in run.stderr


def test_a_missing_role_with_debug_means_the_monolith():
    run = start(
        ["manage", "shell", "--no-imports", "-c", "from django.conf import settings; print(settings.ROLE)"],
        ROLE="(unset)",
        DEBUG="1",
    )
    assert run.stdout.strip() == "all", run.stderr


@pytest.mark.server
def test_gunicorn_does_not_start_with_an_unknown_role():
    run = start(
        ["gunicorn", "-c", "blog_project/gunicorn.conf.py", "-b", "127.0.0.1:0", "blog_project.asgi:application"],
        ROLE="nonsense",
    )
    assert run.returncode
    assert "is not a role" in run.stderr
