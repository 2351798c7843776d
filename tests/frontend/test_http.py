"""The HTTP behaviour of pages: methods, validators, caching, no cookies, and error pages."""

import pytest
from django.db import OperationalError
from django.test import Client

from apps.frontend import views
from apps.posts.models import Post

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/a-post/",
    "/archive/",
    "/tags/",
    "/search/?q=post",
    "/feed.atom",
    "/feed.rss",
    "/feed.json",
    "/sitemap.xml",
    "/sitemaps/posts-1.xml",
    "/robots.txt",
]


@pytest.fixture(autouse=True)
def _post(make_post):
    make_post()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sets_no_cookie_and_does_not_vary_by_cookie(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert response["Cache-Control"].startswith("public")


@pytest.mark.parametrize("path", PAGES)
def test_an_unchanged_page_is_a_304(client, path):
    etag = client.get(path)["ETag"]
    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_changed_post_is_a_200_for_its_old_etag(client):
    etag = client.get("/a-post/")["ETag"]
    Post.objects.update(body_html="<p>Changed</p>")
    assert client.get("/a-post/", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_head_has_the_status_and_etag_of_get_without_a_body(client, path):
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == got["ETag"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_a_405_without_a_csrf_check(path, method):
    response = Client(enforce_csrf_checks=True).generic(method, path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", PAGES)
def test_options_returns_the_allowed_methods(client, path):
    response = client.options(path)
    assert (response.status_code, response.content, response["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", PAGES)
def test_an_etag_is_weak_because_proxies_compress_pages(client, path):
    assert client.get(path)["ETag"].startswith('W/"')


@pytest.mark.parametrize("path", ["/?before=yesterday", "/search/?q=a&page=0", "/search/?q=a&page=x"])
def test_an_invalid_parameter_is_a_400_page_with_the_valid_format(client, path):
    response = client.get(path)
    assert response.status_code == 400
    assert ("2026-03-01T12:30:00Z_42" if "before" in path else "from 1 to 10") in response.content.decode()


@pytest.mark.parametrize(
    ("error", "status"),
    [(OperationalError(2002, "refused"), 503), (OperationalError(1142, "denied"), 500), (KeyError("x"), 500)],
)
def test_an_exception_is_an_error_page(client, monkeypatch, error, status):
    """The error is injected into one call, because the test itself needs the database."""

    def fail(*args):
        raise error

    monkeypatch.setattr(views.calendars, "years", fail)
    client.raise_request_exception = False
    response = client.get("/archive/")
    assert response.status_code == status
    assert response.get("Retry-After") == ("10" if status == 503 else None)
    assert response["Cache-Control"] == "no-store"
    assert "Broadsheet" in response.content.decode()
    assert "refused" not in response.content.decode()


def test_favicon_ico_redirects_to_the_static_file(client):
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert client.get(response["Location"]).status_code == 200
