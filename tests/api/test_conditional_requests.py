"""ETags: `If-Match` prevents lost updates, and `If-None-Match` saves responses."""

import pytest

from apps.api import preconditions
from apps.core import content_state
from apps.posts import services
from apps.posts.models import Post


@pytest.fixture
def post(make_post):
    return make_post("Hello")


@pytest.fixture
def path(post):
    return f"posts/{post.pk}/"


def test_a_change_without_if_match_is_a_428_that_explains_it(erika_client, path):
    for method, body in [("PUT", {"title": "x"}), ("PATCH", {"title": "x"}), ("DELETE", None)]:
        response = erika_client.send(method, path, body)
        assert response.status_code == 428
        assert "If-Match" in response.json()["detail"]
    assert Post.objects.get().version == 1


def test_the_second_of_two_changes_of_the_same_version_is_refused(erika_client, path):
    etag = erika_client.get(path)["ETag"]
    first = erika_client.patch(path, {"title": "First"}, If_Match=etag)
    second = erika_client.patch(path, {"title": "Second"}, If_Match=etag)
    assert second.status_code == 412
    assert second["ETag"] == first["ETag"]
    assert Post.objects.get().title == "First"
    assert erika_client.patch(path, {"title": "Second"}, If_Match=second["ETag"]).status_code == 200


def test_a_change_between_the_check_and_the_write_of_a_request_makes_the_request_stale(erika_client, path, monkeypatch):
    """The UPDATE checks the version too, because another request can write after the first check."""
    check, etag = preconditions.check_if_match, erika_client.get(path)["ETag"]

    def check_then_update(request, current):
        check(request, current)
        services.update_post(Post.objects.get(), by=None, expected_version=1, title="Faster")

    monkeypatch.setattr(preconditions, "check_if_match", check_then_update)
    response = erika_client.patch(path, {"title": "Slower"}, If_Match=etag)
    assert response.status_code == 412
    assert Post.objects.get().title == "Faster"
    monkeypatch.undo()
    assert response["ETag"] == erika_client.get(path)["ETag"]


def test_html_that_is_rendered_anew_changes_the_etag_of_the_same_version(client, path, post):
    urls = [path, "posts/?fields=body_html"]
    before = [client.get(url)["ETag"] for url in urls]
    Post.objects.update(body_html="<p>Rendered by another version.</p>")
    content_state.bump()
    after = [client.get(url)["ETag"] for url in urls]
    assert not {*before} & {*after}


@pytest.mark.parametrize("given", ["W/{etag}", '"9-00000000", {etag}', "*", '"1-00000000"'])
def test_if_match_accepts_weak_etags_lists_and_a_star(erika_client, path, given):
    etag = erika_client.get(path)["ETag"]
    assert erika_client.patch(path, {"title": "x"}, If_Match=given.format(etag=etag)).status_code == 200


@pytest.mark.parametrize("given", ["1", "1-abcdef01", "'1'", ",", '"1-abcdef01'])
def test_an_if_match_that_is_no_etag_is_a_bad_request(erika_client, path, given):
    response = erika_client.patch(path, {"title": "x"}, If_Match=given)
    assert response.status_code == 400
    assert erika_client.get(path)["ETag"] in response.json()["detail"]


@pytest.mark.parametrize("given", ['"2-abcdef01"', '"something"', '""', '"-1-abcdef01"', '"1"'])
def test_an_etag_of_another_version_is_stale(erika_client, path, given):
    assert erika_client.patch(path, {"title": "x"}, If_Match=given).status_code == 412


def test_if_none_match_with_the_current_etag_gets_a_304(client, path, erika_client):
    etag = client.get(path)["ETag"]
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = client.get(path, If_None_Match=given)
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
    assert client.get(path, If_None_Match='"1-00000000"').status_code == 200
    erika_client.patch(path, {"title": "x"}, If_Match="*")
    assert client.get(path, If_None_Match=etag).status_code == 200


def test_a_renamed_tag_changes_the_etag_but_refuses_no_change(erika_client, make_post):
    tag = services.create_tag(name="News")
    path = f"posts/{make_post('Tagged', tags=[tag]).pk}/"
    etag = erika_client.get(path)["ETag"]
    services.update_tag(tag, expected_version=1, slug="latest")
    assert erika_client.get(path, If_None_Match=etag).status_code == 200
    assert erika_client.patch(path, {"title": "x"}, If_Match=etag).status_code == 200


def test_permissions_are_checked_before_the_precondition(client, bob, path):
    assert client.patch(path, {}).status_code == 401
    assert client.as_(bob).patch(path, {}).status_code == 403
