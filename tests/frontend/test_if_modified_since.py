"""A client that only says since when it has a page gets the page: no date tells whether a page has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.http import http_date

from apps.comments import services as comments
from apps.posts import services
from apps.posts.models import Post, Tag
from apps.site import services as site

pytestmark = pytest.mark.django_db

PATHS = [
    "/",
    "/a-post/",
    "/tags/sea/",
    "/authors/ann/",
    "/archive/",
    "/tags/",
    "/search/?q=post",
    *(f"{of}feed.{kind}" for of in ("/", "/tags/sea/", "/authors/ann/") for kind in ("atom", "rss", "json")),
    "/sitemap.xml",
    "/sitemaps/posts-1.xml",
    "/api/v1/posts/",
]


@pytest.fixture(autouse=True)
def posts(make_post) -> list[Post]:
    """Two posts of one tag and one author, both older than any `If-Modified-Since` below."""
    tag, author = services.create_tag(name="Sea"), services.create_author(name="Ann")
    then = timezone.now() - timedelta(days=9)
    return [make_post(title, tags=[tag], authors=[author], published_at=then) for title in ("A post", "Another post")]


def withdraw_the_other_post() -> None:
    post = Post.objects.get(slug="another-post")
    services.trash_post(post, by=None, expected_version=post.version)


def comment() -> None:
    post = Post.objects.get(slug="a-post")
    comments.import_comment(
        post=post, parent=None, created_at=timezone.now(), name="Ben", body="Well said.", status="approved"
    )


def rename_the_site() -> None:
    stored = site.stored_site()
    site.update_site(stored, expected_version=stored.version, name="Another name")


def rename_the_tag() -> None:
    tag = Tag.objects.get()
    services.update_tag(tag, expected_version=tag.version, name="Ocean")


def test_no_page_has_a_last_modified(client):
    for path in PATHS:
        response = client.get(path)
        assert (response.status_code, response.get("Last-Modified")) == (200, None), path


@pytest.mark.parametrize("change", [withdraw_the_other_post, comment, rename_the_site, rename_the_tag])
def test_if_modified_since_is_never_answered_with_a_304(client, change: Callable[[], None]):
    etags = {path: client.get(path).get("ETag", "") for path in PATHS}
    change()
    later = http_date((timezone.now() + timedelta(days=1)).timestamp())
    for path, etag in etags.items():
        response = client.get(path, headers={"If-Modified-Since": later})
        assert response.status_code == 200, path
        # The other validator is exact, and takes precedence (RFC 9110, 13.1.3).
        again = client.get(path, headers={"If-Modified-Since": later, "If-None-Match": etag})
        assert again.status_code == (304 if etag and response["ETag"] == etag else 200), path
