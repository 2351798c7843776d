"""Filters of a search by tag, author and year, and the links on the page that set and remove them."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.db import connection

from apps.core.models import ContentGeneration
from apps.posts import search, services
from apps.site.models import Site
from tests.frontend import reading

pytestmark = pytest.mark.django_db(transaction=connection.vendor == "mysql")


@pytest.fixture(autouse=True)
def _posts(db, alice, bob, make_post):
    ContentGeneration.objects.get_or_create(pk=1)
    gardens, books = services.create_tag(name="Gardens"), services.create_tag(name="Books")
    for title, tag, author, year in [
        ("Crocus of Alice", gardens, alice.author, 2021),
        ("Crocus of Bob", gardens, bob.author, 2022),
        ("Crocus in a book", books, bob.author, 2022),
    ]:
        make_post(title, tags=[tag], authors=[author], published_at=datetime(year, 6, 1, tzinfo=UTC))


def titles_of(client, query):
    return set(reading.titles(client.get(f"/search/?q=crocus&{query}")))


def links(page, name):
    section = page.partition(f'class="{name}"')[2].partition("</details>" if "narrower" in name else "</ul>")[0]
    return [unescape(link) for link in re.findall(r'href="([^"]+)"', section)]


# Common words take another code path than rare ones; both must apply the filters.
@pytest.mark.parametrize("matches", [search.MATCHES, 0])
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"Crocus of Alice", "Crocus of Bob", "Crocus in a book"}),
        ("tag=gardens", {"Crocus of Alice", "Crocus of Bob"}),
        ("author=bob-brown", {"Crocus of Bob", "Crocus in a book"}),
        ("year=2021", {"Crocus of Alice"}),
        ("tag=gardens&author=bob-brown", {"Crocus of Bob"}),
        ("tag=gardens&author=bob-brown&year=2021", set()),
        ("author=bob-brown&year=2022", {"Crocus of Bob", "Crocus in a book"}),
        ("tag=", {"Crocus of Alice", "Crocus of Bob", "Crocus in a book"}),
    ],
)
def test_the_filters_are_applied_to_common_and_rare_words(client, monkeypatch, matches, query, titles):
    monkeypatch.setattr(search, "MATCHES", matches)
    assert titles_of(client, query) == titles


@pytest.mark.parametrize("query", ["tag=none", "author=none", "year=20", "year=x", "year=0001", "year=٢٠٢٢", "tag=%00"])
def test_an_unknown_tag_or_author_and_an_invalid_year_are_404s(client, query):
    assert client.get(f"/search/?q=crocus&{query}").status_code == 404


def test_the_page_suggests_filters_that_narrow_the_results(client):
    page = client.get("/search/?q=crocus").content.decode()
    suggested = links(page, "search-narrower")
    assert "/search/?q=crocus&tag=gardens" in suggested
    assert "/search/?q=crocus&author=alice-adams" in suggested
    assert "/search/?q=crocus&year=2022" in suggested
    for path in suggested:
        assert 0 < len(reading.titles(client.get(path))) < 3


def test_the_page_links_to_the_search_without_each_active_filter(client):
    page = client.get("/search/?q=crocus&tag=gardens&year=2021").content.decode()
    assert links(page, "search-filters") == ["/search/?q=crocus&year=2021", "/search/?q=crocus&tag=gardens"]
    assert '<input type="hidden" name="tag" value="gardens">' in page


def test_pages_of_results_keep_the_filters(client):
    Site.objects.update_or_create(pk=1, defaults={"posts_per_page": 1})
    first = client.get("/search/?q=crocus&tag=gardens")
    second = client.get(reading.older(first))
    assert set(reading.titles(first) + reading.titles(second)) == {"Crocus of Alice", "Crocus of Bob"}
    assert not reading.older(second)
