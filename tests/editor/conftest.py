"""Clients that are logged in, forms as a browser submits them, and concurrent saves."""

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
    """Return a function that returns a new client in which a user is logged in."""

    def open_client(user, **options) -> Client:
        client = Client(**options)
        client.force_login(user)
        return client

    return open_client


@pytest.fixture
def edit() -> Callable:
    """Return a function that opens the form of a post, or of a new one; it returns the URL and the form's fields."""

    def open_form(client: Client, post=None) -> tuple[str, dict]:
        url = reverse("admin:posts_post_change", args=[post.pk]) if post else reverse("admin:posts_post_add")
        return url, fields_of(client.get(url), "post_form")

    return open_form


@pytest.fixture
def save_first(monkeypatch) -> Callable[..., None]:
    """Make a concurrent save happen just before the next call of `update_post`: `save_first(owner, title="Theirs")`.

    `owner` is the module or class whose attribute `name` is the service.
    """
    update_post = services.update_post

    def patch(owner, name: str = "update_post", **changes) -> None:
        def save_twice(post, **arguments):
            monkeypatch.undo()
            update_post(Post.objects.get(pk=post.pk), by=None, expected_version=post.version, **changes)
            return update_post(post, **arguments)

        monkeypatch.setattr(owner, name, save_twice)

    return patch
