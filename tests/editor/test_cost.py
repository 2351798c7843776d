"""What a page of the desk costs does not grow with what it shows, and nothing is counted or skipped."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.posts import services
from apps.posts.models import Post

pytestmark = pytest.mark.slow

QUERIES = 20


@pytest.fixture
def statements(erika, log_in):
    client = log_in(erika)

    def run(url: str) -> list[str]:
        ContentType.objects.clear_cache()  # Or the first page asks for what a later one remembers.
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
        assert response.status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    return run


def grow(make_post, number: int) -> None:
    for _ in range(number):
        authors = [services.create_author(name="Zoe") for _ in range(2)]
        post = make_post("Tide", authors=authors, tags=services.tags_named([f"Tag {make_post}", "Sea"]))
        services.update_post(post, by=None, expected_version=1, title="Tides")


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/posts/post/",
        "/admin/posts/post/?q=tide",
        "/admin/posts/post/?state=scheduled",
        "/admin/posts/post/?tag=1&author=1",
        "/admin/posts/post/add/",
        "/admin/posts/tag/",
        "/admin/posts/author/",
        "/admin/api/apitoken/",
        "change",
        "history",
        "delete",
    ],
)
def test_a_page_costs_the_same_with_one_post_and_with_many(path, make_post, statements):
    grow(make_post, 1)
    post = Post.objects.get()
    url = path if path.startswith("/") else reverse(f"admin:posts_post_{path}", args=[post.pk])
    few = statements(url)
    grow(make_post, 6)
    many = statements(url)
    assert len(many) == len(few) < QUERIES
    assert not [sql for sql in many if "COUNT(" in sql or "OFFSET" in sql]


def test_lists_fetch_no_texts(make_post, statements):
    grow(make_post, 2)
    lists = [sql for sql in statements("/admin/posts/post/") if sql.startswith("SELECT") and "posts_post" in sql]
    assert lists
    assert not [sql for sql in lists if "body" in sql]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="The plans of servers depend on how much there is.")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=draft",
        "state=scheduled",
        "state=published",
        "state=trash",
        "kind__exact=page",
        "tag=1",
        "author=1",
        "author=1&tag=1&state=draft",
        "whose=me",
        "whose=me&state=trash",
        "author=1&updated_at__gte=2024-01-01T00:00Z&updated_at__lt=2025-01-01T00:00Z",
        "author=1&published_at__gte=2024-01-01T00:00Z&published_at__lt=2025-01-01T00:00Z",
        "published_at__gte=2024-01-01T00:00Z&published_at__lt=2025-01-01T00:00Z",
        "q=tide",
        "q=tide&author=1",
    ],
)
@pytest.mark.parametrize("who", ["erika", "alice"])
def test_every_list_of_posts_is_read_from_an_index_in_its_order(query, who, make_post, log_in, request):
    user = request.getfixturevalue(who)
    author = services.create_author(name="Erika", user=user) if who == "erika" else user.author
    for number in range(3):
        make_post(f"Tide {number}", authors=[author], tags=services.tags_named(["Sea"]))
    client = log_in(user)
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/admin/posts/post/?{query}")
    (keys,) = [query["sql"] for query in captured.captured_queries if "edge_0" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {keys}")
        plan = [row[3] for row in cursor.fetchall()]
    assert not [step for step in plan if "TEMP B-TREE" in step], plan
