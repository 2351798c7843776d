"""Which other sites' pages may use the API in a browser: none, unless CORS_ALLOWED_ORIGINS names them."""

import http.client
import json
import subprocess
import sys

import pytest

from tests.servers import ROOT, environment

OURS, OTHERS = "https://app.example.org", "https://evil.example"
PREFLIGHT = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,if-match"}

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def ask(server, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.read()
    return response


def allowed(response) -> str | None:
    return response.getheader("Access-Control-Allow-Origin")


@pytest.fixture(scope="module")
def database(databases) -> str:
    return databases.new()


@pytest.fixture(scope="module")
def site(serve, database):
    return serve(database, CORS_ALLOWED_ORIGINS=OURS)


def test_without_the_setting_no_header_says_anything(serve, database):
    plain = serve(database)
    for method in ("GET", "OPTIONS"):
        response = ask(plain, method, "/api/v1/posts/", Origin=OURS, **PREFLIGHT)
        assert not [name for name, _value in response.getheaders() if name.lower().startswith("access-control")]
        assert "origin" not in response.getheader("Vary").lower()


def test_a_page_of_a_named_site_reads_and_sees_the_headers_it_needs(site):
    response = ask(site, "GET", "/api/v1/posts/", Origin=OURS)
    assert (response.status, allowed(response)) == (200, OURS)
    exposed = response.getheader("Access-Control-Expose-Headers").split(", ")
    assert {"ETag", "Location", "Link", "Retry-After", "X-Request-ID"} <= set(exposed)
    assert "origin" in response.getheader("Vary").lower()
    assert response.getheader("Access-Control-Allow-Credentials") is None


def test_a_kept_page_never_answers_another_site_by_the_wrong_header(site):
    path = "/api/v1/tags/"
    for _ in range(3):
        assert allowed(ask(site, "GET", path)) is None
        assert allowed(ask(site, "GET", path, Origin=OURS)) == OURS
        assert allowed(ask(site, "GET", path, Origin=OTHERS)) is None
        assert allowed(ask(site, "HEAD", path, Origin=OURS)) == OURS


def test_errors_can_be_read_too(site):
    for method, path, status in [
        ("GET", "/api/v1/posts/999/", 404),
        ("GET", "/api/v1/posts/?x=1", 400),
        ("POST", "/api/v1/posts/", 401),
        ("GET", "/api/nothing/", 404),
    ]:
        response = ask(site, method, path, Origin=OURS)
        assert (response.status, allowed(response)) == (status, OURS)


def test_a_preflight_names_the_methods_and_the_headers(site):
    response = ask(site, "OPTIONS", "/api/v1/posts/1/", Origin=OURS, **PREFLIGHT)
    assert (response.status, allowed(response)) == (200, OURS)
    assert {"PATCH", "DELETE"} <= set(response.getheader("Access-Control-Allow-Methods").split(", "))
    headers = set(response.getheader("Access-Control-Allow-Headers").split(", "))
    assert {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "prefer"} <= headers
    assert allowed(ask(site, "OPTIONS", "/api/v1/posts/1/", Origin=OTHERS, **PREFLIGHT)) is None


def test_pages_are_nobodys(site):
    assert allowed(ask(site, "GET", "/", Origin=OURS)) is None
    assert allowed(ask(site, "GET", "/admin/login/", Origin=OURS)) is None


def test_any_site_can_be_allowed(serve, database):
    everybody = serve(database, CORS_ALLOWED_ORIGINS="*")
    assert allowed(ask(everybody, "GET", "/api/v1/posts/", Origin=OTHERS)) == "*"
    assert allowed(ask(everybody, "OPTIONS", "/api/v1/posts/", Origin=OTHERS, **PREFLIGHT)) == "*"


def test_the_split_answers_a_preflight_by_the_role_that_reads_and_the_change_by_its_own(serve, database):
    reads, updates = (serve(database, ROLE=role, CORS_ALLOWED_ORIGINS=OURS) for role in ("read", "update"))
    assert allowed(ask(reads, "OPTIONS", "/api/v1/posts/1/", Origin=OURS, **PREFLIGHT)) == OURS
    response = ask(updates, "PATCH", "/api/v1/posts/1/", Origin=OURS)
    assert (response.status, allowed(response)) == (401, OURS)


def test_an_origin_that_is_none_stops_the_process():
    env = environment("sqlite://:memory:", CORS_ALLOWED_ORIGINS="https://app.example.org/path")
    run = subprocess.run([sys.executable, "manage.py", "check"], env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode
    assert "corsheaders.E014" in run.stderr


@pytest.mark.parametrize(("role", "has"), [("all", True), ("delete", True), ("frontend", False), ("admin", False)])
def test_only_the_api_loads_it(role, has):
    code = "import django, json, sys; django.setup(); from blog_project.wsgi import application; "
    code += "print(json.dumps([name for name in sys.modules if name.startswith('corsheaders')]))"
    # Where nobody is allowed nobody loads it: not even the process of all roles.
    for origins, expected in ((OURS, has), ("", False)) if role == "all" else ((OURS, has),):
        env = environment("sqlite://:memory:", ROLE=role, CORS_ALLOWED_ORIGINS=origins)
        run = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
        assert bool(json.loads(run.stdout.splitlines()[-1])) == expected, run.stderr
