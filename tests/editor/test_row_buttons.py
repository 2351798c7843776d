"""The buttons in each row of the list of posts: duplicate, and into the trash and back in two presses."""

from __future__ import annotations

import pytest

from apps.posts import services
from apps.posts.models import Post
from tests.comments.test_moderation_in_one_press import buttons

LIST = "/admin/posts/post/"


def press(client, page, name: str, pk: int | None = None):
    found = buttons(page, "/admin/posts/post/")
    address, fields = found[name]
    return client.post(address, fields | ({"post": pk} if pk else {}), follow=True)


def test_two_presses_move_a_post_to_the_trash_and_back_and_keep_the_filters(erika, make_post, log_in):
    client, post = log_in(erika), make_post("Tides", status="draft")
    where = f"{LIST}?state=draft"
    page = press(client, client.get(where), "Trash")
    assert page.redirect_chain == [(where, 302)]
    assert Post.objects.get(pk=post.pk).trashed_at
    press(client, page, "Undo")
    assert not Post.objects.get(pk=post.pk).trashed_at


def test_a_copy_is_a_draft_with_the_text_and_opens(alice, make_post, log_in):
    post = make_post(
        "Tides",
        body="High *water*.",
        summary="Of water.",
        canonical_url="https://elsewhere.example/tides/",
        authors=[alice.author, services.create_author(name="Zoe")],
        tags=services.tags_named(["Sea"]),
    )
    client = log_in(alice)
    page = press(client, client.get(LIST), "Duplicate")
    copy = Post.objects.exclude(pk=post.pk).get()
    assert page.redirect_chain == [(f"{LIST}{copy.pk}/change/", 302)]
    assert (copy.title, copy.body, copy.summary, copy.status) == (
        "Copy of Tides",
        "High *water*.",
        "Of water.",
        "draft",
    )
    assert (copy.published_at, copy.canonical_url) == (None, "")
    assert [tag.name for tag in copy.tags.all()] == ["Sea"]
    assert list(copy.authors.all()) == [alice.author]


def test_a_copy_of_a_copy_has_an_address_of_its_own_and_a_long_title_is_cut(erika, make_post, log_in):
    client = log_in(erika)
    post = make_post("T" * Post._meta.get_field("title").max_length)
    for _number in range(2):
        client.post(f"{LIST}duplicate/", {"post": post.pk})
    assert Post.objects.count() == len(set(Post.objects.values_list("slug", flat=True))) == 3


@pytest.mark.parametrize("name", ["duplicate", "to-trash"])
def test_nobody_presses_the_buttons_of_posts_that_are_not_theirs(name, alice, bob, make_post, log_in):
    post = make_post("Bob's", authors=[bob.author])
    client = log_in(alice)
    assert client.post(f"{LIST}{name}/", {"post": post.pk}).status_code == 404
    assert client.post(f"{LIST}{name}/", {"post": "x"}).status_code == 404
    assert client.get(f"{LIST}{name}/?post={post.pk}").status_code == 405
    assert (Post.objects.count(), Post.objects.get().trashed_at) == (1, None)


def test_the_buttons_lead_to_no_other_site(erika, make_post, log_in):
    post = make_post("Tides")
    response = log_in(erika).post(f"{LIST}to-trash/?next=//elsewhere.example/", {"post": post.pk})
    assert response["Location"] == LIST


def test_the_list_has_a_plain_title_and_shows_words_and_state(erika, make_post, log_in):
    make_post("Tides", body="one two three " * 500, status="draft")
    make_post("About", kind="page")
    client = log_in(erika)
    page = client.get(LIST).content.decode()
    assert "<h1>Posts</h1>" in page
    assert "1,500" in page
    assert "Select post" not in page
    assert "<h1>Pages</h1>" in client.get(f"{LIST}?kind__exact=page").content.decode()


@pytest.mark.parametrize(
    ("action", "fields", "before", "after"),
    [
        ("publish", {}, "draft", "published"),
        ("unpublish", {}, "published", "draft"),
        ("tag", {"tag_list": "TAG"}, set(), {"Sea"}),
    ],
)
def test_an_action_on_several_posts_is_undone_in_one_press(action, fields, before, after, erika, make_post, log_in):
    tag = services.create_tag(name="Sea")
    fields = {name: str(tag.pk) if value == "TAG" else value for name, value in fields.items()}
    posts = [make_post(f"Post {number}", status="draft" if action == "publish" else "published") for number in range(2)]

    def states() -> list:
        found = Post.objects.order_by("pk")
        return [{tag.name for tag in post.tags.all()} if action == "tag" else post.status for post in found]

    assert states() == [before] * 2
    client = log_in(erika)
    chosen = {"action": action, "_selected_action": [post.pk for post in posts], "index": "0", **fields}
    page = client.post(LIST, chosen, follow=True)
    assert states() == [after] * 2
    address, _fields = buttons(page, LIST)["Undo"]
    form = {"action": {"publish": "unpublish", "unpublish": "publish", "tag": "untag"}[action]}
    sent = _fields | form | {"_selected_action": [post.pk for post in posts]}
    client.post(address, sent)
    assert states() == [before] * 2
