"""Every error is a problem document (RFC 9457)."""

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
def test_every_error_is_a_problem_document(api, method, path, status):
    response = api.send(method, path)
    assert response.status_code == status
    assert response.headers["Content-Type"].partition(";")[0] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "request_id"} <= set(problem)
    assert problem["request_id"] == response.headers["X-Request-ID"]


def test_a_valid_x_request_id_of_the_client_is_used(api):
    response = api.get("nowhere/", headers={"X-Request-ID": "contract-0123456789"})
    assert response.json()["request_id"] == "contract-0123456789"


def test_an_unsupported_method_is_a_405_with_an_allow_header(api):
    assert set(api.send("DELETE", "posts/").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
