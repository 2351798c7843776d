"""A process loads only the modules that its roles need."""

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
def load(role: str) -> dict:
    """Return the modules, middleware, apps and admin template of a process of a role. Cached for each role."""
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
def test_a_role_does_not_load_modules_of_other_roles(role, foreign):
    modules = load(role)["modules"]
    assert [name for name in modules if f"{name}.".startswith(tuple(f"{package}." for package in foreign))] == []


@pytest.mark.parametrize("role", ["create", "read", "update", "delete", "frontend"])
def test_only_the_admin_role_installs_the_admin(role):
    # django-simple-history and DRF import some modules of the admin without using them (docs/decisions/0004).
    loaded = load(role)
    assert [name for name in loaded["installed"] if "admin" in name] == []
    modules = [name for name in loaded["modules"] if name.startswith(("apps.", "django.contrib.", "simple_history."))]
    assert [name for name in modules if name.endswith((".admin.models", ".admin.urls", ".admin.apps"))] == []
    assert [name for name in modules if name.endswith(".admin")] == ["django.contrib.admin"]
    assert loaded["template"] is None


@pytest.mark.parametrize("role", ["create", "read", "update", "delete", "frontend"])
def test_only_the_admin_role_has_session_and_csrf_middleware(role):
    assert [name for name in load(role)["middleware"] if "session" in name.lower() or "csrf" in name.lower()] == []


def test_a_process_of_several_roles_loads_the_modules_of_each():
    modules = load("read.frontend")["modules"]
    assert "apps.posts.viewsets" in modules
    assert "apps.frontend.views" in modules
    assert "django.contrib.sessions" not in modules


def test_the_gunicorn_arbiter_loads_hardly_any_modules_of_django():
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
    own_modules = {name for name in modules if name.startswith("apps.")}
    assert own_modules == {
        "apps.core",
        "apps.core.histograms",
        "apps.core.request_ids",
        "apps.server",
        "apps.server.checked_headers",
        "apps.server.connections",
        "apps.server.gunicorn_worker",
        "apps.server.logs",
        "apps.server.metrics_server",
    }
