"""Featured posts: set in the form, in a row and for several at once; the newest of them leads the front page."""

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.utils import timezone

from apps.posts import services
from apps.posts.models import Post
from tests.editor.forms import fields_of
from tests.frontend.reading import older, titles

pytestmark = [pytest.mark.django_db]

LIST = "/admin/posts/post/"


@pytest.fixture
def posts(make_post):
    """Four posts, the first one the newest."""
    now = timezone.now()
    return [make_post(f"Post {number}", published_at=now - timedelta(hours=number + 1)) for number in range(4)]


def feature(post: Post) -> None:
    services.update_post(post, by=None, expected_version=post.version, is_featured=True)


def test_the_front_page_begins_with_the_newest_featured_post(client, posts):
    assert titles(client.get("/"))[0] == "Post 0"
    feature(posts[3])
    feature(posts[2])
    assert titles(client.get("/")) == ["Post 2", "Post 0", "Post 1", "Post 3"]


def test_a_featured_post_of_an_older_page_comes_first_too_and_no_other_is_left_out(client, posts):
    from apps.site import services as site

    site.update_site(site.stored_site(), expected_version=1, posts_per_page=2)
    feature(posts[3])
    first = client.get("/")
    assert titles(first) == ["Post 3", "Post 0", "Post 1"]
    assert titles(client.get(older(first))) == ["Post 2", "Post 3"]


def test_drafts_scheduled_and_trashed_posts_do_not_lead(client, posts, make_post):
    soon = timezone.now() + timedelta(days=1)
    feature(make_post("Draft", status="draft"))
    feature(make_post("Scheduled", published_at=soon))
    gone = make_post("Gone")
    feature(gone)
    services.trash_post(gone, by=None, expected_version=gone.version)
    assert titles(client.get("/"))[0] == "Post 0"


def test_lists_of_tags_and_the_feed_keep_their_order(client, posts):
    tag = services.create_tag(name="Gardens")
    for post in posts:
        services.update_post(post, by=None, expected_version=post.version, tags=[tag])
    feature(posts[3])
    assert titles(client.get("/tags/gardens/"))[0] == "Post 0"
    feed = client.get("/feed.atom").content.decode()
    assert feed.index("Post 0") < feed.index("Post 3")


def test_the_form_and_the_button_of_a_row_feature_a_post(erika, log_in, posts):
    editor = log_in(erika)
    url = f"{LIST}{posts[1].pk}/change/"
    editor.post(url, fields_of(editor.get(url), "post_form") | {"is_featured": "on"})
    assert Post.objects.get(pk=posts[1].pk).is_featured
    page = editor.post(f"{LIST}feature/", {"post": posts[1].pk, "next": LIST}, follow=True)
    assert "“Post 1” is no longer featured." in page.content.decode()
    assert not Post.objects.get(pk=posts[1].pk).is_featured


def test_several_posts_are_featured_at_once_and_found_by_the_filter(erika, log_in, posts):
    editor = log_in(erika)
    chosen = [posts[0].pk, posts[2].pk]
    page = editor.post(LIST, {"action": "feature", ACTION_CHECKBOX_NAME: chosen}, follow=True)
    assert "2 posts are featured now." in page.content.decode()
    found = editor.get(f"{LIST}?featured=yes").context["cl"].result_list
    assert {post.pk for post in found} == set(chosen)
    editor.post(LIST, {"action": "unfeature", ACTION_CHECKBOX_NAME: chosen})
    assert not Post.objects.filter(is_featured=True).exists()


def test_featuring_is_a_version_and_does_not_make_the_post_look_updated(posts):
    before = posts[0].modified_at
    feature(posts[0])
    stored = Post.objects.get(pk=posts[0].pk)
    assert (stored.version, stored.modified_at) == (2, before)


def test_authors_cannot_feature_posts_of_others(alice, log_in, posts):
    assert log_in(alice).post(f"{LIST}feature/", {"post": posts[0].pk}).status_code == 404
    assert not Post.objects.get(pk=posts[0].pk).is_featured


def test_the_api_lists_featured_posts_and_refuses_other_values(client, posts):
    feature(posts[2])
    found = client.get("/api/v1/posts/?is_featured=true").json()["results"]
    assert [post["title"] for post in found] == ["Post 2"]
    assert found[0]["is_featured"] is True
    assert len(client.get("/api/v1/posts/?is_featured=false").json()["results"]) == 3
    assert client.get("/api/v1/posts/?is_featured=maybe").status_code == 400
