"""A POST can be retried: with the same Idempotency-Key it is carried out once."""

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
def first(api, key, body):
    response = api.post("posts/", body, headers=key)
    assert response.status_code == 201
    yield response
    api.send("DELETE", response.headers["Location"], headers={"If-Match": "*"})


def test_a_repeated_request_gets_the_first_response(api, key, body, first):
    again = api.post("posts/", body, headers=key)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert [again.headers[name] for name in ("Location", "ETag")] == [
        first.headers[name] for name in ("Location", "ETag")
    ]


def test_another_body_or_path_with_the_same_key_is_a_422(api, key, body, first):
    assert api.post("posts/", body | {"summary": "Other"}, headers=key).status_code == 422
    assert api.post("tags/", {"name": body["title"]}, headers=key).status_code == 422


def test_concurrent_repetitions_get_the_same_resource(api, key, body, first):
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _number: api.clone().post("posts/", body, headers=key), range(8)))
    assert {response.json()["id"] for response in responses} == {first.json()["id"]}


def test_a_failed_request_does_not_use_up_its_key(api, key, body, make):
    assert api.post("tags/", {"nonsense": 1}, headers=key).status_code == 400
    created = api.post("tags/", {"name": body["title"]}, headers=key)
    assert created.status_code == 201
    api.change("DELETE", created)


@pytest.mark.parametrize("wrong", ["", '""', "a" * 256])
def test_an_invalid_key_is_a_400(api, wrong):
    assert api.post("tags/", {"name": "Never"}, headers={"Idempotency-Key": wrong}).status_code == 400
