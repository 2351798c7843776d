"""`PATCH {"status": "published"}` makes a post public now; a date that is given schedules it."""

from datetime import UTC, datetime

import pytest

FUTURE = "2990-01-01T08:00:00Z"


@pytest.fixture
def scheduled(erika_client):
    """The URL of a scheduled post."""
    made = erika_client.post("posts/", {"title": "Earlier", "status": "published", "published_at": FUTURE})
    return made["Location"].removeprefix("http://testserver")


def date_of(response) -> datetime:
    assert response.status_code == 200, response.content
    return datetime.fromisoformat(response.json()["published_at"])


def test_publishing_a_scheduled_post_publishes_it_now(client, erika_client, scheduled):
    assert client.get(scheduled).status_code == 404
    published = erika_client.patch(scheduled, {"status": "published"}, If_Match="*")
    assert date_of(published) <= datetime.now(UTC)
    assert client.get(scheduled).status_code == 200
    again = erika_client.patch(scheduled, {"status": "published"}, If_Match="*")
    assert (again["ETag"], again.json()) == (published["ETag"], published.json())


def test_publishing_a_withdrawn_post_with_a_future_date_publishes_it_now(client, erika_client, scheduled):
    erika_client.patch(scheduled, {"status": "draft"}, If_Match="*")
    assert date_of(erika_client.patch(scheduled, {"status": "published"}, If_Match="*")) <= datetime.now(UTC)
    assert client.get(scheduled).status_code == 200


def test_a_date_that_is_given_schedules_a_post(client, erika_client, scheduled):
    later = {"status": "published", "published_at": "2991-01-01T08:00:00Z"}
    assert date_of(erika_client.patch(scheduled, later, If_Match="*")).year == 2991
    assert date_of(erika_client.patch(scheduled, {"title": "Later"}, If_Match="*")).year == 2991
    assert client.get(scheduled).status_code == 404


def test_a_post_that_was_public_returns_with_its_date(erika_client, make_post):
    post = make_post("Tides", published_at=datetime(2020, 1, 1, tzinfo=UTC))
    erika_client.patch(f"posts/{post.pk}/", {"status": "draft"}, If_Match="*")
    assert date_of(erika_client.patch(f"posts/{post.pk}/", {"status": "published"}, If_Match="*")).year == 2020
