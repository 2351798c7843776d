"""A request that was not answered can be sent again: with the same key, it is done once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

pytestmark = pytest.mark.server


@pytest.fixture
def key():
    return {"Idempotency-Key": f'"{uuid4()}"'}


@pytest.fixture
def body(key):
    return {"title": f"Contract {key['Idempotency-Key'][1:13]}", "authors": []}


@pytest.fixture
def sent(api, key, body):
    first = api.post("posts/", body, headers=key)
    assert first.status_code == 201
    yield first
    api.send("DELETE", first.headers["Location"], headers={"If-Match": "*"})


def test_the_same_request_gets_the_first_answer_again(api, key, body, sent):
    again = api.post("posts/", body, headers=key)
    assert again.status_code == 201
    assert again.json() == sent.json()
    assert [again.headers[name] for name in ("Location", "ETag")] == [
        sent.headers[name] for name in ("Location", "ETag")
    ]


def test_another_body_or_address_with_the_same_key_is_422(api, key, body, sent):
    assert api.post("posts/", body | {"summary": "Other"}, headers=key).status_code == 422
    assert api.post("tags/", {"name": body["title"]}, headers=key).status_code == 422


def test_of_many_at_once_one_creates_and_all_are_told(api, key, body, sent):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _number: api.another().post("posts/", body, headers=key), range(8)))
    assert {answer.json()["id"] for answer in answers} == {sent.json()["id"]}


def test_a_key_is_not_used_up_by_a_request_that_failed(api, key, body, make):
    assert api.post("tags/", {"nonsense": 1}, headers=key).status_code == 400
    made = api.post("tags/", {"name": body["title"]}, headers=key)
    assert made.status_code == 201
    api.change("DELETE", made)


@pytest.mark.parametrize("wrong", ["", '""', "a" * 256])
def test_what_is_no_key_is_400(api, wrong):
    assert api.post("tags/", {"name": "Never"}, headers={"Idempotency-Key": wrong}).status_code == 400
