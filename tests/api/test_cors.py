"""CORS: only pages of CORS_ALLOWED_ORIGINS may use the API in a browser."""

import http.client
import json
import subprocess
import sys

import pytest

from tests.servers import ROOT, environment

ALLOWED, FORBIDDEN = "https://app.example.org", "https://evil.example"
PREFLIGHT = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,if-match"}

pytestmark = [pytest.mark.server, pytest.mark.any_database]


def send_request(server, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.read()
    return response


def allowed_origin(response) -> str | None:
    return response.getheader("Access-Control-Allow-Origin")


@pytest.fixture(scope="module")
def database(databases) -> str:
    return databases.new()


@pytest.fixture(scope="module")
def site(serve, database):
    return serve(database, CORS_ALLOWED_ORIGINS=ALLOWED)


def test_without_the_setting_there_are_no_cors_headers(serve, database):
    without_cors = serve(database)
    for method in ("GET", "OPTIONS"):
        response = send_request(without_cors, method, "/api/v1/posts/", Origin=ALLOWED, **PREFLIGHT)
        assert not [name for name, _value in response.getheaders() if name.lower().startswith("access-control")]
        assert "origin" not in response.getheader("Vary").lower()


def test_an_allowed_origin_may_read_responses_and_their_headers(site):
    response = send_request(site, "GET", "/api/v1/posts/", Origin=ALLOWED)
    assert (response.status, allowed_origin(response)) == (200, ALLOWED)
    exposed = response.getheader("Access-Control-Expose-Headers").split(", ")
    assert {"ETag", "Location", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"} <= set(exposed)
    assert "origin" in response.getheader("Vary").lower()
    assert response.getheader("Access-Control-Allow-Credentials") is None


def test_cached_responses_are_separate_for_each_origin(site):
    path = "/api/v1/tags/"
    for _ in range(3):
        assert allowed_origin(send_request(site, "GET", path)) is None
        assert allowed_origin(send_request(site, "GET", path, Origin=ALLOWED)) == ALLOWED
        assert allowed_origin(send_request(site, "GET", path, Origin=FORBIDDEN)) is None
        assert allowed_origin(send_request(site, "HEAD", path, Origin=ALLOWED)) == ALLOWED


def test_an_allowed_origin_may_read_error_responses(site):
    for method, path, status in [
        ("GET", "/api/v1/posts/999/", 404),
        ("GET", "/api/v1/posts/?x=1", 400),
        ("POST", "/api/v1/posts/", 401),
        ("GET", "/api/nothing/", 404),
    ]:
        response = send_request(site, method, path, Origin=ALLOWED)
        assert (response.status, allowed_origin(response)) == (status, ALLOWED)


def test_a_preflight_names_the_methods_and_the_headers(site):
    response = send_request(site, "OPTIONS", "/api/v1/posts/1/", Origin=ALLOWED, **PREFLIGHT)
    assert (response.status, allowed_origin(response)) == (200, ALLOWED)
    assert {"PATCH", "DELETE"} <= set(response.getheader("Access-Control-Allow-Methods").split(", "))
    headers = set(response.getheader("Access-Control-Allow-Headers").split(", "))
    assert {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "prefer"} <= headers
    assert allowed_origin(send_request(site, "OPTIONS", "/api/v1/posts/1/", Origin=FORBIDDEN, **PREFLIGHT)) is None


def test_pages_outside_the_api_have_no_cors_headers(site):
    assert allowed_origin(send_request(site, "GET", "/", Origin=ALLOWED)) is None
    assert allowed_origin(send_request(site, "GET", "/admin/login/", Origin=ALLOWED)) is None


def test_a_star_allows_any_origin(serve, database):
    open_site = serve(database, CORS_ALLOWED_ORIGINS="*")
    assert allowed_origin(send_request(open_site, "GET", "/api/v1/posts/", Origin=FORBIDDEN)) == "*"
    assert allowed_origin(send_request(open_site, "OPTIONS", "/api/v1/posts/", Origin=FORBIDDEN, **PREFLIGHT)) == "*"


def test_in_the_split_the_read_role_serves_preflights_and_the_update_role_the_change(serve, database):
    read_server, update_server = (
        serve(database, ROLE=role, CORS_ALLOWED_ORIGINS=ALLOWED) for role in ("read", "update")
    )
    assert (
        allowed_origin(send_request(read_server, "OPTIONS", "/api/v1/posts/1/", Origin=ALLOWED, **PREFLIGHT)) == ALLOWED
    )
    response = send_request(update_server, "PATCH", "/api/v1/posts/1/", Origin=ALLOWED)
    assert (response.status, allowed_origin(response)) == (401, ALLOWED)


def test_an_invalid_origin_stops_the_process():
    env = environment("sqlite://:memory:", CORS_ALLOWED_ORIGINS="https://app.example.org/path")
    run = subprocess.run([sys.executable, "manage.py", "check"], env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode
    assert "corsheaders.E014" in run.stderr


@pytest.mark.parametrize(
    ("role", "is_loaded"),
    [
        ("delete", True),
        ("admin", False),
        *(pytest.param(*each, marks=pytest.mark.heavy) for each in [("all", True), ("frontend", False)]),
    ],
)
def test_only_api_roles_with_allowed_origins_load_corsheaders(role, is_loaded):
    code = "import django, json, sys; django.setup(); from blog_project.wsgi import application; "
    code += "print(json.dumps([name for name in sys.modules if name.startswith('corsheaders')]))"
    # Without allowed origins not even a process of all roles loads it.
    for origins, expected in ((ALLOWED, is_loaded), ("", False)) if role == "all" else ((ALLOWED, is_loaded),):
        env = environment("sqlite://:memory:", ROLE=role, CORS_ALLOWED_ORIGINS=origins)
        run = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
        assert bool(json.loads(run.stdout.splitlines()[-1])) == expected, run.stderr
