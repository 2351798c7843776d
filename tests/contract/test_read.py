"""GET: lists, single resources, visibility and conditional requests."""

import pytest

pytestmark = pytest.mark.server
RESOURCES = ("posts", "tags", "authors", "series", "comments", "images")


@pytest.fixture
def published(make):
    return make("posts", status="published")


@pytest.mark.parametrize("resource", ["posts", "tags", "authors", "series"])
def test_public_lists_need_no_token(anonymous_api, resource):
    response = anonymous_api.get(f"{resource}/")
    assert response.status_code == 200
    assert set(response.json()) == {"next", "previous", "results"}


def test_a_published_post_is_found_by_its_slug_without_a_token(anonymous_api, published):
    (found,) = anonymous_api.get(f"posts/?slug={published.json()['slug']}").json()["results"]
    assert found["id"] == published.json()["id"]


def test_following_next_returns_each_row_once_and_previous_leads_back(api, make):
    created = {make("tags").json()["id"] for _ in range(5)}
    seen, page = [], api.get("tags/?page_size=2")
    while True:
        seen += [tag["id"] for tag in page.json()["results"]]
        if page.json()["next"] is None:
            break
        link = page.links["next"]["url"]
        assert link == page.json()["next"]
        page = api.get(link)
    assert len(seen) == len(set(seen))
    assert created <= set(seen)
    assert api.get(page.json()["previous"]).json()["results"][-1]["id"] == seen[-len(page.json()["results"]) - 1]


@pytest.mark.parametrize("resource", RESOURCES)
def test_an_unknown_parameter_is_a_400_that_lists_the_valid_ones(api, resource):
    refused = api.get(f"{resource}/?nonsense=1")
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["parameter"] == "nonsense"
    assert "page_size" in error["detail"]


@pytest.mark.parametrize(
    "query", ["page_size=101", "page_size=0", "cursor=created-up", "status=lost", "updated_since=x"]
)
def test_an_invalid_value_is_a_400_that_names_its_parameter(api, query):
    refused = api.get(f"posts/?{query}")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [query.partition("=")[0]]


def test_an_unchanged_resource_is_a_304_without_content_headers(api, anonymous_api, published):
    for client in (api, anonymous_api):
        found = client.get(published.headers["Location"])
        again = client.get(published.headers["Location"], headers={"If-None-Match": found.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert not {"Content-Type", "Content-Length"} & set(again.headers)


def test_a_change_changes_the_etag(api, published):
    before = api.get(published.headers["Location"])
    api.change("PATCH", published, {"summary": "Changed"})
    after = api.get(published.headers["Location"], headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_head_returns_the_response_of_get_without_a_body(api, resource):
    get, head = api.get(f"{resource}/"), api.send("HEAD", f"{resource}/")
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_an_unknown_id_is_a_404(api, resource):
    assert api.get(f"{resource}/999999999999/").status_code == 404


def test_an_invalid_token_is_a_401(api):
    assert api.get("posts/", headers={"Authorization": "Bearer bst_nonsense"}).status_code == 401


def test_a_token_can_ask_whose_it_is_and_what_it_may_do(api, anonymous_api):
    found = api.get("me/")
    assert found.json()["token"]["scopes"] == ["create", "read", "update", "delete"]
    assert set(found.json()["rights"]) == set(RESOURCES)
    assert api.get("me/", headers={"If-None-Match": found.headers["ETag"]}).status_code == 304
    assert anonymous_api.get("me/").status_code == 401


def test_an_unsupported_accept_header_is_a_406(api):
    assert api.get("posts/", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("resource", RESOURCES)
def test_options_lists_the_methods_of_a_collection(api, resource):
    assert set(api.send("OPTIONS", f"{resource}/").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_fields_selects_fields_and_include_shows_whole_objects(api, make):
    tag = make("tags")
    post = make("posts", tags=[tag.json()["slug"]])
    shown = api.get(f"{post.headers['Location']}?fields=title,body&include=tags").json()
    assert set(shown) == {"id", "title", "body", "tags"}
    assert [each["name"] for each in shown["tags"]] == [tag.json()["name"]]


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_list_can_be_counted(api, published, resource):
    query = f"post={published.json()['id']}&" if resource == "comments" else ""
    found = api.get(f"{resource}/?{query}include=count&page_size=100").json()
    assert found["count"]["exact"]
    assert found["count"]["value"] >= len(found["results"])


def test_a_search_has_excerpts_and_an_order_of_its_own(api, make):
    post = make("posts", body="Cut *above* the zweigknospe.", status="published").json()
    found = api.get("posts/?q=zweigknospe&ordering=relevance&include=excerpt,count").json()
    assert found["count"]["value"] >= 1
    assert {row["excerpt"] for row in found["results"] if row["id"] == post["id"]} == {"Cut above the zweigknospe."}


def test_posts_are_chosen_by_ids_and_by_any_or_none_of_several_tags(api, make):
    one, other = make("tags").json()["slug"], make("tags").json()["slug"]
    posts = [make("posts", tags=tags, status="published").json()["id"] for tags in ([one], [other], [])]
    ids = ",".join(map(str, [*posts, 999999999999]))

    def found(query: str) -> set[int]:
        return {row["id"] for row in api.get(f"posts/?id={ids}{query}").json()["results"]}

    assert (found(""), found(f"&tag={one},{other}"), found(f"&tag!={one},{other}")) == (
        {*posts},
        {*posts[:2]},
        {posts[2]},
    )


@pytest.mark.parametrize("query", ["fields=nonsense", "include=nonsense"])
def test_an_unknown_field_is_a_400_that_lists_the_valid_ones(api, query):
    refused = api.get(f"posts/?{query}")
    assert refused.status_code == 400
    assert "Valid are" in refused.json()["errors"][0]["detail"]


def test_an_unchanged_list_is_a_304(api, published):
    found = api.get("posts/")
    assert api.get("posts/", headers={"If-None-Match": found.headers["ETag"]}).status_code == 304
    api.change("PATCH", published, {"summary": "Changed"})
    assert api.get("posts/", headers={"If-None-Match": found.headers["ETag"]}).status_code == 200
