"""Every authored field of a post is in the form, the API, the history, the export and the queries of pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import models
from django.test import Client
from django.urls import reverse

from apps.api.models import ApiToken
from apps.editor.admin.forms import ARGUMENTS
from apps.media import services as media
from apps.posts import services
from apps.posts.models import Post
from apps.posts.post_fields import AUTHORED_FIELDS
from apps.server.database.grants import required_privileges
from blog_project.roles import Role
from tests.editor.forms import fields_of
from tests.importing.test_export import delete_all_content, export, import_
from tests.media import files

NOT_RESTORED = {"status", "published_at"}
"""The fields that restoring an old version does not change."""

COPY = {"slug": "copy", "language": "fr"}
"""What differs in a copy of a post: of translations, each language has one post."""


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    """Store images in a temporary folder."""
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def old(make_post) -> dict[str, Any]:
    """A value for each authored field that is not its default."""
    image = ContentFile(files.jpeg(64, 64), name="lake.jpg")
    chosen = {
        "language": "de",
        "translation_of": make_post("Roses"),
        "tags": services.tags_named(["Sea", "Sun"]),
        "authors": [services.create_author(name=name) for name in ("Zoe", "Yves")],
        "cover_image": media.create_image(by=None, file=image),
        "series": services.create_series(title="A garden in a year"),
        "series_position": 3,
    }
    return {name: chosen[name] if name in chosen else values_of(name)[0] for name in AUTHORED_FIELDS}


@pytest.fixture
def new() -> dict[str, Any]:
    """Another value for each authored field."""
    chosen = {
        "language": "en",
        "translation_of": None,
        "tags": [],
        "authors": [],
        "cover_image": None,
        "series": None,
        "series_position": None,
    }
    return {name: chosen[name] if name in chosen else values_of(name)[1] for name in AUTHORED_FIELDS}


def values_of(name: str) -> tuple[Any, Any]:
    """Return two values for a field. The first is not its default."""
    field = Post._meta.get_field(name)
    if field.choices:
        return next(value for value, _label in field.choices if value != field.default), field.default
    if isinstance(field, models.BooleanField):
        return not field.default, field.default
    if isinstance(field, models.DateTimeField):
        return datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2021, 1, 2, 3, 4, 5, tzinfo=UTC)
    if isinstance(field, models.URLField):
        return "https://example.org/old", "https://example.org/new"
    word = name.replace("_", "-")
    return f"{word}-old", f"{word}-new"


@pytest.fixture
def post(old) -> Post:
    """A post with a value in every authored field."""
    return services.create_post(by=None, **old)


@pytest.fixture
def editor_client(erika) -> Client:
    """A test client that is logged in as an editor."""
    client = Client()
    client.force_login(erika)
    return client


def authored_values(slug: str) -> dict[str, Any]:
    """Return the authored fields of a stored post, with related rows as strings."""
    post = Post.objects.get(slug=slug)
    links = {"tags": list(map(str, post.ordered_tags)), "authors": list(map(str, post.ordered_authors))}
    values = {name: links[name] if name in links else getattr(post, name) for name in AUTHORED_FIELDS}
    return {name: str(value) if isinstance(value, models.Model) else value for name, value in values.items()}


def labels(names: set[str]) -> set[str]:
    return {str(Post._meta.get_field(name).verbose_name) for name in names}


def test_every_editable_field_is_an_authored_field():
    fields = [*Post._meta.concrete_fields, *Post._meta.many_to_many]
    assert {field.name for field in fields if field.editable and not field.primary_key} == set(AUTHORED_FIELDS)


def test_the_history_compares_every_field(post, new, editor_client):
    services.update_post(post, by=None, expected_version=1, **new)
    page = editor_client.get(reverse("admin:posts_post_history", args=[post.pk]))
    newest, _first = page.context["versions"]
    assert {difference.label for difference in newest["differences"]} == labels(set(AUTHORED_FIELDS))


def test_restoring_a_version_lists_and_sets_every_field_but_the_publication(post, new, editor_client):
    before = authored_values("slug-old")
    services.update_post(post, by=None, expected_version=1, **new)
    url = reverse("admin:posts_post_simple_history", args=[post.pk, post.history.get(version=1).history_id])
    restoring = editor_client.get(url).context["restoring"]
    assert {difference.label for difference in restoring} == labels(set(AUTHORED_FIELDS) - NOT_RESTORED)
    unrestored = {name: authored_values("slug-new")[name] for name in NOT_RESTORED}
    assert editor_client.post(url, {"version": "2", "at_once": "1"}).status_code == 302
    assert authored_values("slug-old") == before | unrestored


def test_exporting_and_importing_keeps_every_field(post, tmp_path):
    before = authored_values("slug-old")
    export(tmp_path / "blog")
    delete_all_content()
    import_(tmp_path / "blog")
    assert authored_values("slug-old") == before


def test_the_form_has_every_field_and_saves_each(post, editor_client):
    page = editor_client.get(reverse("admin:posts_post_change", args=[post.pk]))
    in_form = {ARGUMENTS.get(name, name) for name in page.context["adminform"].form.fields}
    assert in_form >= set(AUTHORED_FIELDS)
    url = reverse("admin:posts_post_add")
    draft_fields = {
        name: value
        for name, value in fields_of(editor_client.get(url), "post_form").items()
        if name.startswith("draft_")
    }
    copied = fields_of(page, "post_form") | draft_fields | COPY
    assert editor_client.post(url, copied).status_code == 302
    assert authored_values("copy") == authored_values("slug-old") | COPY


def test_the_api_returns_every_field_and_accepts_each(post, erika):
    _row, secret = ApiToken.objects.issue(user=erika, scopes=["create", "read"], expires_at=None)
    headers = {"Authorization": f"Bearer {secret}"}
    shown = Client().get(f"/api/v1/posts/{post.pk}/", headers=headers).json()
    assert shown.keys() >= set(AUTHORED_FIELDS)
    copied = {name: shown[name] for name in AUTHORED_FIELDS} | COPY
    response = Client().post("/api/v1/posts/", copied, content_type="application/json", headers=headers)
    assert response.status_code == 201, response.json()
    assert authored_values("copy") == authored_values("slug-old") | COPY


def test_a_page_loads_every_field_but_the_markdown(post):
    read = Post.objects.for_reading().get(pk=post.pk)
    assert read.get_deferred_fields() & {Post._meta.get_field(name).attname for name in AUTHORED_FIELDS} == {"body"}


def test_the_pages_database_user_may_read_exactly_what_lists_and_pages_load(post):
    columns = {field.attname for field in Post._meta.concrete_fields}
    shown = [posts.get(pk=post.pk) for posts in (Post.objects.for_listing(), Post.objects.for_reading())]
    loaded = set().union(*(columns - row.get_deferred_fields() for row in shown))
    granted = {
        grant.column for grant in required_privileges([Role.FRONTEND], "blog") if grant.on == "`blog`.`posts_post`"
    }
    assert granted == loaded
