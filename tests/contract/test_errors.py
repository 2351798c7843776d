"""Every error is a problem document (RFC 9457), whoever answers it."""

import pytest

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nowhere/", 404),
        ("GET", "posts", 404),
        ("GET", "posts/0/", 404),
        ("GET", "posts/x/", 404),
        ("DELETE", "posts/", 405),
        ("POST", "posts/1/", 405),
        ("PATCH", "tags/", 405),
        ("PROPFIND", "tags/", 405),
    ],
)
def test_it_says_what_was_wrong_in_one_format(api, method, path, status):
    answer = api.send(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].partition(";")[0] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "request_id"} <= set(problem)
    assert problem["request_id"] == answer.headers["X-Request-ID"]


def test_the_id_of_a_request_is_the_clients_where_that_is_a_sane_one(api):
    answer = api.get("nowhere/", headers={"X-Request-ID": "contract-0123456789"})
    assert answer.json()["request_id"] == "contract-0123456789"


def test_a_method_that_an_address_does_not_take_is_405_with_those_that_it_does(api):
    assert set(api.send("DELETE", "posts/").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
