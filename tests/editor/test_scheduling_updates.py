"""Changes of a published post can be scheduled: readers see them from a moment on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.posts import services
from apps.posts.models import PendingVersion, Post
from tests.editor.forms import fields_of

MOMENT = {"moment_0": "2099-11-27", "moment_1": "09:00"}


@pytest.fixture
def client(erika, log_in) -> Client:
    return log_in(erika)


@pytest.fixture
def post(make_post, alice) -> Post:
    post = make_post("Tides", body="The old text.", authors=[alice.author])
    services.keep_for_later(post, by=alice, expected_version=1, title="Ebb")
    return post


@pytest.fixture
def press(client, post):
    """Return a function that submits the form on the page of the changes with a button, and returns the response."""

    def send(button: str, **fields):
        url = reverse("pending_version", args=[post.pk])
        return client.post(url, {**fields_of(client.get(url), "schedule"), **fields, button: "pressed"})

    return send


def form_url(post: Post) -> str:
    return reverse("admin:posts_post_change", args=[post.pk])


def words_of(response) -> str:
    return unescape(" ".join(response.content.decode().split()))


def notes(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_an_update_is_scheduled_in_three_clicks(client, post, edit, press):
    page = words_of(client.get(form_url(post)))  # 1. “Save for later” has led to this page.
    schedule = reverse("pending_version", args=[post.pk]) + "#schedule"
    assert f'<a href="{schedule}">Schedule</a>' in page  # 2.
    response = press("schedule", **MOMENT)  # 3.
    assert response["Location"] == form_url(post)
    assert "Readers see the changes from this moment on: Friday, 27 November 2099 at 09:00, UTC." in notes(response)
    assert PendingVersion.objects.get().due_at == datetime(2099, 11, 27, 9, tzinfo=UTC)
    assert Post.objects.get().title == "Tides"


def test_nine_o_clock_tomorrow_is_proposed(client, post):
    fields = fields_of(client.get(reverse("pending_version", args=[post.pk])), "schedule")
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert (fields["moment_0"], fields["moment_1"]) == ([tomorrow.isoformat()], ["09:00"])


def test_the_moment_is_in_the_time_zone_of_the_form(press):
    press("schedule", **MOMENT, zone="Europe/Berlin")
    assert PendingVersion.objects.get().due_at == datetime(2099, 11, 27, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"moment_0": "2020-01-01"}, "This moment has passed."),
        ({"moment_0": "", "moment_1": ""}, "This field is required."),
        ({"moment_0": "nonsense"}, "“nonsense” is no date."),
    ],
)
def test_a_moment_that_cannot_be_is_refused_and_nothing_is_scheduled(fields, words, press):
    refused = press("schedule", **MOMENT | fields)
    assert refused.status_code == 200
    assert words in words_of(refused)
    assert PendingVersion.objects.get().due_at is None


def test_the_desk_says_when_readers_see_the_update(client, post, press):
    press("schedule", **MOMENT)
    page = words_of(client.get(form_url(post)))
    assert "Published · update on 27 November 2099, 09:00" in page
    assert "Readers see it from this moment on: Friday, 27 November 2099 at 09:00, UTC." in page
    assert ">Update now</button>" in page
    assert ">Change the plan</a>" in page
    assert "Published · update on" in words_of(client.get("/admin/posts/post/"))


def test_the_calendar_of_the_start_page_has_the_update(client, press):
    press("schedule", **MOMENT)
    page = words_of(client.get("/admin/"))
    assert "November 2099" in page
    assert "Update: Tides" in page


def test_an_author_sees_their_own_updates_in_the_calendar(press, alice, bob, log_in):
    press("schedule", **MOMENT)
    assert "Update: Tides" in words_of(log_in(alice).get("/admin/"))
    assert "Tides" not in words_of(log_in(bob).get("/admin/"))


def test_update_now_does_not_wait_for_the_moment(client, post, press, edit):
    press("schedule", **MOMENT)
    url, form = edit(client, post)
    assert client.post(url, {**form, "_continue": ""}).status_code == 302
    assert (Post.objects.get().title, Post.objects.get().version) == ("Ebb", 2)
    assert not PendingVersion.objects.exists()


def test_do_not_update_lifts_the_schedule_and_keeps_the_changes(press):
    press("schedule", **MOMENT)
    response = press("unschedule")
    assert "Nothing is planned any more. The changes are kept." in notes(response)
    row = PendingVersion.objects.get()
    assert (row.due_at, row.changes) == (None, {"title": "Ebb"})


def test_changes_saved_for_later_stay_scheduled(client, post, press, edit):
    press("schedule", **MOMENT)
    url, form = edit(client, post)
    response = client.post(url, {**form, "title": "Flood", "_later": ""})
    assert "Readers see it from this moment on: Friday, 27 November 2099 at 09:00, UTC." in notes(response)
    row = PendingVersion.objects.get()
    assert (row.due_at.year, row.plan["changes"]) == (2099, {"title": "Flood"})


def test_a_change_of_the_same_field_lifts_the_schedule_and_the_form_says_so(client, post, press):
    press("schedule", **MOMENT)
    services.update_post(Post.objects.get(), by=None, expected_version=1, title="Theirs")
    page = words_of(client.get(form_url(post)))
    assert "It was planned for Friday, 27 November 2099 at 09:00, UTC." in page
    assert "nothing is planned any more" in page
    assert "Two texts" in page


def test_two_editors_do_not_schedule_past_each_other(client, post, press):
    url = reverse("pending_version", args=[post.pk])
    old = fields_of(client.get(url), "schedule")
    press("schedule", **MOMENT)
    late = client.post(url, {**old, "moment_0": "2098-01-01", "schedule": ""})
    assert "Nothing was scheduled; look at it again." in notes(late)
    assert PendingVersion.objects.get().due_at.year == 2099


def test_a_form_that_is_opened_after_the_moment_has_the_new_version(client, post, press, edit):
    press("schedule", **MOMENT)
    row = PendingVersion.objects.get()
    row.schedule(timezone.now() - timedelta(seconds=1))
    row.save()
    url, form = edit(client, post)
    assert (form["title"], form["version"], form["pending_version"]) == (["Ebb"], ["2"], ["0"])
    assert client.post(url, {**form, "summary": "More.", "_continue": ""}).status_code == 302
    stored = Post.objects.get()
    assert (stored.title, stored.summary, stored.version) == ("Ebb", "More.", 3)


def test_a_form_that_was_opened_before_the_moment_is_a_conflict_after_it(client, post, press, edit):
    press("schedule", **MOMENT)
    url, form = edit(client, post)
    row = PendingVersion.objects.get()
    row.schedule(timezone.now() - timedelta(seconds=1))
    row.save()
    refused = client.post(url, {**form, "title": "Flood", "_continue": ""})
    assert refused.status_code == 409
    assert fields_of(refused, "post_form")["title"] == ["Flood"]
    assert Post.objects.get().title == "Ebb"
    assert Post.history.filter(title="Ebb").exists()
