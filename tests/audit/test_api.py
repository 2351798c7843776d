"""Every write of the API has one audit entry, written with it or not at all; what writes nothing has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.api.models import ApiToken
from apps.audit import chain
from apps.audit.models import AuditEntry
from apps.comments import notifications
from apps.comments import services as comments
from apps.comments.models import Comment
from apps.core import background_mail
from apps.media.services import create_image
from apps.posts import services
from apps.posts.models import Post, Tag
from blog_project.roles import Operation
from tests.api.conftest import alice_client, client, erika_client  # noqa: F401
from tests.media.files import jpeg
from tests.resources import RESOURCES

WRITES = (Operation.CREATE, Operation.UPDATE, Operation.DELETE)


def written() -> list[AuditEntry]:
    """Return the entries of requests, oldest first."""
    return list(AuditEntry.objects.exclude(request_id="-").order_by("position"))


def make(resource: str, post: Post, user) -> int:
    """Create an object of a resource that can be changed and deleted, and return its id."""
    makers: dict[str, Callable[[], Any]] = {
        "posts": lambda: services.create_post(by=None, title="Another", status="published"),
        "tags": lambda: services.create_tag(name="Tag"),
        "authors": lambda: services.create_author(name="Author"),
        "series": lambda: services.create_series(title="Series"),
        "comments": lambda: comments.create_comment(by=None, post=post, body="Words.", name="Rita"),
        "images": lambda: create_image(by=user, file=ContentFile(jpeg(60, 40), "a.jpg")),
    }
    return makers[resource]().pk


NEW = {
    "posts": {"title": "New", "authors": []},
    "tags": {"name": "New"},
    "authors": {"name": "New"},
    "series": {"title": "New"},
    "comments": {"post": 0, "body": "New.", "name": "Erika"},
}
CHANGES = {
    "posts": {"title": "Other"},
    "tags": {"description": "Other"},
    "authors": {"bio": "Other"},
    "series": {"description": "Other"},
    "comments": {"body": "Other."},
    "images": {"alt": "Other"},
}


def send(operation: Operation, resource: str, post: Post, user, api):
    """Send a request that writes an object of a resource, and return its response."""
    if operation is Operation.CREATE and resource == "images":
        file = SimpleUploadedFile("new.jpg", jpeg(70, 50), "image/jpeg")
        headers = {"Authorization": f"Bearer {api.token}"}
        return Client().post("/api/v1/images/", {"file": file}, headers=headers)
    if operation is Operation.CREATE:
        body = NEW[resource]
        return api.post(f"{resource}/", body | ({"post": post.pk} if "post" in body else {}))
    path = f"{resource}/{make(resource, post, user)}/"
    if operation is Operation.DELETE:
        return api.delete(path, If_Match="*")
    return api.patch(path, CHANGES[resource], If_Match="*")


CASES = [
    (base.resource, operation) for base, viewsets in RESOURCES.items() for operation in WRITES if operation in viewsets
]


@pytest.mark.parametrize(("resource", "operation"), CASES, ids=lambda value: str(value))
def test_each_write_of_each_resource_has_one_entry(resource, operation, erika_client, erika, make_post, settings):  # noqa: F811
    settings.RELEASE = "1.7"
    post = make_post("Tides")
    response = send(operation, resource, post, erika, erika_client)
    assert response.status_code in (200, 201, 204), response.content
    (entry,) = written()
    token = ApiToken.objects.get()
    assert (entry.username, entry.user, entry.token) == ("erika", erika, token.hint)
    assert (entry.role, entry.release, entry.address) == ("all", "1.7", "127.0.0.1")
    assert entry.request_id == response["X-Request-ID"]
    assert entry.model.endswith(".series" if resource == "series" else f".{resource.removesuffix('s')}")
    assert entry.object_id.isdecimal()
    is_trashed = operation is Operation.DELETE and resource in ("posts", "comments")
    action = {Operation.CREATE: "added", Operation.UPDATE: "changed", Operation.DELETE: "deleted"}[operation]
    assert entry.action == ("changed" if is_trashed else action)
    changed = next(iter(CHANGES[resource])) if operation is Operation.UPDATE else ""
    assert entry.message == ("Moved to the trash." if is_trashed else changed)


def test_the_entry_of_a_change_says_which_fields_were_changed(erika_client, make_post):  # noqa: F811
    sea = services.create_tag(name="Sea")
    post = make_post("Tides", tags=[sea])
    body = {"title": "Ebb", "summary": "", "tags": ["sea"], "status": "draft"}
    assert erika_client.patch(f"posts/{post.pk}/", body, If_Match="*").status_code == 200
    services.create_tag(name="Wind")
    assert erika_client.patch(f"posts/{post.pk}/", {"tags": ["sea", "wind"]}, If_Match="*").status_code == 200
    assert [(entry.object_name, entry.message) for entry in written()] == [("Ebb", "title, status"), ("Ebb", "tags")]


def test_a_token_is_named_as_its_page_shows_it(client, erika, make_post):  # noqa: F811
    token, secret = ApiToken.objects.issue(user=erika, scopes=["create"], expires_at=None, name="Phone")
    client.token = secret
    client.post("tags/", {"name": "New"})
    (entry,) = written()
    assert entry.token == f"{token.hint} Phone"
    assert secret not in str(AuditEntry.objects.values())


def test_a_repeated_request_has_no_second_entry(erika_client):  # noqa: F811
    for _time in range(2):
        assert erika_client.post("tags/", {"name": "New"}, Idempotency_Key='"a-key"').status_code == 201
    assert [entry.action for entry in written()] == ["added"]


def test_a_change_that_changes_nothing_and_what_is_deleted_already_have_none(erika_client, make_post):  # noqa: F811
    post = make_post("Tides")
    assert erika_client.patch(f"posts/{post.pk}/", {"title": "Tides"}, If_Match="*").status_code == 200
    services.trash_post(post, by=None, expected_version=1)
    assert erika_client.delete(f"posts/{post.pk}/", If_Match="*").status_code == 204
    assert written() == []


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": '"a-key"'}])
def test_an_upload_that_finds_its_image_there_has_none(erika_client, erika, headers):  # noqa: F811
    create_image(by=erika, file=ContentFile(jpeg(70, 50), "a.jpg"))
    file = SimpleUploadedFile("new.jpg", jpeg(70, 50), "image/jpeg")
    headers = {"Authorization": f"Bearer {erika_client.token}", **headers}
    assert Client().post("/api/v1/images/", {"file": file}, headers=headers).status_code == 201
    assert written() == []


@pytest.mark.parametrize("key", [{}, {"Idempotency_Key": '"a-key"'}])
def test_a_refused_request_has_none(erika_client, make_post, key):  # noqa: F811
    post = make_post("Tides")
    assert erika_client.post("posts/", {"title": "New", "slug": "tides", "authors": []}, **key).status_code == 400
    assert erika_client.patch(f"posts/{post.pk}/", {"title": "x"}, If_Match='"9"').status_code == 412
    assert erika_client.get(f"posts/{post.pk}/").status_code == 200
    assert written() == []


def test_what_cannot_be_recorded_is_not_written(erika_client, make_post, monkeypatch):  # noqa: F811
    post = make_post("Tides")

    def fail(entries):
        raise OSError("no room for an entry")

    monkeypatch.setattr(chain, "_insert", fail)
    assert erika_client.patch(f"posts/{post.pk}/", {"title": "Ebb"}, If_Match="*").status_code == 500
    assert erika_client.post("tags/", {"name": "New"}).status_code == 500
    assert Post.objects.get().title == "Tides"
    assert not Tag.objects.exists()
    assert written() == []


# Readers without an account


@pytest.mark.parametrize("is_form", [False, True])
def test_a_reader_s_comment_is_recorded_without_anything_of_the_reader(is_form, client, make_post):  # noqa: F811
    post = make_post("Tides")
    fields = {"post": post.pk, "body": "Secret words.", "name": "Rita", "email": "rita@example.org"}
    if is_form:
        headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
        form = {"content_type": "application/x-www-form-urlencoded", "headers": headers}
        response = Client().post("/api/v1/comments/", urlencode(fields), **form)
    else:
        response = client.post("comments/", fields)
    assert response.status_code in (201, 303), response.content
    comment = Comment.objects.get()
    (entry,) = written()
    assert (entry.action, entry.model, entry.object_id) == ("added", "comments.comment", str(comment.pk))
    assert (entry.username, entry.user, entry.address, entry.token) == ("", None, None, "")
    assert entry.object_name == f"comment {comment.pk}"
    assert not [word for word in ("Rita", "rita", "Secret", "127.0.0.1") if word in str(AuditEntry.objects.values())]


def test_a_reader_who_wants_no_more_mail_is_recorded_once(make_post):
    comment = comments.create_comment(
        by=None, post=make_post("Tides"), body="Words.", name="Rita", email="rita@example.org", notify=True
    )
    background_mail.wait()
    path = notifications.unsubscribe_path(comment)
    for _time in range(2):
        assert Client().post(path).status_code == 200
    assert [(entry.action, entry.object_id, entry.message) for entry in written()] == [
        ("changed", str(comment.pk), "notify")
    ]
