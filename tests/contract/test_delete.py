"""DELETE removes what the client has seen; a post goes to the trash."""

import pytest

pytestmark = pytest.mark.server


@pytest.mark.parametrize("resource", ["tags", "authors"])
def test_what_is_deleted_is_gone(api, make, resource):
    made = make(resource)
    deleted = api.change("DELETE", made)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.get(made.headers["Location"]).status_code == 404


def test_a_post_goes_to_the_trash_where_only_editors_see_it(api, anybody, make):
    made = make("posts", status="published")
    assert api.change("DELETE", made).status_code == 204
    assert api.get(made.headers["Location"]).json()["trashed"] is True
    assert anybody.get(made.headers["Location"]).status_code == 404


def test_a_post_that_is_in_the_trash_already_stays_there(api, make):
    made = make("posts")
    api.change("DELETE", made)
    assert api.change("DELETE", made, If_Match="*").status_code == 204


@pytest.mark.parametrize("resource", ["posts", "tags", "authors"])
def test_without_if_match_it_is_428_and_with_an_old_one_412(api, make, resource):
    made = make(resource)
    assert api.send("DELETE", made.headers["Location"]).status_code == 428
    api.change("PATCH", made, {"slug": f"changed-{made.json()['id']}"})
    assert api.change("DELETE", made).status_code == 412
    assert api.get(made.headers["Location"]).status_code == 200


def test_an_author_who_has_posts_stays(api, make):
    author = make("authors")
    make("posts", authors=[author.json()["slug"]])
    assert api.change("DELETE", author).status_code == 409


def test_without_a_token_it_is_401_and_of_what_is_not_there_404(api, anybody, make):
    made = make("tags")
    assert anybody.send("DELETE", made.headers["Location"], headers={"If-Match": "*"}).status_code == 401
    assert api.send("DELETE", "tags/999999999999/", headers={"If-Match": "*"}).status_code == 404
