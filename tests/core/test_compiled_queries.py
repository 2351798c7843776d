"""A CompiledQuery returns the same rows as its queryset, for all values and in all threads."""

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


def test_a_compiled_query_returns_the_rows_for_each_value(make_post):
    make_post("One")
    make_post("Two")
    query = by_slug()
    assert [query.first(slug=slug).title for slug in ("one", "two", "one")] == ["One", "Two", "One"]
    assert query.rows(slug="three") == []
    assert query.first(slug="three") is None


def test_rows_have_the_same_related_objects_and_deferred_fields_as_those_of_the_queryset(make_post, alice):
    image = Image.objects.create(digest="a" * 64, width=3, height=2, size=1, files=["480.avif", "3.png"])
    tags = [services.create_tag(name=name) for name in ("banana", "Apple")]
    make_post("Whole", tags=tags, authors=[alice.author], cover_image=image, body="A *text*.", language="de")
    found, expected = by_slug().first(slug="whole"), Post.objects.for_reading().get(slug="whole")
    with CaptureQueriesContext(connection) as queries:
        assert found.loaded_values == expected.loaded_values
        assert [tag.name for tag in found.ordered_tags] == ["Apple", "banana"]
        assert found.cover_image.files == ["480.avif", "3.png"]
        assert timezone.is_aware(found.published_at)
    assert len(queries) == 0
    assert found.get_deferred_fields() == expected.get_deferred_fields()


def test_a_datetime_can_be_a_parameter(make_post):
    now = timezone.now()
    for days in range(4):
        make_post(f"Day {days}", published_at=now - timedelta(days=days))
    query = CompiledQuery(lambda: Post.objects.published(Parameter("now", DateTimeField())).newest_first())
    for moment in (now, now - timedelta(days=2), now - timedelta(days=9)):
        assert query.rows(now=moment) == list(Post.objects.published(moment).newest_first())


def test_values_are_never_interpolated_into_the_sql(make_post):
    make_post("One")
    assert by_slug().rows(slug="' OR '1' = '1") == []


def test_a_missing_value_raises_a_key_error():
    with pytest.raises(KeyError, match="slug"):
        by_slug().rows(name="one")


def test_the_queryset_is_built_once():
    built = []
    query = CompiledQuery(lambda: built.append(1) or Post.objects.filter(slug=Parameter("slug", CharField())))
    for slug in ("one", "two", "three"):
        query.rows(slug=slug)
    assert built == [1]


def test_finish_can_replace_the_statement_by_one_with_the_same_columns(make_post):
    make_post("One")
    make_post("Two")
    query = CompiledQuery(
        lambda: Post.objects.only("slug"),
        lambda compiled: Statement(
            f"{compiled.sql} WHERE slug = %s", (*compiled.params, Parameter("slug", CharField()))
        ),
    )
    assert [post.slug for post in query.rows(slug="two")] == ["two"]


@pytest.mark.django_db(transaction=True)
def test_concurrent_threads_get_the_rows_for_their_own_values(make_post):
    titles = [f"Post {number}" for number in range(4)]
    for title in titles:
        make_post(title)
    query = by_slug()

    def find(number):
        try:
            return [query.first(slug=f"post-{number}").title for _repeat in range(20)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(find, range(4))) == [[title] * 20 for title in titles]
