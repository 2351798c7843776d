"""Clients that are logged in, and forms sent as a browser sends them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from apps.posts import services
from apps.posts.models import Post
from tests.editor.forms import fields_of


@pytest.fixture
def log_in(db) -> Callable[..., Client]:
    """Return a client of its own for a user."""

    def open_client(user, **options) -> Client:
        client = Client(**options)
        client.force_login(user)
        return client

    return open_client


@pytest.fixture
def edit() -> Callable:
    """Open a post's form; return its address and what a browser would send of it."""

    def open_form(client: Client, post=None) -> tuple[str, dict]:
        url = reverse("admin:posts_post_change", args=[post.pk]) if post else reverse("admin:posts_post_add")
        return url, fields_of(client.get(url), "post_form")

    return open_form


@pytest.fixture
def save_first(monkeypatch) -> Callable[..., None]:
    """Have somebody else save the post just before a service does: `save_first(owner, title="Theirs")`.

    `owner` is what the service `update_post` is looked up on, by `name`.
    """
    update_post = services.update_post

    def arrange(owner, name: str = "update_post", **changes) -> None:
        def after_another(post, **arguments):
            monkeypatch.undo()
            update_post(Post.objects.get(pk=post.pk), by=None, expected_version=post.version, **changes)
            return update_post(post, **arguments)

        monkeypatch.setattr(owner, name, after_another)

    return arrange
