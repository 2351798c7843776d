"""Dates are typed into the inputs of the browser, and a date that cannot be read says how to write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apps.posts.models import Post

WHEN = datetime(2030, 11, 27, 9, 0, tzinfo=UTC)


@pytest.fixture
def open_post(erika, log_in, edit, make_post):
    def open_form(**fields):
        client = log_in(erika)
        return client, *edit(client, make_post("Tides", **{"published_at": WHEN} | fields))

    return open_form


@pytest.mark.parametrize("language", ["en", "en-gb", "de", "fr"])
def test_a_date_stands_in_the_form_as_the_inputs_of_browsers_have_it(language, open_post, settings):
    settings.LANGUAGE_CODE = language
    client, url, form = open_post()
    assert (form["published_at_0"], form["published_at_1"]) == (["2030-11-27"], ["09:00"])
    page = client.get(url).content.decode()
    assert '<input type="date" name="published_at_0"' in page
    assert '<input type="time" name="published_at_1"' in page


def test_the_form_names_the_time_zone(open_post):
    client, url, _form = open_post()
    assert "Time zone: UTC." in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"published_at_0": "27.11.2030"}, "“27.11.2030” is no date. Write it like"),
        ({"published_at_0": "11/27/2030"}, "“11/27/2030” is no date. Write it like"),
        ({"published_at_1": "9 o'clock"}, "“9 o&#x27;clock” is no time. Write it like 09:00."),
        ({"published_at_1": ""}, "There is a day without a time. Choose the time too."),
        ({"published_at_0": ""}, "There is a time without a day. Choose the day too."),
    ],
)
def test_a_date_that_cannot_be_read_says_how_to_write_it(typed, message, open_post):
    client, url, form = open_post()
    page = client.post(url, form | typed)
    assert page.status_code == 200
    assert message in page.content.decode()
    assert Post.objects.get().published_at == WHEN


def test_seconds_are_shown_only_if_there_are_any(open_post):
    client, url, form = open_post(published_at=WHEN.replace(second=15))
    assert form["published_at_1"] == ["09:00:15"]
    assert 'step="1"' in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("day", "words"), [("2030-11-28", "Update"), ("2020-11-28", "Update and publish")], ids=["later", "past"]
)
def test_the_button_of_a_scheduled_post_says_what_it_does(day, words, open_post):
    client, url, form = open_post()
    page = client.post(url, form | {"published_at_0": day, "title": ""}).content.decode()
    assert f'data-schedule="Update and schedule">{words}</button>' in page


def test_the_button_of_a_published_post_says_that_it_hides_it_until_later(open_post):
    client, url, form = open_post(published_at=WHEN.replace(year=2020))
    page = client.post(url, form | {"published_at_0": "2040-11-28", "title": ""}).content.decode()
    assert 'data-schedule="Update and schedule">Update and schedule</button>' in page
