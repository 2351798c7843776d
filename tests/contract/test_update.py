"""PUT and PATCH change what the client has seen, and nothing else."""

import pytest

pytestmark = pytest.mark.server
RESOURCES = {"posts": ("title", "summary"), "tags": ("name", "description"), "authors": ("name", "bio")}


@pytest.mark.parametrize(("resource", "fields"), RESOURCES.items())
def test_patch_changes_the_fields_that_are_given_and_gives_another_version(api, make, resource, fields):
    before = make(resource)
    after = api.change("PATCH", before, {fields[1]: "Changed"})
    assert after.status_code == 200
    assert after.json()[fields[1]] == "Changed"
    assert after.json()[fields[0]] == before.json()[fields[0]]
    assert after.json()["version"] == before.json()["version"] + 1
    assert after.headers["ETag"] != before.headers["ETag"]


@pytest.mark.parametrize(("resource", "fields"), RESOURCES.items())
def test_put_gives_what_is_left_out_its_default(api, make, resource, fields):
    before = api.change("PATCH", make(resource), {fields[1]: "Changed"})
    after = api.change("PUT", before, {fields[0]: before.json()[fields[0]]})
    assert after.json()[fields[1]] == ""


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_without_if_match_it_is_428_and_says_how(api, make, resource, method):
    made = make(resource)
    refused = api.send(method, made.headers["Location"], {})
    assert refused.status_code == 428
    assert "If-Match" in refused.json()["detail"]


@pytest.mark.parametrize(("resource", "fields"), RESOURCES.items())
def test_a_change_made_from_an_older_version_is_412_with_the_present_one(api, make, resource, fields):
    before = make(resource)
    now = api.change("PATCH", before, {fields[1]: "First"})
    refused = api.change("PATCH", before, {fields[1]: "Second"})
    assert refused.status_code == 412
    assert refused.headers["ETag"].removeprefix("W/") == now.headers["ETag"].removeprefix("W/")
    assert api.get(before.headers["Location"]).json()[fields[1]] == "First"


def test_a_star_overwrites_whatever_is_there(api, make):
    made = make("tags")
    api.change("PATCH", made, {"description": "First"})
    assert api.change("PATCH", made, {"description": "Second"}, If_Match="*").json()["description"] == "Second"


def test_what_is_no_etag_is_400(api, make):
    assert api.change("PATCH", make("tags"), {"description": "x"}, If_Match="nonsense").status_code == 400


def test_publishing_is_a_change_of_a_field(api, anybody, make):
    made = make("posts")
    api.change("PATCH", made, {"status": "published"})
    assert anybody.get(made.headers["Location"]).json()["status"] == "published"


def test_a_post_comes_out_of_the_trash_by_a_change(api, make):
    made = make("posts")
    api.change("DELETE", made)
    back = api.change("PATCH", made, {"trashed": False}, If_Match="*")
    assert (back.status_code, back.json()["trashed"]) == (200, False)


def test_an_unknown_field_is_400_and_nothing_is_changed(api, make):
    made = make("tags")
    refused = api.change("PATCH", made, {"description": "x", "nonsense": 1})
    assert refused.status_code == 400
    assert api.get(made.headers["Location"]).json() == made.json()


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_without_a_token_it_is_401_and_of_what_is_not_there_404(api, anybody, make, method):
    made = make("tags")
    assert anybody.send(method, made.headers["Location"], {}, headers={"If-Match": "*"}).status_code == 401
    assert api.send(method, "tags/999999999999/", {}, headers={"If-Match": "*"}).status_code == 404


def test_who_prefers_the_least_is_told_the_new_version_alone(api, make):
    changed = api.change("PATCH", make("tags"), {"description": "x"}, Prefer="return=minimal")
    assert (changed.status_code, changed.content) == (204, b"")
    assert changed.headers["Preference-Applied"] == "return=minimal"
    assert changed.headers["ETag"]
