"""The neighbours, related posts and translations of a post (`apps.posts.related`)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.posts import related as module
from apps.posts import services
from apps.posts.models import Post
from apps.posts.related import related_posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(make_post):
    """Create a post with tags of these names, published `days` ago."""
    tags = {}

    def make(title, *names, days=0, **fields):
        for name in names:
            tags[name] = tags.get(name) or services.create_tag(name=name)
        moment = timezone.now() - timedelta(days=days)
        return make_post(title, tags=[tags[name] for name in names], published_at=moment, **fields)

    return make


def related(post):
    return [each.title for each in related_posts(load(post)).related]


def load(post):
    return Post.objects.for_reading().get(pk=post.pk)


def test_more_shared_tags_come_first_and_then_the_newer_post(write):
    write("Old with both", "a", "b", days=9)
    write("New with one", "b", days=1)
    write("Old with one", "a", days=8)
    write("With none", "c", days=1)
    post = write("This", "a", "b", days=5)
    assert related(post) == ["Old with both", "New with one", "Old with one"]


def test_at_most_four_related_posts_are_shown(write):
    for day in range(1, 8):
        write(f"Day {day}", "a", days=day)
    assert related(write("This", "a", days=3)) == ["Day 1", "Day 2", "Day 3", "Day 4"]


def test_only_public_posts_are_related(write):
    write("Tomorrow", "a", days=-1)
    write("Draft", "a", days=1, status=Post.Status.DRAFT)
    write("Page", "a", days=1, kind=Post.Kind.PAGE)
    services.trash_post(write("Trash", "a", days=1), by=None, expected_version=1)
    write("Seen", "a", days=2)
    assert related(write("This", "a")) == ["Seen"]


def test_only_the_newest_posts_of_a_tag_are_considered(write, monkeypatch):
    monkeypatch.setattr(module, "LINKS", 2)
    monkeypatch.setattr(module, "_query", module._query.__wrapped__)
    write("Old with both", "a", "b", days=9)
    for day in (1, 2):
        write(f"Day {day}", "a", days=day)
        write(f"Other day {day}", "b", days=day)
    post = write("This", "a", "b", days=5)
    assert "Old with both" not in related(post)


def test_neighbours_are_ordered_by_date_and_then_by_id(write):
    moment = timezone.now() - timedelta(days=3)
    first, second, third = (write(f"Post {number}") for number in range(3))
    Post.objects.update(published_at=moment)
    found = related_posts(load(second))
    assert (found.older.pk, found.newer.pk) == (first.pk, third.pk)
    assert related_posts(load(first)).older is None
    assert related_posts(load(third)).newer is None


def test_all_translations_of_a_post_are_listed_for_each_of_them(write):
    english = write("Morning", language="en")
    german = write("Morgen", language="de", translation_of=english)
    french = write("Matin", language="fr", translation_of=english)
    write("Mattina", language="it", translation_of=english, status=Post.Status.DRAFT)
    write("Abend", language="de")

    def translation_titles(post):
        return [each.title for each in related_posts(load(post)).translations]

    assert translation_titles(english) == ["Morgen", "Matin"]
    assert translation_titles(german) == ["Morning", "Matin"]
    assert translation_titles(french) == ["Morgen", "Morning"]


def test_a_static_page_has_translations_but_no_neighbours_or_related_posts(write):
    write("Post", "a")
    page = write("About", "a", kind=Post.Kind.PAGE, language="en")
    write("Über", kind=Post.Kind.PAGE, language="de", translation_of=page)
    found = related_posts(load(page))
    assert (found.older, found.newer, found.related) == (None, None, [])
    assert [each.title for each in found.translations] == ["Über"]


def test_one_query_loads_all_that_the_links_need(write):
    write("Other", "a", "b")
    post = load(write("This", "a", "b"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = related_posts(post)
        assert [(each.get_absolute_url(), each.title, each.published_at, each.language) for each in found.related]
    assert len(queries) == 1


def test_a_page_shows_related_posts(client, write):
    write("A kindred post", "a", days=1)
    write("Neither", "b", days=2)
    post = write("This", "a", days=3)
    page = client.get(post.get_absolute_url()).content.decode()
    shown = page.partition('class="related"')[2].partition("</nav>")[0]
    assert "A kindred post" in shown
    assert "Neither" not in shown


def test_ordered_tags_and_authors_need_no_query(alice, bob, write):
    post = write("This", "banana", "Apple", "cherry", authors=[bob.author, alice.author])
    post = load(post)
    with CaptureQueriesContext(connection) as queries:
        assert [tag.name for tag in post.ordered_tags] == ["Apple", "banana", "cherry"]
        assert [author.name for author in post.ordered_authors] == ["Bob Brown", "Alice Adams"]
        assert post.ordered_authors[0].get_absolute_url() == "/authors/bob-brown/"
        assert post.ordered_authors[0].bio == ""
    assert len(queries) == 0
