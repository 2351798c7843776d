"""Dates at the desk are in the editor's own zone, which their browser names; a form never shifts a date."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from apps.accounts import time_zones
from apps.posts.models import Post

pytestmark = pytest.mark.any_database

SUMMER = datetime(2026, 7, 1, 7, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def desk(erika, log_in):
    return log_in(erika)


@pytest.fixture
def in_zone(desk):
    def set_cookie(name: str) -> None:
        desk.cookies[time_zones.COOKIE] = name

    return set_cookie


def test_the_form_shows_and_names_the_editor_s_zone(desk, in_zone, edit, make_post):
    in_zone("Europe/Berlin")
    post = make_post("Tides", published_at=SUMMER)
    url, form = edit(desk, post)
    assert (form["published_at_0"], form["published_at_1"]) == (["2026-07-01"], ["09:30:15"])
    assert form["zone"] == ["Europe/Berlin"]
    page = desk.get(url).content.decode()
    assert "Time zone: Europe/Berlin." in page
    assert "Wednesday, 1 July 2026 at 09:30:15, Europe/Berlin." in page


@pytest.mark.parametrize("cookie", ["", "Mars/Olympus", "../../etc/passwd", "Europe", "x" * 5000, "right/UTC"])
def test_a_cookie_that_makes_no_sense_means_the_site_s_zone(desk, in_zone, edit, make_post, settings, cookie):
    settings.TIME_ZONE = "America/New_York"
    in_zone(cookie)
    _url, form = edit(desk, make_post("Tides", published_at=SUMMER))
    assert (form["published_at_1"], form["zone"]) == (["03:30:15"], ["America/New_York"])


def test_a_date_is_read_in_the_zone_that_the_form_was_shown_in(desk, in_zone, edit, make_post):
    post = make_post("Tides", published_at=SUMMER)
    url, form = edit(desk, post)  # Before the browser has said anything: in UTC.
    in_zone("Asia/Tokyo")
    assert desk.post(url, {**form, "published_at_1": "08:00"}).status_code == 302
    assert Post.objects.get().published_at == datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_a_date_that_is_left_alone_stays_to_the_microsecond_whatever_the_zone(desk, in_zone, edit, make_post):
    post = make_post("Tides", published_at=SUMMER)
    in_zone("Asia/Kathmandu")
    url, form = edit(desk, post)
    in_zone("America/St_Johns")
    desk.post(url, {**form, "title": "Times"})
    assert (Post.objects.get().title, Post.objects.get().published_at) == ("Times", SUMMER)


def test_a_refused_form_is_shown_again_in_the_zone_that_it_was_typed_in(desk, in_zone, edit, make_post):
    url, form = edit(desk, make_post("Tides", published_at=SUMMER))
    in_zone("Asia/Tokyo")
    page = desk.post(url, {**form, "title": "", "published_at_1": "08:00"}).content.decode()
    assert '<input type="hidden" name="zone" value="UTC">' in page
    assert "Time zone: UTC." in page
    assert 'value="08:00"' in page


@pytest.mark.parametrize(
    ("day", "time", "sentence"),
    [
        (
            "2026-03-29",
            "02:30",
            "On 29 March 2026 there is no 02:30 in Europe/Berlin: clocks go forward then. Choose 03:30",
        ),
        ("2026-10-25", "02:30", "On 25 October 2026, 02:30 comes twice in Europe/Berlin: clocks go back then."),
    ],
)
def test_a_time_that_the_clocks_leave_out_or_show_twice_is_refused_in_words(
    desk, in_zone, edit, make_post, day, time, sentence
):
    in_zone("Europe/Berlin")
    url, form = edit(desk, make_post("Tides", published_at=SUMMER))
    page = desk.post(url, {**form, "published_at_0": day, "published_at_1": time}).content.decode()
    assert sentence in page
    assert Post.objects.get().published_at == SUMMER


def test_a_post_of_the_hour_that_comes_twice_can_still_be_changed(desk, in_zone, edit, make_post):
    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # The second 02:30 of that day.
    in_zone("Europe/Berlin")
    url, form = edit(desk, make_post("Tides", published_at=moment))
    assert desk.post(url, {**form, "title": "Times"}).status_code == 302
    assert (Post.objects.get().title, Post.objects.get().published_at) == ("Times", moment)


def test_readers_pages_know_nothing_of_it(client, make_post):
    make_post("Tides", published_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    plain = client.get("/tides/").content
    client.cookies[time_zones.COOKIE] = "Asia/Tokyo"
    assert client.get("/tides/").content == plain


def test_one_request_s_zone_is_not_the_next_one_s(desk, in_zone, edit, make_post):
    post = make_post("Tides", published_at=SUMMER)
    in_zone("Asia/Tokyo")
    url, form = edit(desk, post)
    del desk.cookies[time_zones.COOKIE]
    desk.post(url, {**form, "title": "Times"})
    assert edit(desk, post)[1]["zone"] == ["UTC"]


def test_the_list_shows_dates_in_the_editor_s_zone(desk, in_zone, make_post):
    make_post("Tides", published_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    in_zone("Asia/Tokyo")
    assert "07/02/2026 8:30 a.m." in desk.get(reverse("admin:posts_post_changelist")).content.decode()
