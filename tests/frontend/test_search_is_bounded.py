"""The cost of a search does not grow with the posts: common words are searched only in the newest, with a notice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.models import ContentGeneration
from apps.posts import search, services

# InnoDB's full-text index has only committed rows.
pytestmark = [
    pytest.mark.django_db(transaction=connection.vendor == "mysql"),
    pytest.mark.in_process("has the process that answers take few for many"),
]

NOTE = "only the newest 5 posts"


@pytest.fixture(autouse=True)
def low_limits(db, monkeypatch):
    """Lower the limits, so that a word of more than four posts counts as common."""
    ContentGeneration.objects.get_or_create(pk=1)
    for name, value in {"MATCHES": 4, "SCANNED": 5, "CANDIDATES": 5, "SAMPLED": 10**6}.items():
        monkeypatch.setattr(search, name, value)


@pytest.fixture
def write(make_post):
    """Create a post that was published `days` ago."""

    def make(title, days, **fields):
        return make_post(title, published_at=timezone.now() - timedelta(days=days), **fields)

    return make


def search_for(query):
    result = search.find(query)
    return [hit.post.title for hit in search.hits(result.ids, query)], result.newest


def test_a_common_word_is_searched_only_in_the_newest_posts(write):
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    assert search_for("usual") == ([f"Day {day}" for day in range(1, 6)], 5)


def test_a_rare_word_is_found_in_the_oldest_post(write):
    write("Oldest", 99, body="the usual crocus")
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    assert search_for("crocus") == (["Oldest"], 0)


def test_a_rare_word_with_a_common_one_is_found_in_all_posts(write):
    write("Both", 99, body="the usual crocus")
    write("Rare", 98, body="a crocus")
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    assert search_for("usual crocus") == (["Both"], 0)


def test_in_a_small_blog_every_word_is_searched_in_all_posts(write, monkeypatch):
    monkeypatch.setattr(search, "MATCHES", 100)
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    write("The usual", 99)
    assert search_for("usual")[0][0] == "The usual"
    assert search_for("usual")[1] == 0


def test_only_the_first_characters_of_a_text_are_searched(write, monkeypatch):
    write("Long", 1, body="and goes on " * 100 + "z")
    assert search_for("z")[0] == ["Long"]
    monkeypatch.setattr(search, "READ", 1000)
    assert search_for("z")[0] == []


def test_the_number_of_texts_read_is_bounded(write, monkeypatch):
    read = []
    texts = search._texts
    monkeypatch.setattr(search, "_texts", lambda posts: read.append(len(texts(posts))) or texts(posts))
    monkeypatch.setattr(search, "SAMPLED", 4)
    for day in range(1, 60):
        write(f"Day {day}", day, body="the usual")
    search_for("usual")
    assert max(read) <= 14
    assert len(read) == 2


def test_the_page_has_a_notice_if_only_the_newest_posts_were_searched(client, write):
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    assert NOTE in client.get("/search/?q=usual").content.decode()
    assert NOTE not in client.get("/search/?q=nowhere").content.decode()


def test_the_page_has_a_notice_if_there_are_more_results_than_shown(client, write, monkeypatch):
    monkeypatch.setattr(search, "MATCHES", 100)
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    page = client.get("/search/?q=usual").content.decode()
    assert "More posts than these" in page
    assert NOTE not in page


# `x1` is too short for the index, and `crocus` is looked for there if it is rare.
@pytest.mark.parametrize("word", ["crocus", "x1"])
@pytest.mark.parametrize("matches", [100, 4])
def test_scheduled_posts_drafts_and_the_trash_take_no_places(write, monkeypatch, alice, word, matches):
    monkeypatch.setattr(search, "MATCHES", matches)
    monkeypatch.setattr(search, "MAX_FILTERED", 5)
    tag, author = services.create_tag(name="Flowers"), alice.author
    links = {"tags": [tag], "authors": [author]}
    public = write(f"A {word} of old", 99, **links)
    for number in range(1, 7):
        write(f"Scheduled {word}", -number, **links)
        write(f"Draft {word}", number, status="draft", **links)
        services.trash_post(write(f"Trashed {word}", number, **links), by=None, expected_version=1)
        services.update_post(write(f"Back {word}", number, **links), by=None, expected_version=1, status="draft")
    for scope in (search.EVERYWHERE, search.Scope(tag), search.Scope(None, author), search.Scope(tag, author)):
        assert search.find(word, scope).ids == [public.pk], scope


def test_the_search_in_texts_ignores_case(write):
    for day in range(1, 10):
        write(f"Day {day}", day, body="Café ÉCLAIR")
    assert len(search_for("café")[0]) == 5
    assert len(search_for("éclair")[0]) == 5
