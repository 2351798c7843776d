"""The grants of each role are sufficient and minimal, and a write that the database refuses is rolled back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.contrib.auth.models import User as AuthUser
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnAttestation, WebAuthnCredential
from rest_framework.request import Request as ApiRequest

from apps.api.authentication import TokenAuthentication
from apps.api.models import KEY_LIFETIME, ApiToken, IdempotencyKey
from apps.comments.notifications import unsubscribe_path
from apps.comments.services import create_comment, update_comment
from apps.core import background_mail, content_state
from apps.media.models import Image
from apps.media.services import create_image
from apps.posts import services
from apps.posts.models import PendingVersion, Post, Tag
from apps.server.database import grants
from apps.site import services as site
from apps.site import theme
from blog_project import roles
from blog_project.roles import Role
from tests.accounts.factors import code_of, with_app, wrong_code
from tests.editor.forms import fields_of
from tests.media.files import jpeg
from tests.roles.test_routes import PAGE_PATHS
from tests.roles.users import PASSWORD, User, connected_as, database_name, execute
from tests.servers import ROOT, environment

pytestmark = pytest.mark.heavy

YEAR = 2026
KEY = "a-key"
"""The Idempotency-Key of requests that create authors. `create_expired_key` has used it before."""
STARTUP_CHECKS = """
from django.core.management import call_command
from apps.core import metrics
from apps.server import health
call_command("check", databases=["default"], fail_level="WARNING")
call_command("migrate", check_unapplied=True, verbosity=0)
assert health.readiness.check() == "", health.readiness.reason
assert metrics.check_database()
"""


@pytest.fixture(scope="module")
def content(own_database, tmp_path_factory) -> Iterator[dict[str, Any]]:
    """Content for the requests, committed by the migration user."""
    with override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("media"))):
        yield _content()


def _content() -> dict[str, Any]:
    erika = AuthUser.objects.create_user("erika", "erika@example.org", PASSWORD, is_staff=True)
    erika.groups.set(Group.objects.filter(name="Editors"))
    AuthUser.objects.create_superuser("root", "root@example.org", PASSWORD)
    leaver = AuthUser.objects.create_user("leaver", "leaver@example.org", PASSWORD)
    token = ApiToken.objects.issue(user=erika, scopes=[*"create read update delete".split()], expires_at=None)[1]
    author, idle = (
        services.create_author(name="An author", aliases=["a-writer"]),
        services.create_author(name="An idle author"),
    )
    tag, other = services.create_tag(name="A tag"), services.create_tag(name="Another tag")
    services.update_tag(other, expected_version=1, slug="other-tag")
    public = {"status": "published", "published_at": datetime(YEAR, 1, 1, tzinfo=UTC), "authors": [author]}
    series, idle_series = services.create_series(title="A series"), services.create_series(title="Empty")
    services.update_series(series, expected_version=1, slug="the-series")
    post = services.create_post(by=None, title="A post", body="A text.", tags=[tag, other], series=series, **public)
    services.create_post(by=None, title="A later post", body="Text.", tags=[tag], series=series, **public)
    services.create_post(by=None, title="A page", kind="page", body="Text.", **public)
    draft = services.create_post(by=None, title="A draft", authors=[author])
    trashed = services.create_post(by=None, title="In the trash", body="Text.", **public)
    services.trash_post(trashed, by=leaver, expected_version=1)
    moved = services.create_post(by=None, title="Moved", body="Text.", **public)
    services.update_post(moved, by=erika, expected_version=1, slug="moved-to")
    answered = create_comment(by=None, post=post, body="A comment.", name="Rita", email="rita@example.org", notify=True)
    update_comment(answered, by=None, expected_version=1, status="approved")
    waiting = create_comment(by=None, post=post, parent=answered, body="Another.", name="Ada", email="ada@example.org")
    background_mail.wait()
    unsubscribe = unsubscribe_path(answered).removeprefix("/api/v1/")
    image, spare, old = (create_image(by=erika, file=ContentFile(jpeg(side, 320), "a.jpg")) for side in (480, 60, 61))
    services.update_post(moved, by=erika, expected_version=2, cover_image=image)
    settings = site.update_site(site.stored_site(), expected_version=1, accent="#1d4f7c")
    site.set_stylesheet(settings, "a { color: teal }", expected_version=settings.version)
    create_expired_key(token)
    due, planned = (
        services.create_post(by=None, title=title, body=f"![](/media/{old.digest}/61.jpg)", **public)
        for title in ("With a due update", "With a later update")
    )
    schedule_update(due, image)
    schedule_update(planned, image)
    let_update_be_due(due)
    rows = {
        "image": image,
        "spare": spare,
        "answered": answered,
        "waiting": waiting,
        "post": post,
        "draft": draft,
        "trashed": trashed,
        "moved": moved,
        "due": due,
        "planned": planned,
        "tag": tag,
        "author": author,
        "series": series,
        "idle_series": idle_series,
    }
    return {name: row.pk for name, row in rows.items()} | {
        "idle": idle.pk,
        "leaver": leaver.pk,
        "token": token,
        "unsubscribe": unsubscribe,
        "digest": image.digest,
        "theme": theme.digest(settings.accent, settings.stylesheet_digest),
    }


def schedule_update(post: Post, image: Image) -> None:
    """Schedule an update of a post that changes every field that can wait, and everything that is rendered."""
    services.keep_for_later(
        post,
        by=AuthUser.objects.get(username="erika"),
        expected_version=1,
        title="Updated",
        summary="Updated.",
        body=f"Words.\n\n## One\n\n## Two\n\n## Three\n\n![](/media/{image.digest}/480.jpg)",
        comments_allowed=False,
        seo_title="Updated",
        seo_description="Updated.",
        typography=False,
        canonical_url="https://example.org/",
        cover_image=image,
    )
    tomorrow = timezone.now() + timedelta(days=1)
    services.schedule_pending(post, expected_version=1, expected_pending=1, moment=tomorrow)


def let_update_be_due(post: Post) -> None:
    """Let the moment of a scheduled update have come."""
    row = PendingVersion.objects.get(pk=post.pk)
    row.schedule(timezone.now())
    row.save()


def create_expired_key(token: str) -> None:
    """Create an author with an Idempotency-Key, and let the key expire."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": KEY}
    made = Client().post("/api/v1/authors/", {"name": "With a key"}, content_type="application/json", headers=headers)
    assert made.status_code == 201
    IdempotencyKey.objects.update(created_at=timezone.now() - KEY_LIFETIME)


Request = tuple[str, str, Any, int]
"""Method, path (with names of `content` as placeholders), body, and the status in the monolith (None for any)."""


def batch(*operations: tuple[str, str, Any]) -> dict[str, Any]:
    """Return the body of a batch of methods, paths and bodies."""
    return {
        "operations": [
            {
                "method": method,
                "path": f"/api/v1/{path}",
                "headers": {"If-Match": "*", "Idempotency-Key": f"key-{place}"},
            }
            | ({} if body is None else {"body": body})
            for place, (method, path, body) in enumerate(operations)
        ]
    }


REQUESTS: dict[Role, list[Request]] = {
    Role.CREATE: [
        (
            "POST",
            "posts/",
            {"title": "A post", "body": "B", "status": "published", "tags": ["a-tag"], "authors": ["an-author"]},
            201,
        ),
        ("POST", "posts/", {"title": "A draft", "authors": []}, 201),
        ("POST", "posts/", {"title": "A post", "slug": "a-post", "authors": []}, 400),
        ("POST", "tags/", {"name": "New"}, 201),
        ("POST", "tags/", {"name": "A tag"}, 400),
        ("POST", "authors/", {"name": "New"}, 201),
        ("POST", "series/", {"title": "New"}, 201),
        ("POST", "posts/", {"title": "A part", "authors": [], "series": "the-series"}, 201),
        ("POST", "comments/", {"post": "{post}", "body": "Mine.", "name": "Erika"}, 201),
        ("POST", "comments/", {"parent": "{answered}", "body": "To you.", "name": "Erika"}, 201),
        ("POST", "{unsubscribe}", None, 200),
        ("POST", "images/", {"alt": "New"}, 201),
        (
            "POST",
            "batch/",
            batch(
                ("POST", "tags/", {"name": "Of a batch"}),
                (
                    "POST",
                    "posts/",
                    {"title": "Of a batch", "tags": ["of-a-batch"], "authors": [], "status": "published"},
                ),
            ),
            200,
        ),
        ("POST", "posts/", {"title": "A post", "body": "B", "cover_image": "{image}", "authors": []}, 201),
    ],
    Role.READ: [
        *(("GET", f"{kind}/", None, 200) for kind in ("posts", "tags", "authors", "series")),
        ("GET", "series/{series}/", None, 200),
        *(("GET", path, None, 200) for path in ("posts/{post}/", "posts/{draft}/", "tags/{tag}/", "authors/{author}/")),
        *(("GET", f"posts/?status={status}", None, 200) for status in "published draft scheduled trashed any".split()),
        *(
            ("GET", f"posts/?{query}", None, 200)
            for query in (
                *(
                    "tag=a-tag",
                    "tag=another-tag",
                    "tag=another-tag,a-tag",
                    "tag!=a-tag",
                    "id=1,2",
                    "include=count",
                    "author=an-author",
                    "author=a-writer",
                    "slug=a-post",
                ),
                *("q=text&ordering=relevance&include=excerpt", "q=draft&status=any&include=excerpt"),
                *("q=text", "q=of&tag=a-tag", "fields=title,body,images", "include=authors,tags,series,images"),
                *("series=the-series", "series=a-series&ordering=-published_at"),
            )
        ),
        *(("GET", path, None, 200) for path in ("/api/docs/", "/api/docs/problems/", "/api/schema/")),
        *(
            ("GET", f"comments/{query}", None, 200)
            for query in ("?post={post}", "?status=any", "?email=rita@example.org")
        ),
        ("GET", "comments/{waiting}/", None, 200),
        *(("GET", f"posts/{{{name}}}/", None, 200) for name in ("due", "planned")),
        ("GET", "{unsubscribe}", None, 200),
        *(("GET", path, None, 200) for path in ("images/", "images/?use=none", "images/{image}/")),
        ("GET", "posts/?updated_since=2020-01-01T00:00:00Z", None, 200),
        *(("GET", f"changes/?{query}", None, 200) for query in ("after=now", "page_size=100", "type=image")),
        ("GET", "me/", None, 200),
        ("HEAD", "posts/{post}/", None, 200),
        ("OPTIONS", "posts/", None, 200),
        ("GET", "posts/999/", None, 404),
    ],
    Role.UPDATE: [
        ("PATCH", "posts/{post}/", {"slug": "renamed", "tags": ["a-tag"], "authors": ["an-idle-author"]}, 200),
        ("PATCH", "posts/{moved}/", {"slug": "moved"}, 200),
        ("PATCH", "posts/{draft}/", {"status": "published"}, 200),
        ("PATCH", "posts/{trashed}/", {"trashed": False}, 200),
        ("PUT", "posts/{post}/", {"title": "Replaced", "authors": ["an-author"]}, 200),
        ("PATCH", "tags/{tag}/", {"name": "Renamed"}, 200),
        ("PATCH", "tags/{tag}/", {"slug": "another-slug"}, 200),
        ("PATCH", "series/{series}/", {"title": "Renamed", "slug": "renamed"}, 200),
        ("PATCH", "posts/{draft}/", {"series": "the-series"}, 200),
        ("PATCH", "posts/{post}/", {"series_position": 9}, 200),
        ("PATCH", "authors/{author}/", {"name": "Renamed"}, 200),
        ("PATCH", "authors/{author}/", {"slug": "another-slug"}, 200),
        ("PATCH", "comments/{waiting}/", {"status": "approved"}, 200),
        ("PATCH", "images/{image}/", {"alt": "Other words"}, 200),
        ("PATCH", "posts/{post}/", {"cover_image": "{image}"}, 200),
        ("PATCH", "posts/{moved}/", {"cover_image": None}, 200),
        ("PATCH", "posts/{due}/", {"summary": "Theirs."}, 200),
        ("PATCH", "posts/{planned}/", {"title": "Theirs"}, 200),
        (
            "PATCH",
            "batch/",
            batch(
                ("PATCH", "posts/{draft}/", {"tags": ["a-tag"]}),
                ("PUT", "tags/{tag}/", {"name": "Replaced"}),
                ("PATCH", "posts/{due}/", {"summary": "Theirs."}),
            ),
            200,
        ),
    ],
    Role.DELETE: [
        ("DELETE", "posts/{post}/", None, 204),
        ("DELETE", "posts/{draft}/", None, 204),
        ("DELETE", "posts/{due}/", None, 204),
        ("DELETE", "posts/{planned}/", None, 204),
        ("DELETE", "posts/{trashed}/", None, 204),
        ("DELETE", "tags/{tag}/", None, 204),
        ("DELETE", "authors/{idle}/", None, 204),
        ("DELETE", "series/{series}/", None, 204),
        ("DELETE", "series/{idle_series}/", None, 204),
        ("DELETE", "comments/{answered}/", None, 204),
        ("DELETE", "images/{spare}/", None, 204),
        ("DELETE", "images/{image}/", None, 409),
        ("DELETE", "authors/{author}/", None, 409),
        (
            "DELETE",
            "batch/",
            batch(("DELETE", "posts/{post}/", None), ("DELETE", "tags/{tag}/", None), ("DELETE", "posts/{due}/", None)),
            200,
        ),
    ],
    Role.FRONTEND: [
        *(("GET", path, None, None) for path in PAGE_PATHS),
        *(("GET", path, None, 200) for path in ("/search/?q=te", "/a-page/", "/sitemaps/authors-1.xml")),
        *(("GET", path, None, 200) for path in ("/sitemaps/posts-1.xml", "/sitemaps/tags-1.xml")),
        *(("GET", path, None, 200) for path in ("/tags/?after=A", "/?before=2026-03-01T12:30:00Z_42")),
        ("GET", "/theme/{theme}.css", None, 200),
        ("GET", "/with-a-due-update/", None, 200),
        ("GET", "/with-a-later-update/", None, 200),
        ("GET", "/moved/", None, 301),
        ("GET", "/tags/no-tag-any-more/", None, 404),
        ("GET", "/authors/a-writer/", None, 301),
        ("GET", "/series/a-series/", None, 301),
        *(("GET", path, None, 200) for path in ("/series/", "/series/the-series/", "/sitemaps/series-1.xml")),
        ("GET", "/tag/a-tag/feed/", None, 301),
        ("GET", "/in-the-trash/", None, 410),
    ],
}


def send_and_roll_back(request: Request, content: dict) -> int:
    """Send a request, roll back its writes, and return the status."""
    with transaction.atomic():
        status = send(request, content)
        transaction.set_rollback(True)
    return status


def send(request: Request, content: dict) -> int:
    """Send a request with the token of the editor, and return the status."""
    method, path, body, _status = request
    client = Client(raise_request_exception=False)
    address = (path if path.startswith("/") else f"/api/v1/{path}").format(**content)
    headers = {"If-Match": "*"}
    if (method, path) == ("POST", "authors/"):
        headers["Idempotency-Key"] = KEY
    if address.startswith("/api/"):
        headers["Authorization"] = f"Bearer {content['token']}"
    filled = {
        # A placeholder that is the whole value becomes the id as a number.
        name: content.get(value[1:-1], value) if isinstance(value, str) else value
        for name, value in (body or {}).items()
    }
    if "operations" in filled:
        filled["operations"] = [
            operation | {"path": operation["path"].format(**content)} for operation in filled["operations"]
        ]
    if (method, path) == ("POST", "images/"):
        file = SimpleUploadedFile("new.jpg", jpeg(70, 50), "image/jpeg")
        return client.post(address, filled | {"file": file}, headers=headers).status_code
    data = "" if body is None else json.dumps(filled)
    return client.generic(method, address, data, content_type="application/json", headers=headers).status_code


def database_content() -> dict[str, tuple]:
    """Return the rows of every table."""
    tables = [name for (name,) in execute("SHOW TABLES")]
    return {name: tuple(sorted(map(repr, execute(f"SELECT * FROM `{name}`")))) for name in tables}


@pytest.mark.parametrize("role", REQUESTS)
def test_a_role_with_its_own_user_gives_the_same_responses_as_with_the_migration_user(role, content, become, users):
    become({role})
    expected = [send_and_roll_back(request, content) for request in REQUESTS[role]]
    assert [request[3] or status for request, status in zip(REQUESTS[role], expected, strict=True)] == expected
    with connected_as(users[role]):
        assert [send_and_roll_back(request, content) for request in REQUESTS[role]] == expected


@pytest.mark.parametrize("process", ["all", "create.update"])
def test_a_process_of_several_roles_serves_all_their_requests_with_one_user(process, content, become, users):
    become(roles.parse(process))
    requests = [
        request for role in Role if role in roles.parse(process) & REQUESTS.keys() for request in REQUESTS[role]
    ]
    with connected_as(users[process]):
        assert [
            request
            for request in requests
            if send_and_roll_back(request, content) not in (request[3], 200, 301, 302, 404)
        ] == []


@pytest.mark.parametrize("role", [*Role, "create.update", "all"])
def test_system_checks_migration_checks_and_readiness_work_with_the_user_of_a_role(role, users):
    env = environment(users[role].url(), ROLE=role, DEBUG="1")
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", STARTUP_CHECKS]
    run = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def requests_with_sql(role: Role, content: dict) -> list[tuple[Request, str]]:
    """Return the requests of a role, each with its SQL."""
    found = []
    for request in REQUESTS[role]:
        with CaptureQueriesContext(connection) as captured:
            send_and_roll_back(request, content)
        found.append((request, "\n".join(query["sql"] for query in captured)))
    return found


def requests_using(privilege: grants.Privilege, requests: list[tuple[Request, str]]) -> list[Request]:
    """Return the requests whose SQL contains the table of a privilege. Only these can need it."""
    table = privilege.on.partition(".")[2]
    return [request for request, sql in requests if table in sql]


def write_privileges(role: Role) -> list[grants.Privilege]:
    """Return the privileges without which a write fails: not those to record the use of a token, which are optional."""
    privileges = grants.required_privileges([role], database_name())
    return sorted(item for item in privileges if item.name != "SELECT" and not item.column.startswith("last_used_"))


@contextmanager
def without_privilege(privilege: grants.Privilege, user: User) -> Iterator[None]:
    """Revoke a privilege within the block."""
    account = grants.Account(user.name, "%")
    execute(*grants.revoke([privilege], account))
    try:
        yield
    finally:
        execute(*grants.grant([privilege], account))


@pytest.mark.parametrize("role", [Role.CREATE, Role.UPDATE, Role.DELETE])
def test_every_write_privilege_is_needed_and_a_write_without_it_is_rolled_back(role, content, become, users):
    """Each privilege is revoked in turn, including that for the last statement of a write."""
    become({role})
    before, requests = database_content(), requests_with_sql(role, content)
    for privilege in write_privileges(role):
        affected = requests_using(privilege, requests)
        with without_privilege(privilege, users[role]), connected_as(users[role]):
            failed = [request for request in affected if send_and_roll_back(request, content) >= 500]
            assert failed, f"the requests of {role} do not need {privilege}"
            for request in failed:
                assert send(request, content) == 500
        assert database_content() == before, (privilege, failed)


@pytest.mark.parametrize("role", [Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE])
def test_every_role_but_read_records_the_use_of_a_token_and_needs_no_right_to_answer(role, content, become, users):
    become({role})
    request = ApiRequest(RequestFactory().get("/", headers={"Authorization": f"Bearer {content['token']}"}))
    optional = [item for item in grants.required_privileges([role], database_name()) if "last_used_" in item.column]
    for is_refused in (True, False):
        ApiToken.objects.update(last_used_at=None, last_used_from=None)
        with ExitStack() as stack:
            for privilege in optional if is_refused else []:
                stack.enter_context(without_privilege(privilege, users[role]))
            with connected_as(users[role]):
                TokenAuthentication().authenticate(request)
        assert (ApiToken.objects.get().last_used_from == "127.0.0.1") == (role != Role.READ and not is_refused)


def can_fetch_content_state() -> bool:
    """Return whether the user may run the query of the page cache."""
    try:
        with transaction.atomic():
            content_state.fetch()
    except DatabaseError:
        return False
    return True


def test_the_frontend_needs_every_column_that_its_user_may_read(content, become, users):
    become({Role.FRONTEND})
    unneeded, requests = [], requests_with_sql(Role.FRONTEND, content)
    for privilege in grants.required_privileges([Role.FRONTEND], database_name()):
        # Every role needs these two to check that the database is migrated.
        if privilege.on.endswith(("`django_migrations`", "`django_content_type`")):
            continue
        with without_privilege(privilege, users[Role.FRONTEND]), connected_as(users[Role.FRONTEND]):
            affected = requests_using(privilege, requests)
            pages_work = all(send_and_roll_back(request, content) < 500 for request in affected)
            if pages_work and can_fetch_content_state():
                unneeded.append(privilege)
    assert unneeded == []


def test_the_database_refuses_requests_of_another_role(content, become, users):
    """The grants protect the database even if a process runs code of another role."""
    before = database_content()
    for role, others in {
        Role.CREATE: [Role.DELETE],
        Role.READ: [Role.CREATE, Role.UPDATE, Role.DELETE],
        Role.UPDATE: [Role.CREATE],
        Role.DELETE: [Role.CREATE, Role.UPDATE],
        Role.FRONTEND: [Role.CREATE],
    }.items():
        with connected_as(users[role]):
            for other in others:
                become({other})
                # Trashing a trashed post writes nothing, and more roles than one may unsubscribe readers.
                for request in REQUESTS[other]:
                    if request[3] < 300 and not {"{trashed}", "{unsubscribe}"} & set(request[1].split("/")):
                        assert send(request, content) == 500, (role, request)
        assert database_content() == before, role


# The admin


class AdminClient:
    """A client of the admin that requires a 200 or a redirect as the response."""

    def __init__(self) -> None:
        self.client = Client()
        form = {"username": "root", "password": PASSWORD, "next": "/admin/"}
        assert self.client.post("/admin/login/", form).status_code == 302

    def get(self, path: str):
        response = self.client.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return response

    def submit(self, path: str, form_id: str = "", **fields: Any) -> None:
        """Submit the form of a page with changed fields. The response must be a redirect."""
        form = fields_of(self.get(path), form_id) if form_id else {}
        response = self.client.post(path, form | fields)
        errors = response.context and response.context.get("errors")
        assert response.status_code == 302, (path, response.status_code, errors)


def test_the_admin_works_with_the_user_of_the_admin_role(content, become, users):
    become({Role.ADMIN})
    post, trashed = content["post"], content["trashed"]
    erika = AuthUser.objects.get(username="erika")
    with connected_as(users[Role.ADMIN]), transaction.atomic():
        admin = AdminClient()
        for path in (
            *("/admin/", "/admin/posts/post/", "/admin/posts/post/?state=trash", "/admin/posts/post/?q=post"),
            *("/admin/posts/tag/", "/admin/posts/author/", "/admin/api/apitoken/", "/admin/comments/comment/"),
            *("/admin/auth/user/", "/admin/auth/group/", f"/admin/posts/post/{post}/history/", f"/preview/{post}/"),
            *(f"/admin/posts/post/{post}/delete/", f"/admin/posts/tag/{content['tag']}/delete/"),
            *(
                "/admin/audit/auditentry/",
                "/admin/accounts/session/",
                f"/admin/posts/post/?tag={content['tag']}&author={content['author']}",
            ),
        ):
            admin.get(path)
        for path in ("/admin/media/image/", "/admin/media/image/?use=none", "/admin/media/image/?q=a"):
            admin.get(path)
        admin.submit("/admin/site/site/1/change/", "site_form", name="Another name")
        admin.submit("/admin/site/site/stylesheet/", "stylesheet_form", css="a { color: red }", _save="1")
        admin.submit(f"/admin/media/image/{content['image']}/change/", "image_form", alt="Other words")
        admin.submit(f"/admin/media/image/{content['spare']}/delete/", post="yes")
        file = SimpleUploadedFile("new.jpg", jpeg(70, 50), "image/jpeg")
        assert admin.client.post("/admin/media/image/upload/", {"file": file}).status_code == 201
        answer = {"status": "approved", "answer": "Thank you."}
        admin.submit(f"/admin/comments/comment/{content['waiting']}/change/", "comment_form", **answer)
        for action in ("trash", "approve", "erase", "trash", "purge"):
            admin.submit("/admin/comments/comment/?status=all", action=action, _selected_action=[content["answered"]])
        admin.submit("/admin/posts/post/add/", "post_form", title="New", body="Text.", tag_list=[str(content["tag"])])
        address = f"/admin/posts/post/{post}/change/"
        draft = {"draft_key": f"post:{post}", "title": "Typed"}
        for name in ("autosave", "autosave", "presence", "difference", "render"):
            assert admin.client.post(f"/admin/posts/post/{name}/", draft).status_code == 200
        written = {"draft_key": "new:abcdefghijklmnopqrst", "draft_tab": "a", "title": "Begun", "kind": "post"}
        for typed in ({}, {"body": "Text."}, {"title": ""}):
            answer = admin.client.post("/admin/posts/post/autosave/", written | typed).json()
            written |= {"draft_key": answer["form"]["key"], "version": answer["form"]["version"] or ""}
        cover = str(content["image"])
        admin.submit(address, "post_form", title="Changed", slug="changed", reason="better", cover_image=cover)
        admin.submit(address, "post_form", title="Changed again", _later="")
        pending = f"/admin/posts/post/{post}/pending/"
        admin.submit(pending, "schedule", schedule="")
        admin.submit(pending, "schedule", unschedule="")
        admin.submit(f"{pending}discard/", pending_version="3")
        admin.get(f"/admin/posts/post/{content['due']}/change/")
        version = Post.objects.get(pk=post).history.get(version=1).history_id
        admin.submit(f"/admin/posts/post/{post}/history/{version}/", version="2", at_once="")
        admin.submit(f"/admin/posts/post/{post}/delete/", post="yes")
        for action in ("publish", "unpublish", "trash"):
            admin.submit("/admin/posts/post/", action=action, _selected_action=[content["draft"]])
        admin.submit("/admin/posts/post/?state=trash", action="restore", _selected_action=[post])
        admin.submit("/admin/posts/post/?state=trash", action="purge", _selected_action=[trashed], confirmed="yes")
        admin.submit("/admin/posts/tag/add/", "tag_form", name="Newer")
        newer, tag = Tag.objects.get(name="Newer").pk, content["tag"]
        admin.submit("/admin/posts/post/", action="tag", _selected_action=[post], tag_list=[str(newer)])
        admin.submit("/admin/posts/tag/", action="merge", _selected_action=[newer, tag], stays=tag)
        admin.submit(f"/admin/posts/tag/{tag}/change/", "tag_form", name="Renamed", slug="renamed")
        admin.get("/admin/posts/series/")
        admin.submit("/admin/posts/series/add/", "series_form", title="Newest")
        series, later = content["series"], Post.objects.get(slug="a-later-post").pk
        move = {"parts_move": f"{later}:up", "slug": "again"}
        admin.submit(f"/admin/posts/series/{series}/change/", "series_form", **move)
        assert Post.objects.get(pk=later).series_position == 1
        admin.submit(f"/admin/posts/series/{series}/delete/", post="yes")
        wrong = {"username": "root", "password": "wrong"}
        assert [Client().post("/admin/login/", wrong).status_code for _ in range(6)] == [200] * 4 + [429] * 2
        admin.submit(f"/admin/posts/tag/{content['tag']}/delete/", post="yes")
        admin.submit(
            f"/admin/posts/author/{content['author']}/change/",
            "author_form",
            name="Renamed",
            slug="renamed",
            user=str(erika.pk),
        )
        admin.submit(f"/admin/posts/author/{content['idle']}/delete/", post="yes")
        new = {"username": "new", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
        admin.submit("/admin/auth/user/add/", "user_form", **new)
        admin.submit(f"/admin/auth/user/{erika.pk}/change/", "user_form", first_name="Erika", user_permissions=["1"])
        admin.submit("/admin/auth/group/1/change/", "group_form", permissions=["1", "2"])
        assert Post.history.filter(history_user=content["leaver"]).exists()
        admin.submit(f"/admin/auth/user/{content['leaver']}/delete/", post="yes")
        use_second_factors(admin, erika)
        secret = {"old_password": PASSWORD, "new_password1": "another-secret-9", "new_password2": "another-secret-9"}
        admin.submit("/admin/password_change/", **secret)
        assert admin.client.post("/admin/logout/").status_code == 200
        assert not Post.objects.filter(pk=trashed).exists()
        Client().post("/admin/password_reset/", {"email": "erika@example.org"})
        call_command("clearsessions")
        transaction.set_rollback(True)


def use_second_factors(admin: AdminClient, other: AuthUser) -> None:
    """Set up, use, rename and remove second factors, and reset those of another user."""
    page, client = "/admin/second-factor/", admin.client
    AccessAttempt.objects.all().delete()  # Of the wrong passwords before.
    assert client.post(f"{page}app/").status_code == 200
    device = TOTPDevice.objects.get()
    assert b"recovery-codes" in client.post(f"{page}app/", {"code": code_of(device)}).content
    code = StaticToken.objects.first().token
    client.post("/admin/logout/")
    assert client.post("/admin/login/", {"username": "root", "password": PASSWORD}).status_code == 200
    for typed, status in ((wrong_code(device), 200), (code, 302)):
        assert client.post("/admin/login/", {"factor_code": typed}).status_code == status
    admin.submit(f"{page}change/", device=device.persistent_id, name="My phone")
    assert client.post(f"{page}passkeys/begin/").status_code == 200
    passkey = WebAuthnCredential.objects.create(
        user=AuthUser.objects.get(username="root"), credential_id=b"1", name="Key"
    )
    WebAuthnAttestation.objects.create(credential=passkey, fmt="none", data=b"", client_data_json=b"")
    for factor in (passkey, device):
        admin.submit(f"{page}change/", device=factor.persistent_id, remove="yes")
    assert not StaticToken.objects.exists()
    with_app(other)
    admin.submit(f"/admin/auth/user/{other.pk}/second-factor/", "reset-form")


def test_the_admin_user_cannot_change_or_delete_history(content, users):
    """It can only add to the history, and set the user to NULL for a deleted user."""
    with connected_as(users[Role.ADMIN]):
        for change in ({"body": "Other"}, {"history_date": datetime(YEAR, 1, 1, tzinfo=UTC)}):
            with pytest.raises(OperationalError, match="denied"):
                Post.history.update(**change)
        with pytest.raises(OperationalError, match="denied"):
            Post.history.all().delete()
        Post.history.update(history_user=None)
