"""DELETE deletes the version that the client has read; posts are moved to the trash."""

import pytest

pytestmark = pytest.mark.server


@pytest.mark.parametrize("resource", ["tags", "authors", "series"])
def test_a_deleted_resource_is_a_404(api, make, resource):
    created = make(resource)
    deleted = api.change("DELETE", created)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.get(created.headers["Location"]).status_code == 404


def test_a_deleted_post_is_in_the_trash_where_only_editors_can_read_it(api, anonymous_api, make):
    created = make("posts", status="published")
    assert api.change("DELETE", created).status_code == 204
    assert api.get(created.headers["Location"]).json()["trashed"] is True
    assert anonymous_api.get(created.headers["Location"]).status_code == 404


def test_deleting_a_trashed_post_is_a_204(api, make):
    created = make("posts")
    api.change("DELETE", created)
    assert api.change("DELETE", created, If_Match="*").status_code == 204


@pytest.mark.parametrize("resource", ["posts", "tags", "authors", "series"])
def test_deleting_without_if_match_is_a_428_and_with_an_old_etag_a_412(api, make, resource):
    created = make(resource)
    assert api.send("DELETE", created.headers["Location"]).status_code == 428
    api.change("PATCH", created, {"slug": f"changed-{created.json()['id']}"})
    assert api.change("DELETE", created).status_code == 412
    assert api.get(created.headers["Location"]).status_code == 200


def test_deleting_an_author_with_posts_is_a_409(api, make):
    author = make("authors")
    make("posts", authors=[author.json()["slug"]])
    assert api.change("DELETE", author).status_code == 409


def test_a_request_without_a_token_is_a_401_and_an_unknown_id_a_404(api, anonymous_api, make):
    created = make("tags")
    assert anonymous_api.send("DELETE", created.headers["Location"], headers={"If-Match": "*"}).status_code == 401
    assert api.send("DELETE", "tags/999999999999/", headers={"If-Match": "*"}).status_code == 404
