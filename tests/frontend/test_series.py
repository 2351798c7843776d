"""The pages of series: the list of them, the parts of one in order, and the place of a post in its own."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core import content_state
from apps.frontend import series_pages
from apps.posts import services
from apps.posts.models import Post, Series
from apps.site import models as site
from tests.frontend import reading

pytestmark = pytest.mark.django_db
TITLES = ["Sowing", "Weeding", "Reaping"]


@pytest.fixture
def series() -> Series:
    return services.create_series(title="A garden in a year", description="What is to do, and when.")


@pytest.fixture
def parts(series, make_post) -> list[Post]:
    """Three public parts, with a draft, a scheduled and a trashed post between them."""
    make_post("Draft", status="draft", series=series)
    first = make_post(TITLES[0], series=series)
    make_post("Scheduled", published_at=timezone.now() + timedelta(days=1), series=series)
    second = make_post(TITLES[1], series=series)
    services.trash_post(make_post("Trashed", series=series), by=None, expected_version=1)
    return [first, second, make_post(TITLES[2], series=series)]


def html(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def listed(page: str) -> tuple[int, list[str]]:
    """Return the number of the first part on a page of a series, and the titles of its parts."""
    found = re.search(r'<ol class="series-parts" start="(\d+)">(.*?)</ol>', page, re.DOTALL)
    return int(found[1]), [unescape(title) for title in re.findall(r'<a href="[^"]+">(.*?)</a>', found[2])]


def place(page: str) -> str:
    found = re.search(r'<p class="series-place">(.*?)</p>', page)
    return re.sub("<.*?>", "", found[1]) if found else ""


def test_the_page_of_a_series_numbers_its_public_parts_in_reading_order(client, series, parts):
    page = html(client, "/series/a-garden-in-a-year/")
    assert listed(page) == (1, TITLES)
    assert "What is to do, and when." in page
    assert not re.search("Draft|Scheduled|Trashed", page)


def test_a_long_series_is_paged_and_its_numbers_go_on(client, series, make_post, monkeypatch):
    monkeypatch.setattr(series_pages, "PAGE_SIZE", 2)
    for number in range(1, 6):
        make_post(f"Part {number}", series=series)
    pages, path = [], series.get_absolute_url()
    while path:
        response = client.get(path)
        pages.append(listed(response.content.decode()))
        path = reading.older(response)
    assert pages == [(1, ["Part 1", "Part 2"]), (3, ["Part 3", "Part 4"]), (5, ["Part 5"])]


@pytest.mark.parametrize(("after", "status"), [("x", 400), ("1", 400), ("0_1", 400), ("99_99", 404)])
def test_an_address_that_is_not_the_end_of_a_page_is_an_error(client, series, parts, after, status):
    assert client.get(f"/series/a-garden-in-a-year/?after={after}").status_code == status


def test_a_post_says_which_part_it_is_and_leads_to_the_next_one_first(client, parts):
    page = html(client, "/weeding/")
    assert place(page) == "Part 2 of 3 of A garden in a year"
    nav = re.search(r'<nav class="neighbours series-neighbours".*?</nav>', page, re.DOTALL)[0]
    assert re.findall(r"<bdi>(.*?)</bdi>", nav) == ["Reaping", "Sowing"]
    assert re.findall(r'rel="(\w+)"', nav) == ["next", "prev"]


def test_a_part_before_or_after_is_named_once_and_not_among_other_neighbours_again(client, parts, make_post):
    assert html(client, "/weeding/").count(">Reaping<") == 1
    make_post("Later, and no part of it")
    page = html(client, "/reaping/")
    assert page.count(">Weeding<") == 1
    assert 'class="neighbour-newer"' in page


def test_the_first_part_has_no_previous_and_the_last_no_next_one(client, parts):
    assert 'class="series-previous"' not in html(client, "/sowing/")
    assert 'class="series-next"' not in html(client, "/reaping/")


def test_the_head_names_the_parts_before_and_after_and_not_the_posts_of_another_day(client, parts, make_post):
    make_post("Later, and no part of it")
    page = html(client, "/reaping/")
    assert re.findall(r'<link rel="(prev|next)" href="([^"]+)"', page) == [("prev", "http://testserver/weeding/")]
    # Of the links to its neighbours in time, none says that it comes next.
    assert 'class="neighbour-newer"' in page
    assert 'rel="next"' not in page


def test_a_post_outside_of_series_says_nothing_of_them(client, make_post):
    make_post("Alone")
    assert "series" not in html(client, "/alone/")


def test_the_structured_data_names_the_series_and_the_position(client, parts):
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html(client, "/weeding/"))[1])
    posting = next(node for node in data["@graph"] if node["@type"] == "BlogPosting")
    assert posting["position"] == 2
    assert posting["isPartOf"][1] == {
        "@type": "CreativeWorkSeries",
        "@id": "http://testserver/series/a-garden-in-a-year/",
        "url": "http://testserver/series/a-garden-in-a-year/",
        "name": "A garden in a year",
    }


def test_the_list_has_the_series_with_public_posts_by_title(client, series, parts, make_post):
    services.create_series(title="Empty")
    make_post("Hidden", status="draft", series=services.create_series(title="Only drafts"))
    make_post("Spade", series=services.create_series(title="Tools"))
    page = html(client, "/series/")
    assert re.findall(r'<a href="/series/[^"]+/">(.*?)</a>', page) == ["A garden in a year", "Tools"]


def test_the_list_is_paged(client, make_post, monkeypatch):
    monkeypatch.setattr(series_pages, "PAGE_SIZE", 2)
    for number in range(5):
        make_post(f"Post {number}", series=services.create_series(title=f"Series {number}"))
    found, path = [], "/series/"
    while path:
        response = client.get(path)
        found.append(re.findall(r'<a href="/series/[^"]+/">(.*?)</a>', response.content.decode()))
        path = reading.older(response)
    assert found == [["Series 0", "Series 1"], ["Series 2", "Series 3"], ["Series 4"]]
    assert client.get("/series/?after=nothing").status_code == 404


def test_a_post_that_had_the_address_of_the_list_keeps_it(client, make_post):
    post = make_post("Series", slug="a-series")
    Post.objects.filter(pk=post.pk).update(slug="series")
    assert "<h1>Series</h1>" in html(client, "/series/")


def test_a_former_address_of_a_series_and_of_its_feed_redirects(client, series, parts):
    services.update_series(series, expected_version=1, slug="garden")
    assert client.get("/series/a-garden-in-a-year/").url == "/series/garden/"
    assert client.get("/series/a-garden-in-a-year/feed.atom").url == "/series/garden/feed.atom"
    assert client.get("/series/nothing/").status_code == 404


def test_the_feed_of_a_series_has_its_public_parts(client, parts, make_post):
    make_post("No part of it")
    feed = client.get("/series/a-garden-in-a-year/feed.json").json()
    assert {item["title"] for item in feed["items"]} == set(TITLES)
    assert '<link rel="alternate" href="/series/a-garden-in-a-year/feed.atom"' in html(
        client, "/series/a-garden-in-a-year/"
    )


def test_the_sitemap_has_the_series(client, series, parts):
    assert "/sitemaps/series-1.xml" in html(client, "/sitemap.xml")
    assert "http://testserver/series/a-garden-in-a-year/" in html(client, "/sitemaps/series-1.xml")


@pytest.mark.in_process("counts the queries of the process that answers")
def test_no_page_needs_more_queries_for_more_parts(client, series, make_post):
    def queries() -> dict[str, int]:
        content_state.fetch()
        site.current()
        numbers = {}
        for path in ("/post-0/", "/series/", "/series/a-garden-in-a-year/", "/series/a-garden-in-a-year/feed.atom"):
            with CaptureQueriesContext(connection) as captured:
                html(client, path)
            numbers[path] = len(captured)
            assert not any("COUNT(" in query["sql"].replace("COUNT(*) AS shared", "") for query in captured)
        return numbers

    make_post("Post 0", series=series)
    few = queries()
    for number in range(1, 20):
        make_post(f"Post {number}", series=series)
        make_post(f"Other {number}", series=services.create_series(title=f"Series {number}"))
    assert queries() == few
    assert few["/post-0/"] == 3


@pytest.mark.in_process("asks the link checker, not the site")
def test_a_text_that_links_to_a_series_links_to_nothing_broken(client, series, parts, make_post):
    from apps.posts.links import find_broken_links

    services.update_series(series, expected_version=1, slug="garden")
    links = ["/series/", "/series/garden/", "/series/garden/feed.atom", "/series/a-garden-in-a-year/", "/series/none/"]
    text = "".join(f'<a href="{link}">x</a>' for link in links)
    problems = [(link.href, link.problem) for link in find_broken_links({1: ("/x/", text)}, user=None)[1]]
    assert problems == [("/series/a-garden-in-a-year/", "moved"), ("/series/none/", "missing")]
