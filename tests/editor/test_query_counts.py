"""The queries of admin pages: their number does not grow with the content, and none uses COUNT or OFFSET."""

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.editor import notes, reviews
from apps.posts import services
from apps.posts.models import Post

pytestmark = pytest.mark.slow

MAX_QUERIES = 20


@pytest.fixture
def statements(erika, log_in):
    client = log_in(erika)

    def run(url: str) -> list[str]:
        ContentType.objects.clear_cache()  # So that every request starts with an empty cache.
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
        assert response.status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    return run


def add_posts(make_post, number: int) -> None:
    for _ in range(number):
        authors = [services.create_author(name="Zoe") for _ in range(2)]
        post = make_post("Tide", authors=authors, tags=services.tags_named([f"Tag {make_post}", "Sea"]))
        services.update_post(post, by=None, expected_version=1, title="Tides")
        asking, working = User.objects.order_by("pk").first(), User.objects.order_by("-pk").first()
        reviews.ask(post, by=asking, reviewer=working)
        reviews.assign(post, working, by=asking)
        notes.answer(notes.add(post, by=asking, text="Look.", quote="text"), by=working, text="I did.")
        services.keep_for_later(post, by=asking, expected_version=2, title="Ebb")


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/posts/post/",
        "/admin/posts/post/?q=tide",
        "/admin/posts/post/?state=scheduled",
        "/admin/posts/post/?state=pending",
        "/admin/posts/post/?tag=1&author=1",
        "/admin/posts/post/?review=waiting",
        "/admin/posts/post/?assigned=me",
        "/admin/posts/post/add/",
        "/admin/posts/tag/",
        "/admin/posts/author/",
        "/admin/api/apitoken/",
        "change",
        "history",
        "delete",
    ],
)
def test_a_page_takes_as_many_queries_with_many_posts_as_with_one(path, make_post, statements):
    add_posts(make_post, 1)
    post = Post.objects.get()
    url = path if path.startswith("/") else reverse(f"admin:posts_post_{path}", args=[post.pk])
    few = statements(url)
    add_posts(make_post, 6)
    many = statements(url)
    assert len(many) == len(few) <= MAX_QUERIES
    assert not [sql for sql in many if "COUNT(" in sql or "OFFSET" in sql]


def test_lists_fetch_no_text_columns(make_post, statements):
    add_posts(make_post, 2)
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
        "state=pending",
        "kind__exact=page",
        "tag=1",
        "author=1",
        "author=1&tag=1&state=draft",
        "whose=me",
        "whose=me&state=trash",
        "review=waiting",
        "review=me&tag=1",
        "assigned=me&state=draft",
        "author=1&updated_at__gte=2024-01-01T00:00Z&updated_at__lt=2025-01-01T00:00Z",
        "author=1&published_at__gte=2024-01-01T00:00Z&published_at__lt=2025-01-01T00:00Z",
        "published_at__gte=2024-01-01T00:00Z&published_at__lt=2025-01-01T00:00Z",
        "q=tide",
        "q=tide&author=1",
    ],
)
@pytest.mark.parametrize("username", ["erika", "alice"])
def test_every_list_of_posts_is_read_in_the_order_of_an_index(query, username, make_post, log_in, request):
    user = request.getfixturevalue(username)
    author = services.create_author(name="Erika", user=user) if username == "erika" else user.author
    for number in range(3):
        post = make_post(f"Tide {number}", authors=[author], tags=services.tags_named(["Sea"]))
        reviews.ask(post, by=user, reviewer=user)
        reviews.assign(post, user, by=user)
    client = log_in(user)
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/admin/posts/post/?{query}")
    (keys,) = [query["sql"] for query in captured.captured_queries if "key_0" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {keys}")
        plan = [row[3] for row in cursor.fetchall()]
    assert not [step for step in plan if "TEMP B-TREE" in step], plan
