"""Paging of lists: every post once, in order, also if others are published meanwhile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.posts import services
from tests.frontend import reading

pytestmark = pytest.mark.django_db


def all_titles(client, path):
    """Follow the links to older posts to the end and return the titles of all pages."""
    titles = []
    while path:
        response = client.get(path)
        assert response.status_code == 200
        titles += reading.titles(response)
        path = reading.older(response)
    return titles


@pytest.fixture
def fifty_titles(alice, make_post):
    tag = services.create_tag(name="Gardens")
    # Five posts share each date; their order is by id.
    start = timezone.now().replace(microsecond=123456) - timedelta(days=30)
    for number in range(50):
        moment = start + timedelta(hours=number // 5)
        make_post(f"Post {number}", tags=[tag], authors=[alice.author], published_at=moment)
    return [f"Post {number}" for number in reversed(range(50))]


@pytest.mark.parametrize("path", ["/", "/tags/gardens/", "/authors/alice-adams/"])
def test_the_pages_show_every_post_once_newest_first(client, fifty_titles, path):
    assert all_titles(client, path) == fifty_titles


def test_a_full_last_page_has_no_empty_page_after_it(client, make_post):
    for number in range(20):
        make_post(f"Post {number}")
    assert "pager-older" not in client.get("/").content.decode()


def test_a_post_published_meanwhile_does_not_shift_older_pages(client, fifty_titles, make_post):
    link = reading.older(client.get("/"))
    make_post("Breaking news")
    assert reading.titles(client.get(link))[0] == fifty_titles[20]


def test_the_archive_of_a_year_is_paged(client, make_post, settings, monkeypatch):
    monkeypatch.setattr("apps.frontend.views.INDEX_SIZE", 3)
    year = timezone.now().year - 1
    for day in range(1, 9):
        made = timezone.datetime(year, 5, day, tzinfo=timezone.get_current_timezone())
        make_post(f"Post {day}", published_at=made)
    assert all_titles(client, f"/archive/{year}/") == [f"Post {day}" for day in range(8, 0, -1)]


def test_the_list_of_tags_is_paged_by_name(client, make_post, monkeypatch):
    monkeypatch.setattr("apps.frontend.views.INDEX_SIZE", 2)
    names = ["Alpha", "Beta & co", "Gamma"]
    make_post(tags=[services.create_tag(name=name) for name in (*names,)])
    services.create_tag(name="Unused")
    first = client.get("/tags/")
    assert reading.tags(first) == names[:2]
    second = client.get(reading.older(first))
    assert reading.tags(second) == names[2:]
    assert not reading.older(second)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "2026-03-01",
        "2026-13-01T00:00:00Z_1",
        "0001-01-01T00:00:00Z_1",
        "2026-03-01T12:30:00Z_" + "9" * 40,
        "٢٠٢٦-03-01T12:30:00Z_1",
    ],
)
def test_an_invalid_cursor_is_a_400(client, cursor):
    assert client.get("/", {"before": cursor}).status_code == 400


def test_a_cursor_after_the_oldest_post_is_a_404(client, make_post):
    make_post()
    assert client.get("/?before=1999-01-01T00:00:00Z_1").status_code == 404
