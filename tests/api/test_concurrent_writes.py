"""Concurrent writes: one key creates one post, and one version has one successor."""

from __future__ import annotations

import pytest

from tests.api.writers import REPEATS, Writers

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def writers(serve) -> Writers:
    return Writers(serve(WEB_CONCURRENCY="2", WSGI_THREADS="16"))


def test_concurrent_requests_with_one_key_create_one_post_and_get_the_same_response(writers):
    for number in range(REPEATS):
        key = f'"key-{number}"'
        body = {"title": "Wanted once", "body": f"Text {number}.", "status": "published"}
        responses = writers.send_concurrently(
            100,
            lambda _index: writers.send("POST", "posts/", body, Idempotency_Key=key),  # noqa: B023
        )
        assert {response.status for response in responses} == {201}
        assert len({response.stored_parts for response in responses}) == 1
    assert writers.evaluate("Post.objects.count()") == REPEATS
    assert writers.evaluate("Post.history.count()") == REPEATS
    assert writers.evaluate("SearchDocument.objects.count()") == REPEATS
    assert writers.evaluate("IdempotencyKey.objects.count()") == REPEATS


def test_of_concurrent_changes_of_one_version_one_succeeds_and_the_others_get_412(writers):
    made = writers.send("POST", "posts/", {"title": "Wanted by all", "status": "published"})
    path, etag = made.headers["Location"], made.headers["ETag"]
    for number in range(2 * REPEATS):
        responses = writers.send_concurrently(
            50,
            lambda index: writers.send("PATCH", path, {"title": f"{number}-{index}"}, If_Match=etag),  # noqa: B023
        )
        assert sorted(response.status for response in responses) == [200, *[412] * 49]
        (successful,) = (response for response in responses if response.status == 200)
        current = writers.send("GET", path)
        assert current.json == successful.json
        etag = current.headers["ETag"]
        assert {response.headers["ETag"] for response in responses} == {etag}
    assert current.json["version"] == 2 * REPEATS + 1


def test_of_concurrent_translations_into_one_language_one_is_published(writers):
    german = {"language": "de", "status": "published"}
    for number in range(REPEATS):
        original = writers.send("POST", "posts/", {"title": f"Tides {number}", "status": "published"}).json["id"]
        responses = writers.send_concurrently(
            10,
            # Equal slugs would keep them from being written at the same moment.
            lambda index: writers.send(
                "POST",
                "posts/",
                german | {"title": f"Gezeiten {number}-{index}", "translation_of": original},  # noqa: B023
            ),
        )
        assert sorted(response.status for response in responses) == [201, *[400] * 9]
        refused = [response for response in responses if response.status == 400]
        assert {response.json["errors"][0]["pointer"] for response in refused} == {"/language"}
