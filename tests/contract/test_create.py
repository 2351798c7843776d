"""POST creates, says where, and changes nothing when it fails."""

import pytest

pytestmark = pytest.mark.server
RESOURCES = ("posts", "tags", "authors")


@pytest.mark.parametrize("resource", RESOURCES)
def test_the_answer_is_201_with_the_address_the_version_and_the_whole_resource(api, make, resource):
    made = make(resource)
    assert made.status_code == 201
    assert made.headers["Location"].endswith(f"/api/v1/{resource}/{made.json()['id']}/")
    found = api.get(made.headers["Location"])
    assert found.json() == made.json()
    assert found.headers["ETag"].removeprefix("W/") == made.headers["ETag"].removeprefix("W/")


def test_a_new_post_is_a_draft_that_only_editors_see(anybody, make):
    made = make("posts")
    assert made.json()["status"] == "draft"
    assert anybody.get(made.headers["Location"]).status_code == 404


def test_a_post_has_its_text_as_markdown_and_as_html(make):
    post = make("posts", body="Cut *above* the bud.").json()
    assert post["body"] == "Cut *above* the bud."
    assert "<em>above</em>" in post["body_html"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_without_a_token_it_is_401_and_says_how_to_log_in(anybody, resource):
    refused = anybody.post(f"{resource}/", {})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("resource", "body", "pointer"),
    [
        ("posts", {"title": ""}, "/title"),
        ("posts", {"title": "A", "tags": ["no-such-tag-anywhere"]}, "/tags/0"),
        ("posts", {"title": "A", "nonsense": 1}, "/nonsense"),
        ("posts", {"title": 7}, "/title"),
        ("tags", {}, "/name"),
        ("tags", {"name": "A", "slug": "Not a slug"}, "/slug"),
        ("authors", {"name": "A", "website": "no address"}, "/website"),
    ],
)
def test_each_fault_of_the_body_is_pointed_at(api, resource, body, pointer):
    refused = api.post(f"{resource}/", body)
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"text"', b"\xff", b'{"name": "a", "name": "b"}'])
def test_what_is_no_json_object_is_400(api, raw):
    refused = api.send("POST", "tags/", data=raw, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400


def test_what_is_not_json_is_415(api):
    refused = api.send("POST", "tags/", data=b"name=a", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert refused.status_code == 415


def test_nothing_was_created_by_a_request_that_failed(api):
    api.post("tags/", {"name": "Never made", "slug": "never-made", "nonsense": 1})
    assert api.get("tags/?slug=never-made").json()["results"] == []
