"""Prefer: a writer who wants only to know that it was done is told no more."""

import pytest

from apps.api.models import IdempotencyKey
from apps.posts.models import Post

MINIMAL = "return=minimal"


def test_a_new_post_can_be_answered_by_its_address_and_etag_alone(alices):
    response = alices.post("posts/", {"title": "Short"}, Prefer=MINIMAL)
    assert (response.status_code, response.content) == (201, b"")
    assert response["Preference-Applied"] == MINIMAL
    whole = alices.get(response["Location"])
    assert whole.json()["title"] == "Short"
    assert whole["ETag"] == response["ETag"]


@pytest.mark.parametrize(
    ("method", "body"), [("PUT", {"title": "New", "authors": ["alice-adams"]}), ("PATCH", {"title": "New"})]
)
def test_a_change_can_be_answered_by_its_etag_alone(alices, method, body):
    made = alices.post("posts/", {"title": "Old"})
    response = alices.send(method, made["Location"], body, If_Match=made["ETag"], Prefer=MINIMAL)
    assert (response.status_code, response.content) == (204, b"")
    assert response["Preference-Applied"] == MINIMAL
    assert response["ETag"] == alices.get(made["Location"])["ETag"] != made["ETag"]
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
def test_a_preference_is_read_as_its_rfc_says_and_an_unknown_one_is_no_error(alices, prefer, applied):
    response = alices.post("posts/", {"title": "x"}, Prefer=prefer)
    assert response.status_code == 201
    assert response.get("Preference-Applied") == applied
    assert bool(response.content) == (applied != MINIMAL)


def test_what_is_wrong_is_said_in_full(alices):
    response = alices.post("posts/", {"title": ""}, Prefer=MINIMAL)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/title"


def test_a_short_answer_is_kept_as_short_as_it_was(alices):
    first = alices.post("posts/", {"title": "x"}, Prefer=MINIMAL, Idempotency_Key="k")
    again = alices.post("posts/", {"title": "x"}, Idempotency_Key="k")
    assert (again.status_code, again.content) == (201, b"")
    for name in ("Location", "ETag", "Preference-Applied"):
        assert again[name] == first[name]
    assert "Content-Type" not in again
    assert IdempotencyKey.objects.get().body == b""
