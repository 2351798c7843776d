"""PUT and PATCH: changes, permissions and versions."""

import pytest

from apps.posts import services
from apps.posts.models import Author, Post, PostAlias


@pytest.fixture
def post(make_post, alice):
    return make_post("Hello", authors=[Author.objects.get(user=alice)], summary="In short.")


def test_patch_changes_only_the_given_fields(alice_client, post):
    etag = alice_client.get(f"posts/{post.pk}/")["ETag"]
    response = alice_client.patch(f"posts/{post.pk}/", {"title": "Goodbye"}, If_Match=etag)
    assert response.status_code == 200
    changed = response.json()
    assert (changed["title"], changed["summary"], changed["slug"]) == ("Goodbye", "In short.", "hello")
    assert changed["version"] == 2
    assert response["ETag"] == alice_client.get(f"posts/{post.pk}/")["ETag"] != etag
    assert post.history.count() == 2


def test_put_sets_omitted_fields_to_their_defaults(alice_client, post):
    response = alice_client.put(f"posts/{post.pk}/", {"title": "Bare", "slug": "hello"}, If_Match="*")
    changed = response.json()
    assert (changed["summary"], changed["status"], changed["tags"]) == ("", "draft", [])
    assert changed["authors"] == ["alice-adams"]


def test_the_response_of_get_can_be_sent_with_put(alice_client, post):
    shown = alice_client.get(f"posts/{post.pk}/")
    response = alice_client.put(f"posts/{post.pk}/", shown.json(), If_Match=shown["ETag"])
    assert response.status_code == 200
    changing = ("version", "updated_at")
    assert {k: v for k, v in response.json().items() if k not in changing} == {
        k: v for k, v in shown.json().items() if k not in changing
    }


def test_a_post_is_published_and_withdrawn_by_changing_its_status(alice_client, client, make_post, alice):
    draft = make_post("Draft", status="draft", authors=[Author.objects.get(user=alice)])
    assert alice_client.patch(f"posts/{draft.pk}/", {"status": "published"}, If_Match="*").json()["published_at"]
    assert client.get(f"posts/{draft.pk}/").status_code == 200
    alice_client.patch(f"posts/{draft.pk}/", {"status": "draft"}, If_Match="*")
    assert client.get(f"posts/{draft.pk}/").status_code == 404


def test_setting_trashed_to_false_restores_a_post(alice_client, client, post):
    services.trash_post(post, by=None, expected_version=1)
    response = alice_client.patch(f"posts/{post.pk}/", {"trashed": False}, If_Match="*")
    assert response.json()["trashed"] is False
    assert client.get(f"posts/{post.pk}/").status_code == 200
    assert post.history.first().history_change_reason == "restored"


def test_setting_trashed_to_true_is_refused(alice_client, post):
    response = alice_client.patch(f"posts/{post.pk}/", {"trashed": True}, If_Match="*")
    assert response.json()["errors"] == [{"pointer": "/trashed", "detail": "To move a post to the trash, DELETE it."}]


def test_changing_the_slug_creates_an_alias(alice_client, post):
    alice_client.patch(f"posts/{post.pk}/", {"slug": "moved"}, If_Match="*")
    assert PostAlias.objects.get().path == "/hello/"


def test_given_tags_and_authors_replace_the_existing_ones(erika_client, post, bob):
    services.create_tag(name="News")
    path = f"posts/{post.pk}/"
    changed = erika_client.patch(path, {"tags": ["news"], "authors": ["bob-brown", "alice-adams"]}, If_Match="*").json()
    assert (changed["tags"], changed["authors"]) == (["news"], ["bob-brown", "alice-adams"])
    assert erika_client.patch(path, {"tags": []}, If_Match="*").json()["tags"] == []


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_users_cannot_change_posts_of_others(client, post, request, who):
    response = client.as_(request.getfixturevalue(who)).patch(f"posts/{post.pk}/", {"title": "x"}, If_Match="*")
    assert response.status_code == 403
    assert response.json()["type"].endswith("#forbidden")
    assert Post.objects.get().title == "Hello"


def test_a_change_without_a_token_is_a_401(client, post):
    response = client.patch(f"posts/{post.pk}/", {"title": "x"}, If_Match="*")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="Broadsheet"'


def test_the_queries_of_a_change_do_not_grow_with_the_tags_of_a_post(
    erika_client, make_post, django_assert_max_num_queries
):
    tags = [services.create_tag(name=f"Tag {number}") for number in range(20)]
    post = make_post("Tagged", tags=tags)
    with django_assert_max_num_queries(34):
        erika_client.patch(f"posts/{post.pk}/", {"title": "x", "tags": [tag.slug for tag in tags[:10]]}, If_Match="*")


@pytest.mark.parametrize("resource", ["tags", "authors"])
def test_changes_of_tags_and_authors_check_the_version(erika_client, alice_client, resource):
    made = erika_client.post(f"{resource}/", {"name": "Old"})
    assert made.status_code == 201
    path = f"{resource}/{made.json()['id']}/"
    changed = erika_client.patch(path, {"name": "New"}, If_Match=made["ETag"])
    assert (changed.json()["name"], changed.json()["slug"], changed.json()["version"]) == ("New", "old", 2)
    assert erika_client.put(path, {"name": "Newer"}, If_Match=made["ETag"]).status_code == 412
    assert erika_client.put(path, {"name": "Newer"}, If_Match=changed["ETag"]).json()["slug"] == "newer"
    assert alice_client.patch(path, {"name": "x"}, If_Match="*").status_code == 403
