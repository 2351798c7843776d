"""Every error is a problem document with the cause, and no request of a client is a 500."""

import re

import pytest
from django.db import OperationalError

from apps.core.problems import KINDS
from apps.posts.models import Post
from tests.servers import ROOT

pytestmark = pytest.mark.any_database

METHODS = ["GET", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]


def problem(response, status: int) -> dict:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["detail"]
    assert KINDS[document["type"].removeprefix("/api/docs/problems/#")].status == status
    assert document["request_id"] == response["X-Request-ID"]
    return document


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b"", "required"),
        (b"[]", "object"),
        (b"null", "object"),
        (b'"x"', "object"),
        (b'{"title": "a", "title": "b"}', "“title” is given twice"),
        (b'{"title": NaN}', "not JSON"),
        (b'{"title": Infinity}', "not JSON"),
        (b'{"title": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
        (b'{"title": "\xff"}', "UTF-8"),
        (b'\xef\xbb\xbf{"title": "a"}', "BOM"),
        ('{"title": "a"}'.encode("utf-16"), "UTF-8"),
        (b'{"\\ud800": 1}', "wrong"),
        (b'{"title": {"a": 1}}', "wrong"),
        (b'{"title": "a", "authors": [{"a": 1}]}', "wrong"),
        (b'{"title": "a", "tags": {"a": 1}}', "wrong"),
        (b'{"title": "a", "published_at": 1e999}', "wrong"),
        (b'{"title": "a", "kind": []}', "wrong"),
        (b'{"title": "a", "trashed": {}}', "wrong"),
    ],
)
def test_an_invalid_json_body_is_a_400_that_names_the_fault(alice_client, body, words):
    document = problem(alice_client.send("POST", "posts/", raw=body), 400)
    assert words in str(document)
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_a_body_of_another_type_is_415(alice_client, content_type):
    response = alice_client.send("POST", "posts/", raw=b"title=a", Content_Type=content_type)
    assert "application/json" in problem(response, 415)["detail"]
    assert response["Accept"] == "application/json"


def test_a_content_type_with_a_charset_is_accepted(alice_client):
    response = alice_client.send("POST", "posts/", {"title": "a"}, Content_Type="application/json; charset=utf-8")
    assert response.status_code == 201


@pytest.mark.parametrize("path", ["/api/", "/api/v2/posts/", "/api/v1/posts/x/", "/api/v1/posts/1/publish/"])
def test_an_unknown_path_is_a_404_for_any_method(erika_client, path):
    documents = [problem(erika_client.send(method, path), 404) for method in METHODS]
    assert len({document["detail"] for document in documents}) == 1


def test_a_404_mentions_a_missing_trailing_slash(client):
    assert "/api/v1/posts/, with a slash" in problem(client.get("/api/v1/posts"), 404)["detail"]
    assert "slash" not in problem(client.get("/api/v1/nothing"), 404)["detail"]


def test_an_unsupported_method_is_a_405_before_any_other_check(client):
    for path, method, allow in [
        ("posts/", "PUT", "GET, POST, HEAD, OPTIONS"),
        ("posts/999/", "POST", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("posts/999/", "TRACE", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("posts/", "PROPFIND", "GET, POST, HEAD, OPTIONS"),
        ("/api/schema/", "POST", "GET, HEAD, OPTIONS"),
    ]:
        response = client.send(method, path)
        problem(response, 405)
        assert response["Allow"] == allow


def test_an_unsupported_accept_header_is_a_406(client):
    problem(client.get("posts/", Accept="text/csv"), 406)
    assert client.get("posts/", Accept="text/html,*/*;q=0.8").status_code == 200


@pytest.mark.parametrize(("code", "status"), [(2002, 503), (1205, 503), (1142, 500), (3118, 500), (1054, 500)])
def test_a_database_outage_is_a_503_and_a_missing_grant_or_column_a_500(
    client, monkeypatch, caplog, settings, code, status
):
    def fail(*args, **kwargs):
        raise OperationalError(code, "secret internals")

    settings.DEBUG = False
    monkeypatch.setattr("apps.posts.viewsets.PostViewSetBase.find_page", fail)
    response = client.get("posts/")
    assert "internals" not in str(problem(response, status))
    assert ("Retry-After" in response) == (status == 503)
    assert ("does not answer" in caplog.text) == (status == 503)


def test_an_unexpected_exception_is_a_500_without_a_traceback(client, monkeypatch, settings):
    settings.DEBUG = False
    monkeypatch.setattr("apps.posts.viewsets.PostViewSetBase.find_page", lambda view, request: 1 / 0)
    assert "division" not in str(problem(client.get("posts/"), 500))


def test_every_kind_of_problem_is_documented(client):
    page = client.get("/api/docs/problems/").content.decode()
    used = set()
    # The frontend uses `kind` for something else (OpenGraph).
    for file in set((ROOT / "apps").rglob("*.py")) - set((ROOT / "apps" / "frontend").rglob("*.py")):
        used |= set(re.findall(r'kind="([a-z-]+)"', file.read_text()))
    assert used <= set(KINDS)
    for kind in KINDS:
        assert f'id="{kind}"' in page
    url = problem(client.get("posts/?x=1"), 400)["type"]
    assert client.get(url.split("#")[0]).status_code == 200
    assert f'id="{url.split("#")[1]}"' in page
