"""DELETE moves posts to the trash, and deletes tags and authors permanently."""

import pytest

from apps.api import preconditions
from apps.posts import services
from apps.posts.models import Author, Post, Tag


def test_deleting_a_post_moves_it_to_the_trash(alice_client, client, make_post, alice):
    post = make_post(authors=[Author.objects.get(user=alice)])
    response = alice_client.delete(f"posts/{post.pk}/", If_Match=alice_client.get(f"posts/{post.pk}/")["ETag"])
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(f"posts/{post.pk}/").status_code == 404
    assert Post.objects.get().trashed_at


def test_deleting_a_trashed_post_changes_nothing(erika_client, make_post):
    post = make_post()
    erika_client.delete(f"posts/{post.pk}/", If_Match="*")
    before = Post.objects.values().get()
    assert erika_client.delete(f"posts/{post.pk}/", If_Match="*").status_code == 204
    assert Post.objects.values().get() == before


def test_an_author_cannot_delete_posts_of_others(client, bob, make_post):
    assert client.as_(bob).delete(f"posts/{make_post().pk}/", If_Match="*").status_code == 403
    assert Post.objects.get().trashed_at is None


def test_a_post_changed_meanwhile_is_not_deleted(erika_client, make_post):
    post = make_post()
    etag = erika_client.get(f"posts/{post.pk}/")["ETag"]
    erika_client.patch(f"posts/{post.pk}/", {"title": "Changed"}, If_Match=etag)
    assert erika_client.delete(f"posts/{post.pk}/", If_Match=etag).status_code == 412
    assert Post.objects.get().trashed_at is None


def test_deleting_a_tag_removes_it_from_its_posts(erika_client, make_post):
    tag = services.create_tag(name="News")
    post = make_post(tags=[tag])
    assert erika_client.delete(f"tags/{tag.pk}/", If_Match="*").status_code == 204
    assert not Tag.objects.exists()
    assert erika_client.get(f"posts/{post.pk}/").json()["tags"] == []


@pytest.fixture
def concurrent_change(monkeypatch):
    """Change the only tag between the check and the write of the next request."""
    check = preconditions.check_if_match

    def check_then_change(request, current):
        check(request, current)
        monkeypatch.setattr(preconditions, "check_if_match", check)
        services.update_tag(Tag.objects.get(), expected_version=1, name="Changed")

    monkeypatch.setattr(preconditions, "check_if_match", check_then_change)


def test_a_tag_that_changes_between_check_and_delete_is_not_deleted(erika_client, concurrent_change):
    tag = services.create_tag(name="News")
    etag = erika_client.get(f"tags/{tag.pk}/")["ETag"]
    assert erika_client.delete(f"tags/{tag.pk}/", If_Match=etag).status_code == 412
    assert Tag.objects.get().name == "Changed"


def test_a_change_with_if_match_star_is_repeated_after_a_conflict(erika_client, concurrent_change):
    tag = services.create_tag(name="News")
    assert erika_client.patch(f"tags/{tag.pk}/", {"description": "Mine"}, If_Match="*").status_code == 200
    assert (Tag.objects.get().name, Tag.objects.get().description) == ("Changed", "Mine")
    assert erika_client.delete(f"tags/{tag.pk}/", If_Match="*").status_code == 204


def test_an_author_with_posts_cannot_be_deleted(erika_client, make_post):
    author = services.create_author(name="Ann")
    post = make_post(authors=[author])
    response = erika_client.delete(f"authors/{author.pk}/", If_Match="*")
    assert response.status_code == 409
    assert "Ann has posts" in response.json()["detail"]
    erika_client.patch(f"posts/{post.pk}/", {"authors": []}, If_Match="*")
    assert erika_client.delete(f"authors/{author.pk}/", If_Match="*").status_code == 204


@pytest.mark.parametrize("resource", ["tags", "authors"])
def test_a_collection_cannot_be_deleted(erika_client, resource):
    response = erika_client.delete(f"{resource}/", If_Match="*")
    assert (response.status_code, response["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")
