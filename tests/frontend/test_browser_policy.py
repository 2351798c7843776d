"""The security headers of pages, errors and the API, and what the content security policy allows and reports."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError

from apps.frontend import views
from tests.security_headers import missing

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
PAGES = [
    "/",
    "/a-post/",
    "/feed.atom",
    "/sitemap.xml",
    "/robots.txt",
    "/nope/",
    "/?before=bad",
    "/A-Post",
    "/favicon.ico",
]
OTHER_ROLES = ["/api/v1/posts/", "/api/v1/posts/0/", "/api/docs/", "/api/schema/", "/admin/login/"]


@pytest.fixture(autouse=True)
def _post(make_post):
    make_post()


@pytest.mark.parametrize("path", PAGES + OTHER_ROLES)
def test_every_response_has_the_security_headers(client, path):
    assert missing(client.get(path).headers, path) == []


@pytest.mark.parametrize("error", [OperationalError(2002, "refused"), KeyError("x")])
def test_an_error_page_has_the_security_headers(client, monkeypatch, error):
    def fail(*args):
        raise error

    monkeypatch.setattr(views.calendars, "years", fail)
    client.raise_request_exception = False
    response = client.get("/archive/")
    assert missing(response.headers) == []
    assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_the_theme_colours_are_those_of_the_stylesheet(client):
    page = client.get("/").content.decode()
    theme_colours = dict(
        re.findall(r'name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: (\w+)\)"', page)
    )
    style = Path(finders.find("frontend/broadsheet.css")).read_text()
    light, dark = re.search(r"--paper: light-dark\((#\w+), (#\w+)\)", style).groups()
    assert theme_colours == {light: "light", dark: "dark"}


def test_the_page_of_a_refused_comment_has_the_colours_of_the_stylesheet():
    """The role `create` serves it without the stylesheet, so it repeats some of its custom properties."""
    colours = re.compile(r"--([\w-]+): (light-dark\([^)]*\))")
    repeated = dict(colours.findall((ROOT / "apps/comments/templates/comments/style.css").read_text()))
    stylesheet = dict(colours.findall(Path(finders.find("frontend/broadsheet.css")).read_text()))
    assert repeated
    assert repeated.items() <= stylesheet.items()


@pytest.mark.browser
@pytest.mark.server
def test_json_ld_is_not_blocked_by_the_content_security_policy(serve, new_page):
    server = serve(HTTPS="0")
    page = new_page()
    console = []
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.goto(server.url)
    data = page.locator('script[type="application/ld+json"]').inner_text()
    assert page.evaluate("text => JSON.parse(text)['@graph'].length", data) == 1
    assert console == []


GET = """
import django
django.setup()
from django.test import Client
response = Client().get("/.well-known/security.txt")
print(response["Content-Security-Policy"], response.get("Reporting-Endpoints"), sep="\\n")
"""


def test_browsers_report_what_the_policy_blocks_where_the_setting_says():
    address = "https://reports.example.org/csp"
    environment = {"DEBUG": "0", "ROLE": "frontend", "HTTPS": "0", "CSP_REPORT_URL": address}
    environment |= {"SECURITY_CONTACTS": "mailto:security@example.org"}
    environment |= {"DATABASE_URL": "sqlite://:memory:", "ALLOWED_HOSTS": "testserver", "SECRET_KEY": "k" * 50}
    environment |= {"DJANGO_SETTINGS_MODULE": "blog_project.settings"}
    command = [sys.executable, "-c", GET]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)
    policy, endpoints = done.stdout.splitlines() or [done.stderr, ""]
    assert f"report-uri {address}" in policy
    assert "report-to csp" in policy
    assert endpoints == f'csp="{address}"'
