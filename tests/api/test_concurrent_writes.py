"""Many writers at the same moment: of one key comes one post, of one version one successor."""

from __future__ import annotations

import pytest

from tests.api.writers import REPEATS, Writers

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def writers(serve) -> Writers:
    return Writers(serve(WEB_CONCURRENCY="2", WSGI_THREADS="16"))


def test_of_a_hundred_requests_with_one_key_comes_one_post_and_all_are_told_of_it(writers):
    for number in range(REPEATS):
        key = f'"key-{number}"'
        body = {"title": "Wanted once", "body": f"Text {number}.", "status": "published"}
        answers = writers.together(100, lambda _which: writers.send("POST", "posts/", body, Idempotency_Key=key))  # noqa: B023
        assert {answer.status for answer in answers} == {201}
        assert len({answer.kept for answer in answers}) == 1
    assert writers.ask("Post.objects.count()") == REPEATS
    assert writers.ask("Post.history.count()") == REPEATS
    assert writers.ask("SearchDocument.objects.count()") == REPEATS
    assert writers.ask("IdempotencyKey.objects.count()") == REPEATS


def test_of_fifty_who_change_one_version_one_does_and_the_others_learn_the_new_one(writers):
    made = writers.send("POST", "posts/", {"title": "Wanted by all", "status": "published"})
    path, etag = made.headers["Location"], made.headers["ETag"]
    for _number in range(2 * REPEATS):
        answers = writers.together(50, lambda which: writers.send("PATCH", path, {"title": f"{which}"}, If_Match=etag))  # noqa: B023
        assert sorted(answer.status for answer in answers) == [200, *[412] * 49]
        (done,) = (answer for answer in answers if answer.status == 200)
        present = writers.send("GET", path)
        assert present.json == done.json
        etag = present.headers["ETag"]
        assert {answer.headers["ETag"] for answer in answers} == {etag}
    assert present.json["version"] == 2 * REPEATS + 1
