"""A search can be narrowed down to a tag, an author or a year, by links on the page itself."""

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


def found(client, query):
    return set(reading.titles(client.get(f"/search/?q=crocus&{query}")))


def links(page, within):
    part = page.partition(f'class="{within}"')[2].partition("</details>" if "narrower" in within else "</ul>")[0]
    return [unescape(link) for link in re.findall(r'href="([^"]+)"', part)]


# Common words are looked for in another way than rare ones: both know the filters.
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
def test_only_posts_of_the_tag_the_author_and_the_year_are_found(client, monkeypatch, matches, query, titles):
    monkeypatch.setattr(search, "MATCHES", matches)
    assert found(client, query) == titles


@pytest.mark.parametrize("query", ["tag=none", "author=none", "year=20", "year=x", "year=0001", "year=٢٠٢٢", "tag=%00"])
def test_what_is_no_tag_author_or_year_is_a_404(client, query):
    assert client.get(f"/search/?q=crocus&{query}").status_code == 404


def test_the_page_offers_what_its_results_can_be_narrowed_down_to(client):
    page = client.get("/search/?q=crocus").content.decode()
    offered = links(page, "search-narrower")
    assert "/search/?q=crocus&tag=gardens" in offered
    assert "/search/?q=crocus&author=alice-adams" in offered
    assert "/search/?q=crocus&year=2022" in offered
    for path in offered:
        assert 0 < len(reading.titles(client.get(path))) < 3


def test_the_page_shows_the_filters_in_use_and_a_way_out_of_each(client):
    page = client.get("/search/?q=crocus&tag=gardens&year=2021").content.decode()
    assert links(page, "search-filters") == ["/search/?q=crocus&year=2021", "/search/?q=crocus&tag=gardens"]
    assert '<input type="hidden" name="tag" value="gardens">' in page


def test_the_pages_of_results_keep_the_filters(client):
    Site.objects.update_or_create(pk=1, defaults={"posts_per_page": 1})
    first = client.get("/search/?q=crocus&tag=gardens")
    second = client.get(reading.older(first))
    assert set(reading.titles(first) + reading.titles(second)) == {"Crocus of Alice", "Crocus of Bob"}
    assert not reading.older(second)
