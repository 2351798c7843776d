"""Every kind of page of the desk, with something on it: for tests of what all of them have in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db.models import Model
from django.urls import reverse

from apps.api.models import ApiToken
from apps.audit import trail
from apps.comments.models import Comment
from apps.media import services as media
from apps.posts import services
from apps.posts.models import Post, PostAlias, PreviewLink, Series, Tag
from apps.site.services import stored_site
from tests.media import files

PUBLISHED_AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def fill(user: User, make_post) -> Post:
    """Make one of everything that the desk lists, and return a post with changes that wait, and of several versions."""
    stored_site()
    post = make_post("Tides", published_at=PUBLISHED_AT, body="About the sea.")
    post = services.update_post(post, by=user, expected_version=post.version, body="More about the sea.")
    services.keep_for_later(post, by=user, expected_version=post.version, expected_pending=0, reason="", title="Seas")
    make_post("About", kind="page", published_at=PUBLISHED_AT)
    make_post("Later", published_at=datetime(2099, 3, 4, 5, 6, tzinfo=UTC))
    make_post("Idea", status="draft")
    Tag.objects.create(name="Sea", slug="sea")
    Series.objects.create(title="Coasts", slug="coasts")
    PostAlias.objects.create(path="ebb", post=post)
    Comment.objects.create(post=post, name="Bob", body="Nice.", created_at=PUBLISHED_AT, status=Comment.Status.PENDING)
    media.create_image(by=user, file=ContentFile(files.jpeg(64, 64), name="sea.jpg"))
    ends = datetime.now(UTC) + timedelta(days=9)
    ApiToken.objects.issue(user=user, name="For a script", scopes=["read"], expires_at=ends)
    PreviewLink.objects.create(post=post, created_by=user, digest="1" * 64, expires_at=ends)
    trail.record(trail.Action.CHANGED, obj=post, user=user, message="Changed the text.")
    return Post.objects.get(pk=post.pk)


def addresses(post: Post) -> Iterator[str]:
    """Yield the addresses of the desk's pages for what `fill` has made."""
    yield from (
        reverse("admin:index"),
        reverse("profile"),
        reverse("moving"),
        reverse("second_factor"),
        reverse("broken_links"),
    )
    yield from (reverse("admin:invite_user"), reverse("admin:password_change"), reverse("admin:site_site_stylesheet"))
    for model in admin.site._registry:
        yield from _of_model(model)
    yield f"{reverse('admin:posts_post_changelist')}?kind__exact=page"
    history = reverse("admin:posts_post_history", args=[post.pk])
    records = [row.history_id for row in Post.history.filter(id=post.pk).order_by("history_id")]
    yield from (f"{history}?from=1&to=2", reverse("admin:posts_post_simple_history", args=[post.pk, records[0]]))
    yield from (reverse(name, args=[post.pk]) for name in ("pending_version", "discard_pending", "preview_links"))


def _of_model(model: type[Model]) -> Iterator[str]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_changelist")
    yield reverse(f"{name}_add")
    if (row := model._default_manager.order_by("pk").last()) is not None:
        yield from (reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history", "delete"))
