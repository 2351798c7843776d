"""Search with `?q=`: posts with all words, in the order of the list, with bounded work."""

from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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


def test_drafts_and_the_trash_are_searched_for_those_who_may_change_them(
    client, alice, bob, alice_client, erika_client
):
    sea = services.create_tag(name="Sea")
    for user in (alice, bob):
        fields = {"body": "A crocus.", "authors": [Author.objects.get(user=user)]}
        services.create_post(by=None, title=f"{user.username}'s draft", tags=[sea], **fields)
        later = {"status": "published", "published_at": START + timedelta(days=400_000)}
        services.create_post(by=None, title=f"{user.username}'s scheduled", **later, **fields)
        trashed = services.create_post(by=None, title=f"{user.username}'s trashed", status="published", **fields)
        services.trash_post(trashed, by=None, expected_version=1)
    for status in ("draft", "scheduled", "trashed"):
        path = f"posts/?q=crocus&status={status}"
        assert titles(alice_client.get(path)) == [f"alice's {status}"]
        assert sorted(titles(erika_client.get(path))) == [f"alice's {status}", f"bob's {status}"]
        assert titles(alice_client.get(path.replace("crocus", "tulip"))) == []
        assert client.get(path).status_code == 401
    assert sorted(titles(alice_client.get("posts/?q=crocus&status=any"))) == ["alice's draft", "alice's scheduled"]
    assert titles(erika_client.get("posts/?q=crocus&status=draft&tag=sea&author=bob-brown")) == ["bob's draft"]


@pytest.fixture
def crocuses(make_post) -> None:
    """Posts of which the oldest fits best, and the newest has the word in no title and least often."""
    for number, (title, times) in enumerate([("Crocus", 9), ("Spring", 5), ("Beds", 3), ("Bulbs", 1)]):
        body = f"{'Words. ' * 200}" + "A crocus. " * times + "More words. " * 100
        make_post(title, body=body, published_at=START + timedelta(days=number))


def test_what_fits_best_comes_first_in_the_order_of_relevance(client, crocuses):
    ranked = ["Crocus", "Spring", "Beds", "Bulbs"]
    assert sum(pages_of_titles(client, "posts/?q=crocus&ordering=relevance&page_size=3"), []) == ranked
    second = client.get(client.get("posts/?q=crocus&ordering=relevance&page_size=3").json()["next"])
    assert sum(pages_of_titles(client, second.json()["previous"], "previous"), []) == ranked[:3]
    assert titles(client.get("posts/?q=crocus")) == ranked[::-1]
    assert titles(client.get("posts/?q=tulip&ordering=relevance")) == []


@pytest.mark.parametrize("query", ["ordering=relevance", "q=a&ordering=relevance&status=draft"])
def test_only_what_is_searched_among_published_posts_has_a_relevance(alice_client, query):
    refused = alice_client.get(f"posts/?{query}")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "ordering")


def test_an_excerpt_is_the_plain_text_around_the_first_word(client, crocuses, make_post):
    make_post("Tags", body="A <b>tulip</b> & `<script>alert(1)</script>` of *words*.")
    rows = client.get("posts/?q=crocus&include=excerpt&fields=title").json()["results"]
    assert {frozenset(row) for row in rows} == {frozenset({"id", "title", "excerpt"})}
    for row in rows:
        assert "A crocus." in row["excerpt"]
        assert row["excerpt"].startswith("… ")
        assert len(row["excerpt"]) < 300
    assert client.get("posts/?q=tulip&include=excerpt,count").json()["count"]["value"] == 1
    (row,) = client.get("posts/?q=tulip&include=excerpt,count").json()["results"]
    assert row["excerpt"] == "A tulip & <script>alert(1)</script> of words."
    assert "excerpt" not in client.get("posts/?q=tulip").json()["results"][0]


def test_there_is_no_excerpt_without_a_search_and_none_of_a_draft(client, erika_client, make_post):
    make_post("Draft", body="A crocus.", status="draft")
    (row,) = erika_client.get("posts/?q=crocus&status=draft&include=excerpt").json()["results"]
    assert row["excerpt"] == ""
    refused = client.get("posts/?include=excerpt")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "include")


def test_excerpts_are_one_query_for_any_number_of_rows(client, crocuses, django_assert_num_queries):
    for size in (1, 4):
        with CaptureQueriesContext(connection) as plain:
            client.get(f"posts/?q=crocus&page_size={size}")
        with django_assert_num_queries(len(plain) + 1):
            client.get(f"posts/?q=crocus&page_size={size}&include=excerpt")


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
