"""Publishing from the form of a post: the buttons, the described visibility and the warnings."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from apps.posts import services
from apps.posts.models import Post
from blog_project import addresses

pytestmark = pytest.mark.any_database


@pytest.fixture
def press(erika, log_in, edit):
    """Return a function that submits the form of a post (or of a new one) with a button and returns the response."""
    client = log_in(erika)

    def send(button: str, post=None, **fields):
        url, form = edit(client, post)
        return client.post(url, {**form, **fields, button: "pressed"})

    return send


def form_page(client, post) -> str:
    return " ".join(client.get(reverse("admin:posts_post_change", args=[post.pk])).content.decode().split())


def message_text(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_the_publish_button_publishes_a_new_post(press):
    response = press("_publish", title="Tides", body="Text.", summary="A summary.")
    post = Post.objects.get()
    assert post.is_public()
    assert message_text(response) == f'Published. <a href="{addresses.post(post.slug)}">View the post</a>'
    assert response["Location"] == reverse("admin:posts_post_change", args=[post.pk])


def test_saving_a_new_post_makes_a_draft(press):
    response = press("_save", title="Tides", body="Text.")
    assert message_text(response) == "Saved as a draft."
    assert Post.objects.get().status == "draft"


def test_publishing_a_draft_with_a_future_date_schedules_it(press, make_post):
    post = make_post("Tides", status="draft")
    response = press("_publish", post, published_at_0="2099-11-27", published_at_1="09:00")
    post.refresh_from_db()
    assert post.is_scheduled
    assert post.published_at == datetime(2099, 11, 27, 9, tzinfo=UTC)
    assert message_text(response).startswith("Scheduled for Friday, 27 November 2099 at 09:00, UTC. ")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=2, hours=1, minutes=1), "in 2 days, 1 hour."),
        (timedelta(minutes=5, seconds=30), "in 5 minutes."),
        (timedelta(seconds=50), "in less than a minute."),
    ],
)
def test_the_form_shows_the_time_until_a_scheduled_publication(erika, log_in, make_post, left, words):
    assert words in form_page(log_in(erika), make_post("Tides", published_at=timezone.now() + left))


def test_publish_now_ignores_the_submitted_date(press, make_post):
    post = make_post("Tides", published_at=timezone.now() + timedelta(days=9))
    press("_publish_now", post, published_at_0="nonsense")
    post.refresh_from_db()
    assert post.is_public()


@pytest.mark.parametrize(
    ("days", "said"),
    [(-9, "Unpublished: readers no longer see it."), (9, "Not scheduled any more: it is a draft.")],
)
def test_unpublishing_makes_a_draft_that_keeps_its_date(press, make_post, days, said):
    moment = timezone.now() + timedelta(days=days)
    post = make_post("Tides", published_at=moment)
    response = press("_unpublish", post)
    post.refresh_from_db()
    assert (post.status, post.published_at) == ("draft", moment)
    assert message_text(response) == said


def test_saving_a_published_post_does_not_change_its_publication(press, make_post):
    post = make_post("Tides")
    before = post.published_at
    response = press("_save", post, title="Tides and times")
    post.refresh_from_db()
    assert (post.title, post.status, post.published_at) == ("Tides and times", "published", before)
    assert message_text(response) == 'Updated. <a href="/tides/">View the post</a>'
    assert response["Location"] == reverse("admin:posts_post_changelist")


def test_a_published_post_that_is_put_off_is_no_longer_seen_and_one_that_waits_says_for_what(press, make_post):
    post = make_post("Tides")
    response = press("_save", post, published_at_0="2099-11-27", published_at_1="09:00")
    when = "Friday, 27 November 2099 at 09:00, UTC"
    assert message_text(response) == f"Scheduled for {when}. Until then, readers no longer see it."
    post.refresh_from_db()
    assert message_text(press("_save", post, summary="More.")) == f"Saved. It is scheduled for {when}."


def test_a_page_is_called_a_page(press):
    response = press("_publish", title="About", body="Text.", kind="page", summary="Who we are.")
    assert "View the page</a>" in message_text(response)


def test_an_invalid_form_publishes_nothing_and_still_has_the_same_buttons(press, make_post):
    post = make_post("Tides", status="draft")
    page = press("_publish", post, title="").content.decode()
    post.refresh_from_db()
    assert post.status == "draft"
    assert ">Save draft</button>" in page
    assert '<input type="hidden" name="status" value="draft"' in page


@pytest.mark.parametrize(
    ("fields", "sentence", "offered", "not_offered"),
    [
        (
            {"status": "draft"},
            "Not public: only its authors and editors see it.",
            ["Save draft", "Publish"],
            ["Update", "Unpublish", "Schedule"],
        ),
        (
            {"published_at": datetime(2026, 3, 4, 5, 6, tzinfo=UTC)},
            "Public since Wednesday, 4 March 2026 at 05:06, UTC.",
            ["Update", "Unpublish"],
            ["Save draft", "Publish"],
        ),
        (
            {"published_at": datetime(2099, 3, 4, 5, 6, 7, tzinfo=UTC)},
            "It appears on Wednesday, 4 March 2099 at 05:06:07, UTC, in ",
            ["Update", "Publish now", "Unschedule"],
            ["Save draft", "Unpublish"],
        ),
        (
            {"status": "draft", "published_at": datetime(2099, 3, 4, tzinfo=UTC)},
            "Not public: only its authors and editors see it.",
            ["Save draft", "Schedule"],
            ["Publish", "Update"],
        ),
    ],
)
def test_the_form_describes_the_visibility_and_has_the_buttons_for_the_state(
    erika, log_in, make_post, fields, sentence, offered, not_offered
):
    page = form_page(log_in(erika), make_post("Tides", **fields))
    assert sentence in page
    for label in offered:
        assert f">{label}</button>" in page
    for label in not_offered:
        assert f">{label}</button>" not in page


def test_the_form_of_a_trashed_post_describes_what_readers_see(erika, log_in, make_post):
    public, draft = make_post("Public"), make_post("Draft", status="draft")
    for post in (public, draft):
        services.trash_post(post, by=None, expected_version=1)
    client = log_in(erika)
    assert "It is in the trash: readers are told that it is gone." in form_page(client, public)
    assert "It is in the trash.</div>" in form_page(client, draft)


def test_the_history_and_the_log_record_what_a_button_changed(press, make_post, erika):
    post = make_post("Tides", status="draft")
    press("_publish", post)
    assert post.history.first().history_user == erika
    entry = erika.logentry_set.get()
    assert "Status" in entry.get_change_message()


def test_publishing_with_warnings_publishes_and_shows_them(press):
    response = press("_publish", title="Tides", body="See [here](/nowhere/).")
    assert Post.objects.get().is_public()
    assert "There is no summary" in message_text(response)
    assert "/nowhere/ (there is nothing at this address)" in message_text(response)
    assert "does not say where it leads" in message_text(response)


def test_saving_a_published_post_shows_no_warnings(press, make_post):
    post = make_post("Tides")
    assert "summary" not in message_text(press("_continue", post, title="Times"))
