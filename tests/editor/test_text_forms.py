"""A form with the same text in another Unicode form changes nothing, and a title that nobody sees is refused."""

from apps.posts import services
from apps.posts.models import Post, Tag


def test_the_same_title_in_another_form_makes_no_version(alice, make_post, log_in, edit):
    post = make_post("Café", authors=[alice.author])
    client = log_in(alice)
    url, form = edit(client, post)
    assert client.post(url, {**form, "title": "Cafe\u0301"}).status_code == 302
    assert (Post.objects.get().version, Post.history.count()) == (1, 1)


def test_a_title_that_nobody_sees_shows_the_form_again(alice, make_post, log_in, edit):
    post = make_post("Tides", authors=[alice.author])
    client = log_in(alice)
    url, form = edit(client, post)
    response = client.post(url, {**form, "title": "\u200b\u3164"})
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["title"]
    assert Post.objects.get().title == "Tides"


def test_a_new_tag_that_looks_like_another_one_is_that_one(erika, make_post, log_in, edit):
    tag = services.create_tag(name="Flambé")
    post = make_post("Tides")
    client = log_in(erika)
    url, form = edit(client, post)
    assert client.post(url, {**form, "tag_list": ["new:FLAMBE\u0301", "new:fl\u200bambé"]}).status_code == 302
    assert list(post.tags.all()) == [tag]
    assert Tag.objects.count() == 1


def test_a_tag_is_not_renamed_to_what_looks_like_another_one(erika, log_in):
    services.create_tag(name="Flambé")
    other = services.create_tag(name="Other")
    sent = {"name": "ＦＬＡＭＢÉ", "slug": "other", "description": "", "version": "1"}
    response = log_in(erika).post(f"/admin/posts/tag/{other.pk}/change/", sent)
    assert "There is a tag of this name already" in response.content.decode()
