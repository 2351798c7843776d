"""Every role × route × method: a process serves its own requests as the monolith does, and returns 421 for others."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from apps.comments.notifications import unsubscribe_path
from apps.comments.services import create_comment
from apps.media.services import create_image
from apps.posts import services
from apps.posts.models import Author
from blog_project import roles, urls
from blog_project.roles import Role
from tests import resources
from tests.media.files import jpeg

pytestmark = pytest.mark.any_database

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]
PROCESSES = [*({role} for role in Role), {Role.CREATE, Role.UPDATE}, {Role.READ, Role.FRONTEND}]
COMPARED_HEADERS = ["Allow", "Content-Type", "Location", "Link", "WWW-Authenticate", "Cache-Control", "Vary"]

# At least one path for every route; `test_every_route_has_a_path_in_these_lists` says which is missing.
API_PATHS = [
    *(f"/api/v1/{name}/{member}" for name in resources.NAMES for member in ("", "999999/")),
    "/api/v1/posts/{post}/",
    "/api/v1/posts/{draft}/",
    "/api/v1/tags/{tag}/",
    "/api/v1/authors/{author}/",
    "/api/v1/series/{series}/",
    "/api/v1/comments/{comment}/",
    "/api/v1/comments/{waiting}/",
    "/api/v1/images/{image}/",
    "/api/v1/changes/",
    "/api/v1/changes/?after=now",
    "/api/v1/me/",
    "/api/v1/batch/",
    "/api/v1/comments/unsubscribe/{token}/",
    "/api/v1/comments/unsubscribe/nonsense/",
    "/api/v1/",
    "/api/v1/nothing/",
    "/api/v1/posts",
    "/api/",
    "/api",
    "/api/docs/",
    "/api/docs/problems/",
    "/api/schema/",
]
PAGE_PATHS = [
    "/",
    "/a-post/",
    "/a-post/share.png",
    "/a-draft/",
    "/nothing/",
    "/tags/",
    "/tags/a-tag/",
    "/tags/a-tag/feed.atom",
    "/authors/an-author/",
    "/authors/an-author/feed.rss",
    "/series/",
    "/series/a-series/",
    "/series/a-series/feed.json",
    "/comments/feed.atom",
    "/opensearch.xml",
    "/archive/",
    "/archive/2026/",
    "/archive/2026/01/",
    "/search/?q=text",
    "/feed.atom",
    "/sitemap.xml",
    "/sitemaps/posts-1.xml",
    "/robots.txt",
    "/favicon.ico",
    "/.well-known/security.txt",
    "/.well-known/change-password",
    "/media/{digest}/480.webp",
    "/media/nothing",
    "/theme/0123456789abcdef0123.css",
    "/2013/05/06/an-old-address.html",
    # A prefix followed by a newline is not the prefix.
    "/api%0A",
    "/admin%0A",
    "/preview%0A",
]
ADMIN_PATHS = [
    "/admin/",
    "/admin",
    "/preview",
    "/admin/login/",
    "/admin/posts/post/",
    "/admin/nothing/",
    "/preview/{post}/",
    "/preview/site/",
    "/preview/site/theme.css",
    "/preview/a-secret-that-nobody-has-made-up/",
]


@pytest.fixture
def content(erika, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    author = Author.objects.create(name="An author", slug="an-author")
    tag, series = services.create_tag(name="A tag"), services.create_series(title="A series")
    links = {"tags": [tag], "authors": [author], "series": series}
    post = services.create_post(by=None, title="A post", body="text", status="published", **links)
    draft = services.create_post(by=None, title="A draft", authors=[author])
    comment = create_comment(by=erika, post=post, body="A comment.", name="Erika")
    waiting = create_comment(by=None, post=post, body="Another.", name="Rita")
    image = create_image(by=erika, file=ContentFile(jpeg(480, 320), name="picture.jpg"))
    rows = {"post": post, "draft": draft, "tag": tag, "author": author, "series": series, "image": image}
    rows |= {"comment": comment, "waiting": waiting}
    keys = {name: row.pk for name, row in rows.items()}
    return keys | {"digest": image.digest, "token": unsubscribe_path(comment).split("/")[-2]}


def send_and_roll_back(method: str, path: str, *, token: str = "", client: Client | None = None) -> dict:
    """Send a request, roll back its writes, and return the response with variable parts masked."""
    client = client or Client(raise_request_exception=False)
    headers = {"If-Match": "*"} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = json.dumps({"title": "New", "name": "New"}) if path.startswith("/api/") and method != "GET" else ""
    with transaction.atomic():
        response = client.generic(method, path, body, content_type="application/json", headers=headers)
        transaction.set_rollback(True)
    return {
        "status": response.status_code,
        "body": mask_variable_parts(response.getvalue().decode(errors="replace")),
        **{name: mask_variable_parts(response.get(name, "")) for name in COMPARED_HEADERS},
    }


def mask_variable_parts(text: str) -> str:
    """Mask what differs between responses: request ids, digests, CSRF tokens, nonces, row ids, times and cursors."""
    text = re.sub(r"after=(?!now)[\w.%-]+", "after=#", text)
    text = re.sub(r'(csrfmiddlewaretoken" value=")[^"]*|(nonce-|nonce=")[\w+/=-]*', r"\1\2", text)
    return re.sub(r"[0-9a-f]{8,}|\d+", "#", text)


def fill_in(paths: list[str], content: dict) -> list[str]:
    return [path.format(**content) for path in paths]


@pytest.mark.parametrize("sender", ["anonymous", "editor"])
def test_an_api_process_serves_its_own_requests_and_returns_421_for_others(sender, content, become, erika, token_for):
    token = token_for(erika) if sender == "editor" else ""
    requests = [(method, path) for path in fill_in(API_PATHS, content) for method in METHODS]
    become(Role)
    expected = {request: send_and_roll_back(*request, token=token) for request in requests}
    for process in PROCESSES:
        become(process)
        mounts_api = bool(process & {Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE})
        for method, path in requests:
            unsupported = expected[method, path]["status"] == 405 or is_no_route(path)
            own = roles.owner(method, path) in process or (mounts_api and unsupported)
            response = send_and_roll_back(method, path, token=token)
            check_response(process, method, path, response, expected[method, path] if own else None)


def check_response(process: set[Role], method: str, path: str, response: dict, expected: dict | None) -> None:
    """Compare a response with the monolith's or, if `expected` is None, with a 421 that names the owner."""
    case = (sorted(process), method, path)
    if expected is not None:
        assert response == expected, case
        return
    assert response["status"] == 421, case
    assert method == "HEAD" or json.loads(response["body"].replace("#", "0"))["role"] == roles.owner(method, path), case


def is_no_route(path: str) -> bool:
    """Return whether no API route has this path, so that every API process returns a 404."""
    return path in ("/api", "/api/", "/api/v1/nothing/", "/api/v1/posts")


def test_pages_and_the_admin_are_served_only_by_their_roles(content, become, admin_client):
    admin_client.raise_request_exception = False
    requests = [(method, path) for path in fill_in(PAGE_PATHS + ADMIN_PATHS, content) for method in METHODS]
    become(Role)
    expected = {request: send_and_roll_back(*request, client=admin_client) for request in requests}
    for process in PROCESSES:
        become(process)
        for method, path in requests:
            own = roles.owner(method, path) in process
            response = send_and_roll_back(method, path, client=admin_client)
            check_response(process, method, path, response, expected[method, path] if own else None)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: ".".join(sorted(process)))
def test_every_role_serves_probes_with_any_host_header(process, become, db):
    become(process)
    client = Client(headers={"Host": "10.1.2.3:8000"})
    assert client.get("/livez").content == b"ok\n"
    assert client.get("/readyz").status_code == 200


def routes(patterns, prefix: str = "") -> list[str]:
    """Return the route of every endpoint as in `ResolverMatch.route`."""
    found = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        found += routes(pattern.url_patterns, route) if isinstance(pattern, URLResolver) else [route]
    return found


def test_every_route_is_under_a_prefix_of_the_role_that_mounts_its_group():
    """A route under a prefix of another role would never be reached in the split."""
    for group in urls.GROUPS:
        owners = {role for role, row in roles.TABLE.items() if group in row.urls}
        for route in routes(urls.urls_of(group, frozenset(Role))):
            start = "/" + re.split(r"[<(\[\\$]", route.replace("^", ""))[0]
            owned_by = {roles.owner(method, start) for method in METHODS}
            assert owned_by & owners, f"{start} of the group {group} is owned by {owned_by}"
            if not start.startswith("/api/"):
                assert owned_by <= owners, f"{start} of the group {group} is owned by {owned_by}"


def test_every_route_has_a_path_in_these_lists(content, settings):
    """A new route must be added to the paths above, or these tests would not see it."""
    resolver = get_resolver()
    all_paths = fill_in(API_PATHS + PAGE_PATHS + ADMIN_PATHS, content)
    covered = {
        resolver.resolve(path.split("?")[0]).route for path in all_paths if not path.endswith(("posts", "/admin"))
    }
    missing = [route for route in routes(resolver.url_patterns) if route not in covered]
    assert [route for route in missing if not route.startswith("admin/")] == []
