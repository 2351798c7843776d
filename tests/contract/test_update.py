"""PUT and PATCH change the version that the client has read."""

import pytest

pytestmark = pytest.mark.server
RESOURCES = {
    "posts": ("title", "summary"),
    "tags": ("name", "description"),
    "authors": ("name", "bio"),
    "series": ("title", "description"),
}


@pytest.mark.parametrize(("resource", "fields"), RESOURCES.items())
def test_patch_changes_only_the_given_fields_and_the_version(api, make, resource, fields):
    before = make(resource)
    after = api.change("PATCH", before, {fields[1]: "Changed"})
    assert after.status_code == 200
    assert after.json()[fields[1]] == "Changed"
    assert after.json()[fields[0]] == before.json()[fields[0]]
    assert after.json()["version"] == before.json()["version"] + 1
    assert after.headers["ETag"] != before.headers["ETag"]


@pytest.mark.parametrize(("resource", "fields"), RESOURCES.items())
def test_put_sets_omitted_fields_to_their_defaults(api, make, resource, fields):
    before = api.change("PATCH", make(resource), {fields[1]: "Changed"})
    after = api.change("PUT", before, {fields[0]: before.json()[fields[0]]})
    assert after.json()[fields[1]] == ""


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_without_if_match_is_a_428_that_explains_it(api, make, resource, method):
    created = make(resource)
    refused = api.send(method, created.headers["Location"], {})
    assert refused.status_code == 428
    assert "If-Match" in refused.json()["detail"]


@pytest.mark.parametrize(("resource", "fields"), RESOURCES.items())
def test_a_change_of_an_older_version_is_a_412_with_the_current_etag(api, make, resource, fields):
    before = make(resource)
    current = api.change("PATCH", before, {fields[1]: "First"})
    refused = api.change("PATCH", before, {fields[1]: "Second"})
    assert refused.status_code == 412
    assert refused.headers["ETag"].removeprefix("W/") == current.headers["ETag"].removeprefix("W/")
    assert api.get(before.headers["Location"]).json()[fields[1]] == "First"


def test_if_match_star_overwrites_any_version(api, make):
    created = make("tags")
    api.change("PATCH", created, {"description": "First"})
    assert api.change("PATCH", created, {"description": "Second"}, If_Match="*").json()["description"] == "Second"


def test_an_invalid_etag_is_a_400(api, make):
    assert api.change("PATCH", make("tags"), {"description": "x"}, If_Match="nonsense").status_code == 400


def test_a_post_is_published_by_changing_its_status(api, anonymous_api, make):
    created = make("posts")
    api.change("PATCH", created, {"status": "published"})
    assert anonymous_api.get(created.headers["Location"]).json()["status"] == "published"


def test_a_post_is_restored_by_setting_trashed_to_false(api, make):
    created = make("posts")
    api.change("DELETE", created)
    restored = api.change("PATCH", created, {"trashed": False}, If_Match="*")
    assert (restored.status_code, restored.json()["trashed"]) == (200, False)


def test_an_unknown_field_is_a_400_and_changes_nothing(api, make):
    created = make("tags")
    refused = api.change("PATCH", created, {"description": "x", "nonsense": 1})
    assert refused.status_code == 400
    assert api.get(created.headers["Location"]).json() == created.json()


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_request_without_a_token_is_a_401_and_an_unknown_id_a_404(api, anonymous_api, make, method):
    created = make("tags")
    assert anonymous_api.send(method, created.headers["Location"], {}, headers={"If-Match": "*"}).status_code == 401
    assert api.send(method, "tags/999999999999/", {}, headers={"If-Match": "*"}).status_code == 404


def test_return_minimal_returns_only_the_new_etag(api, make):
    changed = api.change("PATCH", make("tags"), {"description": "x"}, Prefer="return=minimal")
    assert (changed.status_code, changed.content) == (204, b"")
    assert changed.headers["Preference-Applied"] == "return=minimal"
    assert changed.headers["ETag"]
