"""The table of bodies has every request whose view reads one, and no row that no view needs."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from blog_project import body_limits
from blog_project.roles import Role
from tests.roles.conftest import become  # noqa: F401  (a fixture)
from tests.roles.test_routes import ADMIN_PATHS, API_PATHS, PAGE_PATHS, content, fill_in, routes  # noqa: F401

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]
KINDS = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]


class Recorder(BytesIO):
    """A body that records whether it was read."""

    was_read = False

    def read(self, *args):
        """Read."""
        self.was_read = True
        return super().read(*args)

    def readline(self, *args):
        """Read a line."""
        self.was_read = True
        return super().readline(*args)


@pytest.fixture
def readers(content, admin_client, token_for, erika) -> set[tuple[str, str]]:  # noqa: F811
    """The methods and paths of all requests whose body some view reads."""
    paths = fill_in([*API_PATHS, *PAGE_PATHS, *ADMIN_PATHS, *admin_paths()], content)
    found = set()
    for path in dict.fromkeys(path.split("?")[0] for path in paths):
        for method in METHODS:
            client, headers = (admin_client, {}) if path.startswith("/admin") else (Client(), {"If-Match": "*"})
            if path.startswith("/api/"):
                headers["Authorization"] = f"Bearer {token_for(erika)}"
            kinds = KINDS if method in ("POST", "PUT", "PATCH") else KINDS[:1]
            if any(takes_body(client, method, path, kind, headers) for kind in kinds):
                found.add((method, path))
    return found


def takes_body(client: Client, method: str, path: str, kind: str, headers: dict[str, str]) -> bool:
    """Return whether the body is read, other than to refuse the method."""
    body = Recorder(b"{}")
    client.raise_request_exception = False
    with transaction.atomic():
        response = client.generic(method, path, b"{}", kind, headers=headers, **{"wsgi.input": body})
        transaction.set_rollback(True)
    return body.was_read and response.status_code != 405


def admin_paths() -> list[str]:
    """Return a path for every route of the admin, also for the objects of `content`."""
    paths = []
    for route in routes(get_resolver().url_patterns):
        if route.startswith("admin/"):
            name = re.search(r"admin/\w+/(post|tag|author|comment|image)/", route)
            key = f"{{{name[1]}}}" if name else "1"
            paths.append("/" + re.sub(r"<[^>]+>", key, route.replace("(?P<url>.*)$", "nothing/").replace("^", "")))
    return paths


def test_the_table_has_every_request_whose_body_is_read_and_no_other_row(readers):
    missing = {request for request in readers if not body_limits.limit(*request)}
    assert not missing
    unused = [row for row in body_limits.TABLE if not any(row.matches(*request) for request in readers)]
    assert not unused


@pytest.mark.parametrize("role", Role)
def test_a_process_reads_no_body_of_another_roles_operation(role, settings):
    settings.ROLES = frozenset([role])
    takes = {
        request: body_limits.limit(*request) > 0
        for request in [("POST", "/api/v1/posts/"), ("PUT", "/api/v1/posts/1/"), ("POST", "/admin/login/")]
    }
    assert list(takes.values()) == [role == "create", role == "update", role == "admin"]


@pytest.mark.parametrize(
    ("method", "path", "setting"),
    [
        ("POST", "/api/v1/images/", "UPLOAD_BODY_LIMIT"),
        ("PATCH", "/api/v1/images/7/", "SMALL_BODY_LIMIT"),
        ("POST", "/admin/media/image/upload/", "UPLOAD_BODY_LIMIT"),
        ("POST", "/api/v1/comments/", "SMALL_BODY_LIMIT"),
        ("POST", "/admin/password_reset/", "SMALL_BODY_LIMIT"),
        ("POST", "/admin/login/", "REQUEST_BODY_LIMIT"),
        ("POST", "/api/v1/posts/", "REQUEST_BODY_LIMIT"),
    ],
)
def test_each_kind_of_body_has_its_own_size(method, path, setting, settings):
    assert body_limits.limit(method, path) == getattr(settings, setting)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path", ["/", "/a-post/", "/livez", "/api/v1/nothing/", "/api/v1/changes/", "/preview/1/", "/x/admin/"]
)
def test_nothing_else_takes_a_body(method, path):
    assert body_limits.limit(method, path) == 0


def test_a_request_that_only_reads_or_deletes_takes_no_body():
    for method in ("GET", "HEAD", "OPTIONS", "DELETE"):
        for path in ("/api/v1/posts/", "/api/v1/posts/1/", "/api/v1/images/", "/admin/", "/admin/posts/post/1/delete/"):
            assert body_limits.limit(method, path) == 0


def test_a_path_with_a_newline_at_its_end_is_another_path():
    assert body_limits.limit("POST", "/api/v1/posts/\n") == 0
