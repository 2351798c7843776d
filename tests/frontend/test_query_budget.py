"""What a page costs the database: a few queries, as many for thirty posts as for one, and nothing it does not show."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.posts import services

pytestmark = pytest.mark.django_db

BUDGETS = {
    "/post-0/": 4,
    "/": 5,
    "/tags/gardens/": 6,
    "/authors/alice-adams/": 6,
    "/archive/": 6,
    "/archive/2026/": 6,
    "/archive/2026/03/": 6,
    "/tags/": 6,
    "/search/?q=common": 6,
    "/search/?q=co": 6,
    "/feed.atom": 6,
    "/tags/gardens/feed.atom": 6,
    "/sitemap.xml": 6,
    "/sitemaps/posts-1.xml": 6,
    "/sitemaps/tags-1.xml": 6,
    "/no/such/page": 6,
    "/robots.txt": 0,
}


@pytest.fixture
def write(alice, bob, make_post):
    tags = [services.create_tag(name=name) for name in ("Gardens", "Books")]

    def make(numbers):
        for number in numbers:
            make_post(
                f"Post {number}",
                body=f"common words {number}",
                tags=tags,
                authors=[alice.author, bob.author],
                published_at=timezone.datetime(2026, 3, 1, tzinfo=timezone.get_current_timezone())
                - timedelta(hours=number),
            )
            services.create_tag(name=f"Tag {number}")

    return make


def queries_of(client, path):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(path)
    return [query["sql"] for query in captured]


def test_every_page_keeps_its_budget_whatever_the_number_of_rows(client, write):
    write(range(1))
    few = {path: len(queries_of(client, path)) for path in BUDGETS}
    write(range(1, 30))
    many = {path: len(queries_of(client, path)) for path in BUDGETS}
    assert {path: number for path, number in many.items() if number > BUDGETS[path]} == {}
    # A list of one post has no second page, and a search with one result asks the same.
    assert many == few


def test_no_page_counts_or_skips_rows(client, write):
    write(range(25))
    for path in BUDGETS:
        for sql in queries_of(client, path):
            assert "COUNT(" not in sql.upper(), path
            assert "OFFSET" not in sql.upper(), path


@pytest.mark.parametrize("path", ["/", "/tags/gardens/", "/authors/alice-adams/", "/archive/2026/"])
def test_lists_fetch_no_bodies_and_never_join_the_author_to_the_posts(client, write, path):
    write(range(3))
    for sql in queries_of(client, path):
        assert "body" not in sql, sql
        if "posts_author" in sql:
            assert "posts_post`" not in sql.replace('"', "`").replace("posts_postauthor", ""), sql
