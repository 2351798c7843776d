"""POST creates a resource, and changes nothing if it fails."""

import pytest

pytestmark = pytest.mark.server
RESOURCES = ("posts", "tags", "authors", "series")


@pytest.mark.parametrize("resource", RESOURCES)
def test_creating_returns_201_with_location_etag_and_the_whole_resource(api, make, resource):
    created = make(resource)
    assert created.status_code == 201
    assert created.headers["Location"].endswith(f"/api/v1/{resource}/{created.json()['id']}/")
    found = api.get(created.headers["Location"])
    assert found.json() == created.json()
    assert found.headers["ETag"].removeprefix("W/") == created.headers["ETag"].removeprefix("W/")


def test_a_new_post_is_a_draft_that_only_editors_can_read(anonymous_api, make):
    created = make("posts")
    assert created.json()["status"] == "draft"
    assert anonymous_api.get(created.headers["Location"]).status_code == 404


def test_a_post_contains_its_text_as_markdown_and_as_html(make):
    post = make("posts", body="Cut *above* the bud.").json()
    assert post["body"] == "Cut *above* the bud."
    assert "<em>above</em>" in post["body_html"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_creating_without_a_token_is_a_401_with_a_challenge(anonymous_api, resource):
    refused = anonymous_api.post(f"{resource}/", {})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("resource", "body", "pointer"),
    [
        ("posts", {"title": ""}, "/title"),
        ("posts", {"title": "A", "tags": ["no-such-tag-anywhere"]}, "/tags/0"),
        ("posts", {"title": "A", "nonsense": 1}, "/nonsense"),
        ("posts", {"title": 7}, "/title"),
        ("posts", {"title": "A", "series": "no-such-series-anywhere"}, "/series"),
        ("series", {}, "/title"),
        ("tags", {}, "/name"),
        ("tags", {"name": "A", "slug": "Not a slug"}, "/slug"),
        ("authors", {"name": "A", "website": "no address"}, "/website"),
    ],
)
def test_errors_point_to_the_invalid_fields(api, resource, body, pointer):
    refused = api.post(f"{resource}/", body)
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"text"', b"\xff", b'{"name": "a", "name": "b"}'])
def test_a_body_that_is_not_a_json_object_is_a_400(api, raw):
    refused = api.send("POST", "tags/", data=raw, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400


def test_a_body_of_another_media_type_is_a_415(api):
    refused = api.send("POST", "tags/", data=b"name=a", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert refused.status_code == 415


def test_a_batch_creates_all_or_none(api, make):
    name = make("tags").json()["name"]
    one = {"method": "POST", "path": "/api/v1/tags/", "body": {"name": f"{name} of a batch"}}
    same = one | {"body": {"name": name}}
    refused = api.post("batch/", {"operations": [one, same]})
    assert (refused.status_code, refused.json()["operation"]) == (400, 1)
    made = api.post("batch/", {"operations": [one, same], "atomic": False}).json()["responses"]
    assert [answer["status"] for answer in made] == [201, 400]
    deletion = {"method": "DELETE", "path": f"/api/v1/tags/{made[0]['body']['id']}/"}
    without_condition, whole = deletion, deletion | {"headers": {"If-Match": made[0]["headers"]["ETag"]}}
    assert api.send("DELETE", "batch/", {"operations": [without_condition]}).status_code == 428
    assert api.send("DELETE", "batch/", {"operations": [whole]}).json()["responses"][0]["status"] == 204


def test_a_failed_request_creates_nothing(api):
    api.post("tags/", {"name": "Never created", "slug": "never-created", "nonsense": 1})
    assert api.get("tags/?slug=never-created").json()["results"] == []
