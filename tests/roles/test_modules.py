"""A process loads what its roles need and no more."""

import functools
import json
import subprocess
import sys

import pytest

from tests.servers import ROOT, environment, free_port

pytestmark = pytest.mark.slow

LOAD = """
import django, json, sys
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
from blog_project.wsgi import application
from django.apps import apps
from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
try:
    template = get_template("admin/base.html").origin.name
except TemplateDoesNotExist:
    template = None
print(json.dumps({
    "modules": sorted(sys.modules),
    "middleware": settings.MIDDLEWARE,
    "installed": [app.name for app in apps.get_app_configs()],
    "template": template,
}))
"""


@functools.cache
def loaded(role: str) -> dict:
    """Return what a process of a role has loaded: one answers every question about it."""
    env = environment("sqlite://:memory:", ROLE=role)
    run = subprocess.run([sys.executable, "-c", LOAD], env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


FOREIGN = {
    "create": ["apps.editor", "django.contrib.sessions", "apps.frontend", "drf_spectacular", "django.test"],
    "read": ["apps.editor", "django.contrib.sessions", "apps.frontend"],
    "update": ["apps.editor", "django.contrib.sessions", "apps.frontend", "drf_spectacular", "django.test"],
    "delete": ["apps.editor", "django.contrib.sessions", "apps.frontend", "drf_spectacular", "django.test"],
    "frontend": ["apps.editor", "django.contrib.sessions", "rest_framework", "markdown_it", "pygments", "nh3"],
    "admin": ["rest_framework", "apps.posts.viewsets", "drf_spectacular", "django.test"],
}


@pytest.mark.parametrize(("role", "foreign"), FOREIGN.items())
def test_a_role_does_not_load_what_only_others_need(role, foreign):
    modules = loaded(role)["modules"]
    assert [name for name in modules if f"{name}.".startswith(tuple(f"{package}." for package in foreign))] == []


@pytest.mark.parametrize("role", ["create", "read", "update", "delete", "frontend"])
def test_only_the_admin_has_the_admin(role):
    # Some of its modules are imported by django-simple-history and DRF (docs/decisions/0004), and used by nobody.
    has = loaded(role)
    assert [name for name in has["installed"] if "admin" in name] == []
    modules = [name for name in has["modules"] if name.startswith(("apps.", "django.contrib.", "simple_history."))]
    assert [name for name in modules if name.endswith((".admin.models", ".admin.urls", ".admin.apps"))] == []
    assert [name for name in modules if name.endswith(".admin")] == ["django.contrib.admin"]
    assert has["template"] is None


@pytest.mark.parametrize("role", ["create", "read", "update", "delete", "frontend"])
def test_only_the_admin_has_sessions(role):
    assert [name for name in loaded(role)["middleware"] if "session" in name.lower() or "csrf" in name.lower()] == []


def test_several_roles_load_what_each_needs():
    modules = loaded("read.frontend")["modules"]
    assert "apps.posts.viewsets" in modules
    assert "apps.frontend.views" in modules
    assert "django.contrib.sessions" not in modules


def test_the_arbiter_of_the_workers_loads_next_to_nothing_of_django():
    code = (
        "import json, runpy, sys; conf = runpy.run_path('blog_project/gunicorn.conf.py');"
        "import logging; from types import SimpleNamespace;"
        "server = SimpleNamespace(log=logging.getLogger('gunicorn'));"
        "from gunicorn.util import load_class; load_class(conf['worker_class']);"
        "conf['on_starting'](server); conf['when_ready'](server); print(json.dumps(sorted(sys.modules)))"
    )
    env = environment("sqlite://:memory:", METRICS_PORT=str(free_port()))
    run = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    modules = json.loads(run.stdout.splitlines()[-1])
    assert "apps.server.metrics_server" in modules
    assert [name for name in modules if name.startswith(("django.db", "django.http", "django.conf"))] == []
    ours = {name for name in modules if name.startswith("apps.")}
    assert ours == {
        "apps.core",
        "apps.core.histograms",
        "apps.core.request_ids",
        "apps.server",
        "apps.server.checked_headers",
        "apps.server.gunicorn_worker",
        "apps.server.logs",
        "apps.server.metrics_server",
    }
