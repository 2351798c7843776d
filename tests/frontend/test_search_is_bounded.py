"""A search costs the same however many posts there are: of common words it looks through the newest, and says so."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.models import ContentGeneration
from apps.posts import search

# InnoDB's full-text index has committed rows only.
pytestmark = [
    pytest.mark.django_db(transaction=connection.vendor == "mysql"),
    pytest.mark.in_process("has the process that answers take few for many"),
]

NOTE = "only the newest 5 posts"


@pytest.fixture(autouse=True)
def few(db, monkeypatch):
    """What is many in earnest is few here: a word of more than four posts is common."""
    ContentGeneration.objects.get_or_create(pk=1)
    for name, value in {"MATCHES": 4, "SCANNED": 5, "CANDIDATES": 5, "SAMPLED": 10**6}.items():
        monkeypatch.setattr(search, name, value)


@pytest.fixture
def write(make_post):
    """Write posts of so many days ago."""

    def make(title, days, **fields):
        return make_post(title, published_at=timezone.now() - timedelta(days=days), **fields)

    return make


def found(query):
    result = search.find(query)
    return [hit.post.title for hit in search.hits(result.ids, query)], result.newest


def test_of_a_common_word_only_the_newest_posts_are_looked_through(write):
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    assert found("usual") == ([f"Day {day}" for day in range(1, 6)], 5)


def test_a_rare_word_is_found_in_the_oldest_post_too(write):
    write("Oldest", 99, body="the usual crocus")
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    assert found("crocus") == (["Oldest"], 0)


def test_a_rare_word_with_a_common_one_is_found_everywhere_where_both_are(write):
    write("Both", 99, body="the usual crocus")
    write("Rare", 98, body="a crocus")
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    assert found("usual crocus") == (["Both"], 0)


def test_in_a_small_blog_every_word_is_looked_for_everywhere(write, monkeypatch):
    monkeypatch.setattr(search, "MATCHES", 100)
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    write("The usual", 99)
    assert found("usual")[0][0] == "The usual"
    assert found("usual")[1] == 0


def test_no_text_is_read_beyond_its_first_characters(write, monkeypatch):
    write("Long", 1, body="and goes on " * 100 + "z")
    assert found("z")[0] == ["Long"]
    monkeypatch.setattr(search, "READ", 1000)
    assert found("z")[0] == []


def test_it_reads_as_many_texts_in_a_large_blog_as_in_a_small_one(write, monkeypatch):
    read = []
    texts = search._texts
    monkeypatch.setattr(search, "_texts", lambda posts: read.append(len(texts(posts))) or texts(posts))
    monkeypatch.setattr(search, "SAMPLED", 4)
    for day in range(1, 60):
        write(f"Day {day}", day, body="the usual")
    found("usual")
    assert max(read) <= 14
    assert len(read) == 2


def test_the_page_says_that_only_the_newest_were_looked_through(client, write):
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    assert NOTE in client.get("/search/?q=usual").content.decode()
    assert NOTE not in client.get("/search/?q=nowhere").content.decode()


def test_the_page_says_that_there_are_more_posts_than_it_shows(client, write, monkeypatch):
    monkeypatch.setattr(search, "MATCHES", 100)
    for day in range(1, 10):
        write(f"Day {day}", day, body="the usual")
    page = client.get("/search/?q=usual").content.decode()
    assert "More posts than these" in page
    assert NOTE not in page


def test_case_and_accents_tell_no_words_apart_where_texts_are_looked_through(write):
    for day in range(1, 10):
        write(f"Day {day}", day, body="Café ÉCLAIR")
    assert len(found("café")[0]) == 5
    assert len(found("éclair")[0]) == 5
