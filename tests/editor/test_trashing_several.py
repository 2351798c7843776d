"""Moving several posts to the trash: other posts that link to them are named first."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from apps.posts.models import Post

pytestmark = [pytest.mark.django_db]

LIST = "/admin/posts/post/"


@pytest.fixture
def linked(make_post):
    """Two posts, to the first of which two others link; and one that links to it from among the chosen."""
    first, second = make_post("First"), make_post("Second", body="See [it](/first/).")
    make_post("Guide", body="Read [this](/first/) and [that](/second/).")
    return [first, second]


def move(client, posts, **more):
    chosen = {"action": "trash", ACTION_CHECKBOX_NAME: [post.pk for post in posts]}
    return client.post(LIST, chosen | more, follow=True)


def test_a_page_names_the_posts_that_link_to_them_and_nothing_is_moved_yet(erika, log_in, linked):
    page = move(log_in(erika), linked).content.decode()
    assert page.count(">Guide</a>") == 2
    assert ">Second</a>" not in page
    assert not Post.objects.filter(trashed_at__isnull=False).exists()


def test_they_are_moved_when_that_is_confirmed(erika, log_in, linked):
    page = move(log_in(erika), linked, confirmed="yes").content.decode()
    assert "2 posts were moved to the trash." in page
    assert Post.objects.filter(trashed_at__isnull=False).count() == 2


def test_posts_to_which_no_other_links_are_moved_at_once(erika, log_in, linked, make_post):
    guide = Post.objects.get(title="Guide")
    assert "3 posts were moved to the trash." in move(log_in(erika), [*linked, guide]).content.decode()


def test_a_post_that_the_user_may_not_know_of_is_not_named(alice, log_in, make_post):
    own = make_post("Own", authors=[alice.author])
    make_post("Hidden", status="draft", body="See [it](/own/).")
    page = move(log_in(alice), [own]).content.decode()
    assert "1 post was moved to the trash." in page
    assert "Hidden" not in page


def test_the_button_of_a_row_says_afterwards_which_posts_link_to_it(erika, log_in, linked):
    page = log_in(erika).post(f"{LIST}to-trash/", {"post": linked[0].pk}, follow=True).content.decode()
    assert "These posts link to it, and their links lead nowhere now: “Guide”, “Second”." in page
