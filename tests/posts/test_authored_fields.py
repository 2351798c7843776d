"""What somebody can write of a post is in the form, the API, the history and the export: every field of it."""

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
from apps.server.database.grants import needed
from blog_project.roles import Role
from tests.editor.forms import fields_of
from tests.importing.test_export import export, forget_everything, import_
from tests.media import files

STAYS = {"status", "published_at"}
"""What no old version brings back: whether and when the post is published."""


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    """A folder of the test's own for images."""
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def old(make_post) -> dict[str, Any]:
    """A value of each authored field that a new post does not have."""
    image = ContentFile(files.jpeg(64, 64), name="lake.jpg")
    chosen = {
        "language": "de",
        "translation_of": make_post("Roses"),
        "tags": services.tags_named(["Sea", "Sun"]),
        "authors": [services.create_author(name=name) for name in ("Zoe", "Yves")],
        "cover_image": media.create_image(by=None, file=image),
    }
    return {name: chosen[name] if name in chosen else values_of(name)[0] for name in AUTHORED_FIELDS}


@pytest.fixture
def new() -> dict[str, Any]:
    """Another value of each."""
    chosen = {"language": "en", "translation_of": None, "tags": [], "authors": [], "cover_image": None}
    return {name: chosen[name] if name in chosen else values_of(name)[1] for name in AUTHORED_FIELDS}


def values_of(name: str) -> tuple[Any, Any]:
    """Return two values of a field, of which the first is not its default."""
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
    """A post in which every field says something."""
    return services.create_post(by=None, **old)


@pytest.fixture
def desk(erika) -> Client:
    """An editor's browser."""
    client = Client()
    client.force_login(erika)
    return client


def said(slug: str) -> dict[str, Any]:
    """Return what the authored fields of a stored post say; of other rows their names."""
    post = Post.objects.get(slug=slug)
    links = {"tags": list(map(str, post.ordered_tags)), "authors": list(map(str, post.ordered_authors))}
    values = {name: links[name] if name in links else getattr(post, name) for name in AUTHORED_FIELDS}
    return {name: str(value) if isinstance(value, models.Model) else value for name, value in values.items()}


def labels(names: set[str]) -> set[str]:
    return {str(Post._meta.get_field(name).verbose_name) for name in names}


def test_every_field_that_somebody_can_edit_is_an_authored_one():
    fields = [*Post._meta.concrete_fields, *Post._meta.many_to_many]
    assert {field.name for field in fields if field.editable and not field.primary_key} == set(AUTHORED_FIELDS)


def test_the_history_compares_every_field(post, new, desk):
    services.update_post(post, by=None, expected_version=1, **new)
    page = desk.get(reverse("admin:posts_post_history", args=[post.pk]))
    newest, _first = page.context["versions"]
    assert {difference.label for difference in newest["differences"]} == labels(set(AUTHORED_FIELDS))


def test_an_old_version_names_and_brings_back_every_field_but_the_publication(post, new, desk):
    before = said("slug-old")
    services.update_post(post, by=None, expected_version=1, **new)
    url = reverse("admin:posts_post_simple_history", args=[post.pk, post.history.get(version=1).history_id])
    restoring = desk.get(url).context["restoring"]
    assert {difference.label for difference in restoring} == labels(set(AUTHORED_FIELDS) - STAYS)
    stays = {name: said("slug-new")[name] for name in STAYS}
    assert desk.post(url, {"version": "2"}).status_code == 302
    assert said("slug-old") == before | stays


def test_an_export_of_every_field_is_imported_as_it_was(post, tmp_path):
    before = said("slug-old")
    export(tmp_path / "blog")
    forget_everything()
    import_(tmp_path / "blog")
    assert said("slug-old") == before


def test_the_form_shows_every_field_and_saves_what_it_shows(post, desk):
    page = desk.get(reverse("admin:posts_post_change", args=[post.pk]))
    in_form = {ARGUMENTS.get(name, name) for name in page.context["adminform"].form.fields}
    assert in_form >= set(AUTHORED_FIELDS)
    url = reverse("admin:posts_post_add")
    kept = {name: value for name, value in fields_of(desk.get(url), "post_form").items() if name.startswith("draft_")}
    copied = fields_of(page, "post_form") | kept | {"slug": "copy"}
    assert desk.post(url, copied).status_code == 302
    assert said("copy") == said("slug-old") | {"slug": "copy"}


def test_the_api_shows_every_field_and_writes_what_it_shows(post, erika):
    _row, secret = ApiToken.objects.issue(user=erika, scopes=["create", "read"], expires_at=None)
    headers = {"Authorization": f"Bearer {secret}"}
    shown = Client().get(f"/api/v1/posts/{post.pk}/", headers=headers).json()
    assert shown.keys() >= set(AUTHORED_FIELDS)
    copied = {name: shown[name] for name in AUTHORED_FIELDS} | {"slug": "copy"}
    answer = Client().post("/api/v1/posts/", copied, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.json()
    assert said("copy") == said("slug-old") | {"slug": "copy"}


def test_a_page_loads_every_field_but_the_markdown(post):
    read = Post.objects.for_reading().get(pk=post.pk)
    assert read.get_deferred_fields() & {Post._meta.get_field(name).attname for name in AUTHORED_FIELDS} == {"body"}


def test_the_pages_database_user_reads_what_lists_and_pages_load_and_no_more(post):
    columns = {field.attname for field in Post._meta.concrete_fields}
    shown = [posts.get(pk=post.pk) for posts in (Post.objects.for_listing(), Post.objects.for_reading())]
    loaded = set().union(*(columns - row.get_deferred_fields() for row in shown))
    granted = {one.column for one in needed([Role.FRONTEND], "blog") if one.on == "`blog`.`posts_post`"}
    assert granted == loaded
