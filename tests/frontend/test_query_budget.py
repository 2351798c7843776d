"""The queries of pages: a fixed number, as many for thirty posts as for one, and no columns that are not shown."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core import content_state
from apps.posts import services
from apps.site import models as site

pytestmark = pytest.mark.django_db

BUDGETS = {
    "/post-0/": 3,
    "/post-0/share.png": 1,
    "/": 1,
    "/tags/gardens/": 2,
    "/authors/alice-adams/": 2,
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
    """Return the queries of a page, without those for the site's settings, which a process loads once per change."""
    content_state.fetch()
    site.current()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code in (200, 404), path
    return [query["sql"] for query in captured]


def test_every_page_keeps_its_query_budget_for_any_number_of_rows(client, write):
    write(range(1))
    few = {path: len(queries_of(client, path)) for path in BUDGETS}
    write(range(1, 30))
    many = {path: len(queries_of(client, path)) for path in BUDGETS}
    assert {path: number for path, number in many.items() if number > BUDGETS[path]} == {}
    # Paging and more results take no additional queries.
    assert many == few


def test_no_page_uses_count_or_offset(client, write):
    write(range(25))
    for path in BUDGETS:
        for sql in queries_of(client, path):
            # Related posts are ranked by the number of shared tags, from a bounded number of links.
            assert "COUNT(" not in sql.upper().replace("COUNT(*) AS SHARED", ""), path
            assert "OFFSET" not in sql.upper(), path


@pytest.mark.parametrize("path", ["/", "/tags/gardens/", "/authors/alice-adams/", "/archive/2026/"])
def test_lists_load_no_bodies_and_do_not_join_authors_or_tags(client, write, path):
    write(range(3))
    for sql in queries_of(client, path):
        assert "body" not in sql, sql
        # The subqueries load the tags and authors of one post and do not select rows.
        without_subqueries = re.sub(r"\(SELECT JSON_.*?LIMIT 1\)", "", sql)
        # The one author whose page it is comes with their picture.
        if re.search(r"posts_author. LEFT OUTER JOIN .media_image\b.* WHERE .posts_author.\..slug. = ", sql):
            continue
        assert not re.search(
            r"\bposts_(author|tag)\b.*\bJOIN\b|\bJOIN\b.*\bposts_(author|tag)\b", without_subqueries
        ), sql
