"""What browsers are told of every answer: nothing runs, loads or embeds it but what the site itself says."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError

from apps.frontend import views

pytestmark = pytest.mark.django_db
ALL = [
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
ELSEWHERE = ["/api/v1/posts/", "/api/v1/posts/0/", "/api/docs/", "/api/schema/", "/admin/login/"]


@pytest.fixture(autouse=True)
def _post(make_post):
    make_post()


def check(response):
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    for directive in ("script-src", "style-src", "connect-src", "form-action"):
        sources = [source for source in policy[directive].split() if not source.startswith("'sha256-")]
        assert sources == ["'self'"], directive


@pytest.mark.parametrize("path", ALL + ELSEWHERE)
def test_every_answer_has_the_whole_policy(client, path):
    check(client.get(path))


@pytest.mark.parametrize("error", [OperationalError(2002, "refused"), KeyError("x")])
def test_a_failure_has_it_too(client, monkeypatch, error):
    def fail(*args):
        raise error

    monkeypatch.setattr(views.calendars, "years", fail)
    client.raise_request_exception = False
    response = client.get("/archive/")
    check(response)
    assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_the_browser_s_own_bars_have_the_colours_of_the_paper(client):
    page = client.get("/").content.decode()
    told = dict(re.findall(r'name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: (\w+)\)"', page))
    style = Path(finders.find("frontend/broadsheet.css")).read_text()
    light, dark = re.search(r"--paper: light-dark\((#\w+), (#\w+)\)", style).groups()
    assert told == {light: "light", dark: "dark"}


@pytest.mark.browser
@pytest.mark.server
def test_data_for_search_engines_is_neither_run_nor_refused(serve, new_page):
    server = serve(HTTPS="0")
    page = new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(server.url)
    data = page.locator('script[type="application/ld+json"]').inner_text()
    assert page.evaluate("text => JSON.parse(text)['@graph'].length", data) == 1
    assert said == []
