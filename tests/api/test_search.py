"""Search with `?q=`: posts with all words, in the order of the list, with bounded work."""

from urllib.parse import quote

import pytest
from django.db import connection

from apps.core.models import ContentGeneration
from apps.posts import search, services
from apps.posts.models import Author
from tests.api.test_lists import START, pages_of_titles, timedelta, titles

# InnoDB's full-text index contains only committed rows. On SQLite a test transaction is enough, and faster.
pytestmark = pytest.mark.django_db(transaction=connection.vendor == "mysql")


@pytest.fixture(autouse=True)
def _generation(db):
    ContentGeneration.objects.get_or_create(pk=1)


def test_search_results_are_ordered_by_date_and_paged(client, make_post):
    for number in range(5):
        text = "All about crocuses, crocuses and more crocuses." if number == 0 else "One crocus."
        make_post(f"Post {number}", body=text, published_at=START + timedelta(days=number))
    make_post("Other", body="A tulip.")
    make_post("Draft", body="A crocus.", status="draft")
    assert sum(pages_of_titles(client, "posts/?q=crocus&page_size=2"), []) == [
        f"Post {number}" for number in (4, 3, 2, 1, 0)
    ]
    assert titles(client.get("posts/?q=crocus&ordering=published_at&page_size=2")) == ["Post 0", "Post 1"]
    assert titles(client.get("posts/?q=crocus+tulip")) == []


def test_a_word_is_found_in_any_unicode_form(client, make_post):
    make_post("Cafe\u0301", body="Creme bru\u0302le\u0301e.")
    for word in ("café", "cafe\u0301", "brûlée", "bru\u0302le\u0301e"):
        assert titles(client.get(f"posts/?q={quote(word)}")) == ["Café"], ascii(word)


def test_a_query_of_which_a_part_would_be_ignored_is_refused(client, make_post):
    make_post("Tides")
    for query in (" ".join(f"word{number}" for number in range(9)), "a" * 101, "tides " + ". " * 100):
        response = client.get(f"posts/?q={quote(query)}")
        assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, "q")
    assert titles(client.get(f"posts/?q={quote(' '.join(['tides'] * 20))}")) == ["Tides"]


def test_an_accent_alone_finds_nothing(client, make_post):
    make_post("Tides")
    assert titles(client.get("posts/?q=%CC%81")) == []


def test_search_can_be_combined_with_other_parameters(client, alice, make_post):
    tag, author = services.create_tag(name="Spring"), Author.objects.get(user=alice)
    for number, fields in enumerate([{}, {"tags": [tag]}, {"authors": [author]}, {"tags": [tag], "authors": [author]}]):
        make_post(f"Crocus {number}", published_at=START + timedelta(days=number), **fields)
    make_post("A page of crocuses", kind="page")
    assert titles(client.get("posts/?q=crocus&tag=spring")) == ["Crocus 3", "Crocus 1"]
    assert titles(client.get("posts/?q=crocus&tag=spring&author=alice-adams")) == ["Crocus 3"]
    assert titles(client.get("posts/?q=crocus&published_after=2026-01-02T00:00:00Z&published_before=2026-01-04T00:00:00Z")) == [
        "Crocus 2", "Crocus 1",
    ]  # fmt: skip
    (row,) = client.get("posts/?q=crocus&slug=crocus-0&fields=slug").json()["results"]
    assert set(row) == {"id", "slug"}


def test_only_published_posts_can_be_searched(alice_client):
    response = alice_client.get("posts/?q=crocus&status=draft")
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "q"


@pytest.mark.parametrize("query", ["%22", "*", "a+OR+b", "%F0%9F%8C%B7", "x" * 100, "-", "%"])
def test_any_search_text_is_valid(client, make_post, query):
    make_post()
    assert client.get(f"posts/?q={query}").status_code == 200


def test_search_results_and_queries_are_bounded(client, make_post, monkeypatch, django_assert_max_num_queries):
    for number in range(6):
        make_post(f"Crocus {number}")
    monkeypatch.setattr(search, "CANDIDATES", 4)
    with django_assert_max_num_queries(7):
        assert len(titles(client.get("posts/?q=crocus&page_size=100"))) == 4
