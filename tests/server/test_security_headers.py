"""Every answer has the security headers that apply to it (`tests/security_headers.py`), in every role."""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection, HTTPMessage, HTTPResponse

import pytest

from blog_project.roles import Role
from tests import security_headers
from tests.media import files
from tests.server.clients import Client
from tests.servers import STATIC_ROOT, free_port

pytestmark = [pytest.mark.server, pytest.mark.any_database]

ROLES = ["all", *Role]
HTTPS = {"X_Forwarded_Proto": "https", "Host": "localhost"}
CONTENT = """
from django.contrib.auth.models import User
from apps.api.models import ApiToken
from apps.posts import services
services.create_post(by=None, title="A post", status="published", body="Text.")
user = User.objects.create_superuser("anna", "anna@example.org", "a-long-password")
print(ApiToken.objects.issue(user=user, scopes=["create", "read"], expires_at=None)[1])
"""
PATHS = [
    *("/", "/?before=bad", "/a-post/", "/A-post", "/nope/", "/search/?q=text", "/archive/", "/tags/", "/robots.txt"),
    *("/feed.atom", "/feed.rss", "/feed.json", "/sitemap.xml", "/favicon.ico"),
    *("/.well-known/security.txt", "/.well-known/change-password"),
    *("/api/", "/api/v1/", "/api/v1/posts/", "/api/v1/posts/0/", "/api/v1/posts/?x=1", "/api/v1/changes/"),
    *("/api/schema/", "/api/docs/", "/api/docs/problems/"),
    *("/admin/", "/admin/login/", "/admin/nothing/", "/admin/posts/post/", "/preview/1/", f"/preview/{'x' * 32}/"),
    *("/static/nothing.css", "/media/nothing.jpg", "/livez", "/readyz", "/%61pi/v1/", "/%00"),
]
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE", "BREW"]


@pytest.fixture(scope="module")
def site(serve, databases, tmp_path_factory):
    """The address of a database with a post and a user, a token, and the folder of images."""
    folder = tmp_path_factory.mktemp("media")
    settings = {"MEDIA_ROOT": str(folder), "HTTPS": "1", "SITE_URL": "https://localhost"}
    settings |= {"SECURITY_CONTACTS": "mailto:a@example.org", "CORS_ALLOWED_ORIGINS": "https://app.example"}
    settings |= {"probe": "/livez"}
    server = serve(databases.new(), METRICS_PORT=str(free_port()), **settings)
    token = server.shell(CONTENT).strip()
    client = Client(server.url)
    return server, client, token, settings


@pytest.fixture(scope="module", params=ROLES)
def client_of_role(request, site, serve):
    """A client of a process of each role."""
    server, client, _token, settings = site
    if request.param == "all":
        return client
    return Client(serve(server.env["DATABASE_URL"], ROLE=request.param, **settings).url)


def fault(response: HTTPResponse, path: str, **known: bool) -> str:
    """Return what is wrong with the headers of an answer, with its status, or an empty text."""
    missing = security_headers.missing(response.headers, path, **known)
    return f"{path}: {response.status} without {', '.join(missing)}" if missing else ""


def test_every_answer_of_every_role_has_them(client_of_role):
    faults = {fault(client_of_role.request("GET", path, **HTTPS)[0], path, is_https=True) for path in PATHS}
    assert faults == {""}


def test_an_answer_to_any_method_has_them(client_of_role):
    paths = ["/", "/a-post/", "/api/v1/posts/", "/admin/login/", "/static/nothing.css", "/livez"]
    asked = [(method, path) for method in METHODS for path in paths]
    faults = {fault(client_of_role.request(*request, **HTTPS)[0], request[1], is_https=True) for request in asked}
    assert faults == {""}


def test_a_redirect_to_https_has_them(client_of_role):
    for path in ("/", "/a-post/", "/admin/"):
        response, _body = client_of_role.request("GET", path, Host="localhost")
        assert response.status == 301
        assert not fault(response, path)
        assert security_headers.ON_HTTPS not in response.headers


def test_the_api_without_tls_is_refused_and_not_redirected(client_of_role):
    for method, path in (("GET", "/api/v1/posts/"), ("POST", "/api/v1/posts/"), ("DELETE", "/api/v1/posts/1/")):
        response, body = client_of_role.request(method, path, Host="localhost", Authorization="Bearer bst_x")
        assert (response.status, json.loads(body)["type"]) == (403, "/api/docs/problems/#https-required")
        assert not fault(response, path)


def test_a_refused_host_has_them(client_of_role):
    response, _body = client_of_role.request("GET", "/", X_Forwarded_Proto="https", Host="evil.example")
    assert response.status == 400
    assert not fault(response, "/", is_https=True)


def test_a_304_and_a_part_of_a_file_have_them(site):
    client = site[1]
    name = next(STATIC_ROOT.glob("frontend/broadsheet.*.css")).name
    for path in ("/", "/a-post/", "/feed.atom", "/api/v1/posts/", f"/static/frontend/{name}"):
        etag = client.request("GET", path, **HTTPS)[0].headers["ETag"]
        response, _body = client.request("GET", path, If_None_Match=etag, **HTTPS)
        assert response.status == 304, path
        assert not fault(response, path, is_https=True)
    for sent, status in (("bytes=0-3", 206), ("bytes=9999999-", 416)):
        response, _body = client.request("GET", f"/static/frontend/{name}", Range=sent, **HTTPS)
        assert response.status == status
        assert not fault(response, "/static/", is_https=True)


def test_a_static_file_is_sandboxed_and_may_be_shown_elsewhere(site):
    for file in STATIC_ROOT.glob("frontend/favicon.*.svg"):
        response, _body = site[1].request("GET", f"/static/frontend/{file.name}", **HTTPS)
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_answers_with_a_token_have_them_and_are_kept_nowhere(site):
    _server, client, token, _settings = site
    statuses = set()
    image, kind = multipart(files.jpeg(20, 20))
    for method, path, body, content_type in (
        ("GET", "/api/v1/posts/", None, ""),
        ("GET", "/api/v1/posts/999/", None, ""),
        ("GET", "/api/v1/posts/?x=1", None, ""),
        ("POST", "/api/v1/tags/", b'{"name": "News"}', "application/json"),
        ("POST", "/api/v1/tags/", b"{", "application/json"),
        ("POST", "/api/v1/tags/", b"<", "text/xml"),
        ("POST", "/api/v1/images/", image, kind),
        ("DELETE", "/api/v1/posts/1/", None, ""),
    ):
        headers = HTTPS | {"Authorization": f"Bearer {token}", "Content_Type": content_type}
        response, _body = client.request(method, path, body, **headers)
        statuses.add(response.status)
        assert not fault(response, path, is_https=True)
        assert response.headers["Cache-Control"] == "no-store", (method, path)
    assert statuses == {200, 201, 400, 403, 404, 415}


def multipart(content: bytes) -> tuple[bytes, str]:
    """Return the body and the type of a form with an image."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return head + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


def test_an_image_has_them(site):
    _server, client, token, _settings = site
    body, kind = multipart(files.jpeg(30, 30))
    headers = HTTPS | {"Authorization": f"Bearer {token}", "Content_Type": kind}
    _response, created = client.request("POST", "/api/v1/images/", body, **headers)
    path = re.search(r'/media/[^"]+', created.decode())[0]
    response, _body = client.request("GET", path, **HTTPS)
    assert response.status == 200
    assert not fault(response, path, is_https=True)
    response, _body = client.request("GET", path, If_None_Match=response.headers["ETag"], **HTTPS)
    assert response.status == 304
    assert not fault(response, path, is_https=True)


def test_a_page_of_the_desk_has_them_and_is_kept_nowhere(site):
    server, client, _token, _settings = site
    cookie = server.session("anna")
    headers = HTTPS | {"Cookie": f"{cookie['name']}={cookie['value']}"}
    for path in ("/admin/", "/admin/posts/post/", "/admin/posts/post/1/change/", "/preview/1/"):
        response, _body = client.request("GET", path, **headers)
        assert response.status == 200, path
        assert not fault(response, path, is_https=True)
        assert "no-store" in response.headers["Cache-Control"], path
    response, _body = client.request("POST", "/admin/posts/tag/add/", b"name=x", **headers)
    assert response.status == 403
    assert not fault(response, "/admin/", is_https=True)


def test_a_preflight_of_another_site_has_them(site):
    headers = HTTPS | {"Origin": "https://app.example", "Access_Control_Request_Method": "GET"}
    response, _body = site[1].request("OPTIONS", "/api/v1/posts/", **headers)
    assert response.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert not fault(response, "/api/", is_https=True)


def test_the_metrics_have_those_that_keep_pages_from_reading_them(site):
    client = Client(f"http://127.0.0.1:{site[0].env['METRICS_PORT']}")
    for method, path in (("GET", "/metrics"), ("GET", "/favicon.ico"), ("OPTIONS", "/metrics"), ("POST", "/metrics")):
        response, _body = client.request(method, path)
        assert security_headers.missing_of_metrics(response.headers) == [], (method, path)


@pytest.fixture(scope="module")
def failing(serve, tmp_path_factory):
    """A process that is soon too busy, has templates that fail, and is given up on by no slow client; and its folder."""
    folder = tmp_path_factory.mktemp("failing")
    for name in ("frontend/archive.html", "api/problems.html"):
        path = folder / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{% fail %}")
    limits = {"API_ADDRESS_RATES": "read=2/day", "REQUEST_HEAD_SECONDS": "1", "REQUEST_BODY_SECONDS": "1"}
    return serve(THEME_DIR=str(folder), HTTPS="1", SITE_URL="https://localhost", probe="/livez", **limits)


def raw(port: int, *lines: str) -> tuple[int, HTTPMessage]:
    """Send the lines of a request, and nothing more; return the status and the headers of the answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    connection.sock.sendall("\r\n".join(lines).encode())
    response = HTTPResponse(connection.sock)
    response.begin()
    connection.close()
    return response.status, response.headers


POST = ("POST /api/v1/posts/ HTTP/1.1", "Host: localhost", "X-Forwarded-Proto: https")
UNUSUAL = {
    "an error in a template of the pages": (500, ("GET /archive/ HTTP/1.1", *POST[1:], "", "")),
    "an error in a template of the API": (500, ("GET /api/docs/problems/ HTTP/1.1", *POST[1:], "", "")),
    "a body that is too large": (413, (*POST, "Content-Length: 99999999", "", "")),
    "a body that does not come": (408, (*POST, "Content-Length: 9", "", "")),
    "a coding that is not known": (400, (*POST, "Transfer-Encoding: gzip", "", "")),
    "a WebSocket": (426, ("GET / HTTP/1.1", *POST[1:], "Connection: Upgrade", "Upgrade: websocket", "", "")),
    "all of the server": (404, ("OPTIONS * HTTP/1.1", *POST[1:], "", "")),
    "a tunnel": (400, ("CONNECT localhost:443 HTTP/1.1", *POST[1:], "", "")),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_the_answer_to_an_unusual_request_has_them(failing, name):
    status, sent = UNUSUAL[name]
    answered, headers = raw(failing.port, *sent)
    # gunicorn refuses two of them before anybody knows whether they came by HTTPS.
    assert (answered, security_headers.missing(headers, is_https=answered not in (400, 426))) == (status, [])


def test_the_answer_to_a_head_that_does_not_come_has_them(failing):
    status, headers = raw(failing.port, "GET / HTTP/1.1", "Host: localhost")
    assert (status, security_headers.missing(headers)) == (408, [])


def test_the_answer_to_too_many_requests_has_them(failing):
    client = Client(failing.url)
    answers = [client.request("GET", "/api/docs/", **HTTPS)[0] for _ in range(4)]
    assert answers[-1].status == 429
    assert not fault(answers[-1], "/api/docs/", is_https=True)


def test_the_answers_without_a_database_have_them(serve, tmp_path):
    folder = tmp_path / "database"
    folder.mkdir()
    server = serve(f"sqlite:///{folder / 'x.sqlite3'}", probe="/livez", HTTPS="1", SITE_URL="https://localhost")
    folder.rename(tmp_path / "elsewhere")
    client = Client(server.url)
    for path in ("/", "/feed.atom", "/api/v1/posts/", "/readyz", "/admin/"):
        response, _body = client.request("GET", path, **HTTPS)
        assert response.status in (302, 503), path
        assert not fault(response, path, is_https=True)
