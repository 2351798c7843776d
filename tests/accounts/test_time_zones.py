"""Dates in the admin are in the time zone of the editor's browser, and submitting a form never shifts a date."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from apps.accounts import time_zones
from apps.posts.models import Post

pytestmark = pytest.mark.any_database

SUMMER = datetime(2026, 7, 1, 7, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def editor_client(erika, log_in):
    return log_in(erika)


@pytest.fixture
def set_zone_cookie(editor_client):
    def set_cookie(name: str) -> None:
        editor_client.cookies[time_zones.COOKIE] = name

    return set_cookie


def test_the_form_shows_dates_in_the_time_zone_of_the_editor_and_names_it(
    editor_client, set_zone_cookie, edit, make_post
):
    set_zone_cookie("Europe/Berlin")
    post = make_post("Tides", published_at=SUMMER)
    url, form = edit(editor_client, post)
    assert (form["published_at_0"], form["published_at_1"]) == (["2026-07-01"], ["09:30:15"])
    assert form["zone"] == ["Europe/Berlin"]
    page = editor_client.get(url).content.decode()
    assert "Time zone: Europe/Berlin." in page
    assert "Wednesday, 1 July 2026 at 09:30:15, Europe/Berlin." in page


@pytest.mark.parametrize("cookie", ["", "Mars/Olympus", "../../etc/passwd", "Europe", "x" * 5000, "right/UTC"])
def test_an_invalid_cookie_falls_back_to_the_time_zone_of_the_site(
    editor_client, set_zone_cookie, edit, make_post, settings, cookie
):
    settings.TIME_ZONE = "America/New_York"
    set_zone_cookie(cookie)
    _url, form = edit(editor_client, make_post("Tides", published_at=SUMMER))
    assert (form["published_at_1"], form["zone"]) == (["03:30:15"], ["America/New_York"])


def test_a_submitted_date_is_parsed_in_the_time_zone_of_the_form(editor_client, set_zone_cookie, edit, make_post):
    post = make_post("Tides", published_at=SUMMER)
    url, form = edit(editor_client, post)  # Without a cookie, in UTC.
    set_zone_cookie("Asia/Tokyo")
    assert editor_client.post(url, {**form, "published_at_1": "08:00"}).status_code == 302
    assert Post.objects.get().published_at == datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_an_unchanged_date_keeps_its_microseconds_in_any_time_zone(editor_client, set_zone_cookie, edit, make_post):
    post = make_post("Tides", published_at=SUMMER)
    set_zone_cookie("Asia/Kathmandu")
    url, form = edit(editor_client, post)
    set_zone_cookie("America/St_Johns")
    editor_client.post(url, {**form, "title": "Times"})
    assert (Post.objects.get().title, Post.objects.get().published_at) == ("Times", SUMMER)


def test_an_invalid_form_is_shown_again_in_the_time_zone_of_its_submission(
    editor_client, set_zone_cookie, edit, make_post
):
    url, form = edit(editor_client, make_post("Tides", published_at=SUMMER))
    set_zone_cookie("Asia/Tokyo")
    page = editor_client.post(url, {**form, "title": "", "published_at_1": "08:00"}).content.decode()
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
def test_a_nonexistent_or_ambiguous_local_time_is_refused_with_an_explanation(
    editor_client, set_zone_cookie, edit, make_post, day, time, sentence
):
    set_zone_cookie("Europe/Berlin")
    url, form = edit(editor_client, make_post("Tides", published_at=SUMMER))
    page = editor_client.post(url, {**form, "published_at_0": day, "published_at_1": time}).content.decode()
    assert sentence in page
    assert Post.objects.get().published_at == SUMMER


def test_a_post_published_in_an_ambiguous_hour_can_still_be_changed(editor_client, set_zone_cookie, edit, make_post):
    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # The second 02:30 of that day.
    set_zone_cookie("Europe/Berlin")
    url, form = edit(editor_client, make_post("Tides", published_at=moment))
    assert editor_client.post(url, {**form, "title": "Times"}).status_code == 302
    assert (Post.objects.get().title, Post.objects.get().published_at) == ("Times", moment)


def test_on_https_the_cookie_has_another_name(editor_client, edit, make_post):
    post = make_post("Tides", published_at=SUMMER)
    editor_client.cookies["__Secure-desk_zone"] = "Asia/Tokyo"
    assert edit(editor_client, post)[1]["zone"] == ["Asia/Tokyo"]


def test_pages_for_readers_ignore_the_time_zone_cookie(client, make_post):
    make_post("Tides", published_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    without_cookie = client.get("/tides/").content
    client.cookies[time_zones.COOKIE] = "Asia/Tokyo"
    assert client.get("/tides/").content == without_cookie


def test_the_time_zone_of_a_request_does_not_leak_into_the_next_one(editor_client, set_zone_cookie, edit, make_post):
    post = make_post("Tides", published_at=SUMMER)
    set_zone_cookie("Asia/Tokyo")
    url, form = edit(editor_client, post)
    del editor_client.cookies[time_zones.COOKIE]
    editor_client.post(url, {**form, "title": "Times"})
    assert edit(editor_client, post)[1]["zone"] == ["UTC"]


def test_the_post_list_shows_dates_in_the_time_zone_of_the_editor(editor_client, set_zone_cookie, make_post):
    make_post("Tides", published_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    set_zone_cookie("Asia/Tokyo")
    assert "Published on 2 July 2026" in editor_client.get(reverse("admin:posts_post_changelist")).content.decode()
