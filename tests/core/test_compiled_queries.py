"""CompiledQuery queries: compiled once, they find what the queryset itself would find, whatever the values and the thread."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import CharField, DateTimeField
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.compiled_queries import CompiledQuery, Parameter, Statement
from apps.media.models import Image
from apps.posts import services
from apps.posts.models import Post

pytestmark = pytest.mark.django_db


def by_slug():
    return CompiledQuery(lambda: Post.objects.for_reading().filter(slug=Parameter("slug", CharField())))


def test_it_finds_the_rows_of_each_value(make_post):
    make_post("One")
    make_post("Two")
    query = by_slug()
    assert [query.first(slug=slug).title for slug in ("one", "two", "one")] == ["One", "Two", "One"]
    assert query.rows(slug="three") == []
    assert query.first(slug="three") is None


def test_a_row_has_all_that_the_queryset_gives_it(make_post, alice):
    image = Image.objects.create(digest="a" * 64, width=3, height=2, size=1, files=["480.avif", "3.png"])
    tags = [services.create_tag(name=name) for name in ("banana", "Apple")]
    make_post("Whole", tags=tags, authors=[alice.author], cover_image=image, body="A *text*.", language="de")
    found, expected = by_slug().first(slug="whole"), Post.objects.for_reading().get(slug="whole")
    with CaptureQueriesContext(connection) as queries:
        assert found.as_read == expected.as_read
        assert [tag.name for tag in found.ordered_tags] == ["Apple", "banana"]
        assert found.cover_image.files == ["480.avif", "3.png"]
        assert timezone.is_aware(found.published_at)
    assert len(queries) == 0
    assert found.get_deferred_fields() == expected.get_deferred_fields()


def test_a_date_is_a_value_like_any_other(make_post):
    now = timezone.now()
    for days in range(4):
        make_post(f"Day {days}", published_at=now - timedelta(days=days))
    query = CompiledQuery(lambda: Post.objects.published(Parameter("now", DateTimeField())).newest_first())
    for moment in (now, now - timedelta(days=2), now - timedelta(days=9)):
        assert query.rows(now=moment) == list(Post.objects.published(moment).newest_first())


def test_a_value_is_never_a_part_of_the_sql(make_post):
    make_post("One")
    assert by_slug().rows(slug="' OR '1' = '1") == []


def test_a_missing_value_is_an_error_and_finds_nothing_else():
    with pytest.raises(KeyError, match="slug"):
        by_slug().rows(name="one")


def test_it_is_built_once():
    built = []
    query = CompiledQuery(lambda: built.append(1) or Post.objects.filter(slug=Parameter("slug", CharField())))
    for slug in ("one", "two", "three"):
        query.rows(slug=slug)
    assert built == [1]


def test_another_statement_with_the_same_columns_can_be_run_for_it(make_post):
    make_post("One")
    make_post("Two")
    query = CompiledQuery(
        lambda: Post.objects.only("slug"),
        lambda made: Statement(f"{made.sql} WHERE slug = %s", (*made.params, Parameter("slug", CharField()))),
    )
    assert [post.slug for post in query.rows(slug="two")] == ["two"]


@pytest.mark.django_db(transaction=True)
def test_threads_that_run_it_at_the_same_time_each_find_their_own(make_post):
    titles = [f"Post {number}" for number in range(4)]
    for title in titles:
        make_post(title)
    query = by_slug()

    def find(number):
        try:
            return [query.first(slug=f"post-{number}").title for _time in range(20)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(find, range(4))) == [[title] * 20 for title in titles]
