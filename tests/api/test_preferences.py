"""`Prefer: return=minimal` omits the body of the response to a write."""

import pytest

from apps.api.models import IdempotencyKey
from apps.posts.models import Post

MINIMAL = "return=minimal"


def test_return_minimal_for_a_new_post_returns_only_its_location_and_etag(alice_client):
    response = alice_client.post("posts/", {"title": "Short"}, Prefer=MINIMAL)
    assert (response.status_code, response.content) == (201, b"")
    assert response["Preference-Applied"] == MINIMAL
    whole = alice_client.get(response["Location"])
    assert whole.json()["title"] == "Short"
    assert whole["ETag"] == response["ETag"]


@pytest.mark.parametrize(
    ("method", "body"), [("PUT", {"title": "New", "authors": ["alice-adams"]}), ("PATCH", {"title": "New"})]
)
def test_return_minimal_for_a_change_returns_only_the_etag(alice_client, method, body):
    made = alice_client.post("posts/", {"title": "Old"})
    response = alice_client.send(method, made["Location"], body, If_Match=made["ETag"], Prefer=MINIMAL)
    assert (response.status_code, response.content) == (204, b"")
    assert response["Preference-Applied"] == MINIMAL
    assert response["ETag"] == alice_client.get(made["Location"])["ETag"] != made["ETag"]
    assert Post.objects.get().title == "New"


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("return=representation", "return=representation"),
        ("respond-async, wait=10", None),
        ("return=something", None),
        ("RETURN = Minimal", MINIMAL),
        ('foo; a=b, return="minimal"; c', MINIMAL),
        ("return=representation, return=minimal", "return=representation"),
        ("", None),
        (",;=", None),
    ],
)
def test_preferences_are_parsed_by_the_rfc_and_unknown_ones_are_ignored(alice_client, prefer, applied):
    response = alice_client.post("posts/", {"title": "x"}, Prefer=prefer)
    assert response.status_code == 201
    assert response.get("Preference-Applied") == applied
    assert bool(response.content) == (applied != MINIMAL)


def test_return_minimal_does_not_shorten_errors(alice_client):
    response = alice_client.post("posts/", {"title": ""}, Prefer=MINIMAL)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/title"


def test_a_minimal_response_is_repeated_for_the_same_key(alice_client):
    first = alice_client.post("posts/", {"title": "x"}, Prefer=MINIMAL, Idempotency_Key="k")
    again = alice_client.post("posts/", {"title": "x"}, Idempotency_Key="k")
    assert (again.status_code, again.content) == (201, b"")
    for name in ("Location", "ETag", "Preference-Applied"):
        assert again[name] == first[name]
    assert "Content-Type" not in again
    assert IdempotencyKey.objects.get().body == b""
