"""What leads readers on: the archive's numbers, the date of a change, sharing, feeds in a browser, OpenSearch."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from apps.core import content_state
from apps.frontend import calendars
from apps.posts import services
from apps.site.models import Site

pytestmark = pytest.mark.django_db


def html(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def numbers(page: str) -> dict[str, str]:
    """Return the numbers of posts on a page of the archive by the path that each is beside; "" for none."""
    found = re.findall(
        r'<a href="(/archive/[\d/]+)"[^>]*>(?:<time[^>]*>)?[^<]*(?:</time>)?</a>(?: <span class="number">(\d+))?', page
    )
    return dict(found)


@pytest.fixture
def posts(make_post):
    days = [
        datetime(2024, 5, 1, 12, tzinfo=UTC),
        datetime(2024, 5, 2, 12, tzinfo=UTC),
        datetime(2024, 6, 1, tzinfo=UTC),
    ]
    days += [datetime(2020, 1, 31, 12, tzinfo=UTC)]
    made = [make_post(f"Post {number}", published_at=day) for number, day in enumerate(days)]
    make_post("Draft", status="draft", published_at=days[0])
    make_post("Page", kind="page", published_at=days[0])
    make_post("Scheduled", published_at=timezone.now() + timedelta(days=400))
    return made


def test_the_archive_has_every_year_and_month_with_the_number_of_its_posts(client, posts):
    assert numbers(html(client, "/archive/")) == {
        "/archive/2024/": "3",
        "/archive/2024/05/": "2",
        "/archive/2024/06/": "1",
        "/archive/2020/": "1",
        "/archive/2020/01/": "1",
    }


def test_the_page_of_a_year_has_the_numbers_of_its_months(client, posts):
    assert numbers(html(client, "/archive/2024/")) == {"/archive/2024/05/": "2", "/archive/2024/06/": "1"}


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        # Of 2024 all is counted, of 2020 nothing.
        (3, {"/archive/2024/": "3", "/archive/2024/05/": "2", "/archive/2024/06/": "1", "/archive/2020/": ""}),
        # The newest year has more posts than are counted: which months have any is said, and no number.
        (2, {"/archive/2024/": "", "/archive/2024/05/": "", "/archive/2024/06/": "", "/archive/2020/": ""}),
    ],
)
def test_of_more_posts_than_are_counted_the_newest_years_have_numbers(client, posts, monkeypatch, counted, expected):
    monkeypatch.setattr(calendars, "MAX_COUNTED", counted)
    found = numbers(html(client, "/archive/"))
    assert found == expected


def test_a_year_that_is_counted_whole_keeps_its_numbers_beside_years_that_are_not(client, make_post, monkeypatch):
    monkeypatch.setattr(calendars, "MAX_COUNTED", 2)
    for year in (2024, 2023, 2023, 2021):
        make_post(f"Of {year}", published_at=datetime(year, 5, 1, 12, tzinfo=UTC))
    assert numbers(html(client, "/archive/")) == {
        "/archive/2024/": "1",
        "/archive/2024/05/": "1",
        "/archive/2023/": "",
        "/archive/2021/": "",
    }


def test_an_archive_without_posts_says_so(client):
    assert "Nothing has been published here yet." in html(client, "/archive/")


def test_a_post_that_changed_on_a_later_day_says_when(client, make_post):
    post = make_post("Roses", published_at=timezone.now() - timedelta(days=3))
    services.update_post(post, by=None, expected_version=1, body="Other words.")
    today = timezone.localtime().strftime("%Y-%m-%d")
    assert re.search(rf'<p class="updated">Updated on <time datetime="{today}T[^"]+">', html(client, "/roses/"))


def test_a_change_on_the_day_of_publication_or_of_what_readers_do_not_see_says_nothing(client, make_post):
    post = make_post("Roses")
    services.update_post(post, by=None, expected_version=1, body="Other words.")
    assert 'class="updated"' not in html(client, "/roses/")
    day = timezone.now() - timedelta(days=3)
    old = make_post("Tulips", published_at=day, created_at=day, updated_at=day)
    services.update_post(old, by=None, expected_version=1, series=services.create_series(title="Bulbs"))
    assert 'class="updated"' not in html(client, "/tulips/")


def test_a_post_has_a_place_for_sharing_and_nothing_in_it_without_javascript(client, make_post):
    make_post("Roses & thorns", slug="roses")
    page = html(client, "/roses/")
    place = re.search(r'<p class="share" data-url="([^"]+)" data-title="([^"]+)"[^>]*></p>', page)
    assert place.groups() == ("http://testserver/roses/", "Roses &amp; thorns")
    assert "frontend/share." in page
    assert "frontend/share." not in html(client, "/archive/")


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_a_feed_that_is_opened_in_a_browser_looks_like_a_page_and_says_what_it_is(client, make_post, kind):
    make_post("Roses")
    response = client.get(f"/feed.{kind}")
    # Browsers show the types of feeds as source text.
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    head, document = response.content.decode().split("?>", 2)[1:]
    assert re.fullmatch(r'\s*<\?xml-stylesheet href="/static/frontend/feed[^"]*\.css" type="text/css"', head)
    note = ElementTree.fromstring(document).find(".//{http://www.w3.org/1999/xhtml}div")
    assert "put its address into a feed reader" in "".join(note.itertext())
    assert note.find(".//{http://www.w3.org/1999/xhtml}a").get("href") == "http://testserver/"


def test_every_page_names_the_description_by_which_browsers_search_the_site(client, make_post):
    Site.objects.update_or_create(pk=1, defaults={"name": "Roses & thorns, a long name"})
    content_state.bump()
    link = '<link rel="search" href="/opensearch.xml" type="application/opensearchdescription+xml"'
    assert link in html(client, "/")
    response = client.get("/opensearch.xml")
    assert response["Content-Type"] == "application/opensearchdescription+xml"
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    description = ElementTree.fromstring(response.content.decode())
    # The format allows 16 characters in the short name, and 48 in the long one.
    assert description.findtext("o:ShortName", None, names) == "Roses & thorns,…"
    assert description.findtext("o:LongName", None, names) == "Roses & thorns, a long name"
    assert description.find("o:Url", names).get("template") == "http://testserver/search/?q={searchTerms}"
