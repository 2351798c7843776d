"""Optimistic locking: a change names its version, and of concurrent changes only one succeeds."""

from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.db import connection

from apps.posts import services
from apps.posts.models import Post

WRITERS = 20

needs_a_database_server = pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"), reason="threads cannot share SQLite in memory"
)


def run(*jobs):
    """Run jobs concurrently, each with its own database connection; return their results and exceptions."""
    barrier, results = Barrier(len(jobs)), []

    def work(job):
        barrier.wait()
        try:
            results.append(job())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


@pytest.mark.django_db
def test_a_change_from_an_old_version_is_refused_and_changes_nothing(make_post):
    post = make_post()
    services.update_post(Post.objects.get(), by=None, expected_version=1, title="First", tags=[])
    with pytest.raises(services.StaleVersion):
        services.update_post(post, by=None, expected_version=1, title="Second", slug="second")
    stored = Post.objects.get()
    assert (stored.title, stored.slug, stored.version, stored.history.count()) == ("First", "a-post", 2, 2)
    assert not stored.aliases.exists()
    assert post.version == 1


@pytest.mark.django_db
def test_a_deleted_post_cannot_be_changed(make_post):
    post = make_post()
    Post.objects.all().delete()
    with pytest.raises(services.StaleVersion):
        services.update_post(post, by=None, expected_version=1, title="x")


@pytest.mark.django_db
def test_a_tag_cannot_be_changed_or_deleted_from_an_old_version():
    tag = services.create_tag(name="A")
    services.update_tag(tag, expected_version=1, name="B")
    with pytest.raises(services.StaleVersion):
        services.update_tag(tag, expected_version=1, name="C")
    with pytest.raises(services.StaleVersion):
        services.delete_tag(tag, expected_version=1)


@pytest.mark.django_db(transaction=True)
@needs_a_database_server
def test_of_twenty_concurrent_changes_exactly_one_succeeds(make_post):
    post = make_post()

    def writer(number):
        own_copy = Post.objects.get(pk=post.pk)
        return lambda: services.update_post(own_copy, by=None, expected_version=1, title=f"By {number}")

    results = run(*[writer(number) for number in range(WRITERS)])
    won = [result for result in results if isinstance(result, Post)]
    assert [type(result) for result in results].count(services.StaleVersion) == WRITERS - 1, results
    stored = Post.objects.get()
    assert (stored.title, stored.version, stored.history.count()) == (won[0].title, 2, 2)


@pytest.mark.django_db(transaction=True)
@needs_a_database_server
def test_posts_of_one_title_created_concurrently_get_different_slugs():
    results = run(*[lambda: services.create_post(by=None, title="Same", body="x") for _ in range(4)])
    assert sorted(post.slug for post in results) == ["same", "same-2", "same-3", "same-4"], results


@pytest.mark.django_db(transaction=True)
@needs_a_database_server
def test_a_tag_created_concurrently_is_created_once():
    results = run(*[lambda: services.tags_named(["News"])[0].pk for _ in range(8)])
    assert len(set(results)) == 1, results
