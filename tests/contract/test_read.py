"""GET lists and shows, to each what they may see, and sends nothing twice."""

import pytest

pytestmark = pytest.mark.server
RESOURCES = ("posts", "tags", "authors", "comments", "images")


@pytest.fixture
def published(make):
    return make("posts", status="published")


@pytest.mark.parametrize("resource", ["posts", "tags", "authors"])
def test_anybody_may_list_what_is_public(anybody, resource):
    answer = anybody.get(f"{resource}/")
    assert answer.status_code == 200
    assert set(answer.json()) == {"next", "previous", "results"}


def test_a_published_post_is_found_by_its_slug_by_anybody(anybody, published):
    (found,) = anybody.get(f"posts/?slug={published.json()['slug']}").json()["results"]
    assert found["id"] == published.json()["id"]


def test_a_walk_along_next_meets_each_row_once_and_previous_leads_back(api, make):
    made = {make("tags").json()["id"] for _ in range(5)}
    met, answer = [], api.get("tags/?page_size=2")
    while True:
        met += [tag["id"] for tag in answer.json()["results"]]
        if answer.json()["next"] is None:
            break
        link = answer.links["next"]["url"]
        assert link == answer.json()["next"]
        answer = api.get(link)
    assert len(met) == len(set(met))
    assert made <= set(met)
    assert api.get(answer.json()["previous"]).json()["results"][-1]["id"] == met[-len(answer.json()["results"]) - 1]


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_parameter_that_does_not_exist_is_400_and_the_valid_ones_are_named(api, resource):
    refused = api.get(f"{resource}/?nonsense=1")
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["parameter"] == "nonsense"
    assert "page_size" in error["detail"]


@pytest.mark.parametrize("query", ["page_size=101", "page_size=0", "cursor=made-up", "status=lost", "updated_since=x"])
def test_a_wrong_value_is_400_and_its_parameter_is_named(api, query):
    refused = api.get(f"posts/?{query}")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [query.partition("=")[0]]


def test_what_the_client_has_already_is_304_which_says_nothing_of_a_body(api, anybody, published):
    for client in (api, anybody):
        found = client.get(published.headers["Location"])
        again = client.get(published.headers["Location"], headers={"If-None-Match": found.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert not {"Content-Type", "Content-Length"} & set(again.headers)


def test_a_change_has_another_etag(api, published):
    before = api.get(published.headers["Location"])
    api.change("PATCH", published, {"summary": "Changed"})
    after = api.get(published.headers["Location"], headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_head_answers_as_get_without_a_body(api, resource):
    got, headed = api.get(f"{resource}/"), api.send("HEAD", f"{resource}/")
    assert (headed.status_code, headed.content) == (got.status_code, b"")
    assert headed.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_what_is_not_there_is_404(api, resource):
    assert api.get(f"{resource}/999999999999/").status_code == 404


def test_a_token_that_is_none_is_401(api):
    assert api.get("posts/", headers={"Authorization": "Bearer bst_nonsense"}).status_code == 401


def test_what_is_not_json_is_406(api):
    assert api.get("posts/", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("resource", RESOURCES)
def test_options_says_what_an_address_does(api, resource):
    assert set(api.send("OPTIONS", f"{resource}/").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_fields_shows_what_is_asked_for_and_include_whole_objects(api, make):
    tag = make("tags")
    post = make("posts", tags=[tag.json()["slug"]])
    shown = api.get(f"{post.headers['Location']}?fields=title,body&include=tags").json()
    assert set(shown) == {"id", "title", "body", "tags"}
    assert [each["name"] for each in shown["tags"]] == [tag.json()["name"]]


@pytest.mark.parametrize("query", ["fields=nonsense", "include=nonsense"])
def test_a_field_that_does_not_exist_is_400_and_the_valid_ones_are_named(api, query):
    refused = api.get(f"posts/?{query}")
    assert refused.status_code == 400
    assert "Valid are" in refused.json()["errors"][0]["detail"]


def test_a_list_that_the_client_has_already_is_304(api, published):
    found = api.get("posts/")
    assert api.get("posts/", headers={"If-None-Match": found.headers["ETag"]}).status_code == 304
    api.change("PATCH", published, {"summary": "Changed"})
    assert api.get("posts/", headers={"If-None-Match": found.headers["ETag"]}).status_code == 200
