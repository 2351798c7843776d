"""A form that is submitted twice is saved once and is not reported as a conflict."""

from apps.posts import services
from apps.posts.models import Post
from tests.editor.forms import fields_of


def test_submitting_a_form_twice_makes_one_version_and_no_conflict(erika, make_post, log_in, edit):
    post = make_post("Tides", body="Old.")
    client = log_in(erika)
    url, form = edit(client, post)
    sent = {**form, "body": "New.", "title": "High tides"}
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent).status_code == 302
    assert Post.objects.get().version == 2


def test_defaults_assigned_by_saving_do_not_make_the_second_submission_a_conflict(erika, make_post, log_in, edit):
    post = make_post("Tides", status="draft")
    client = log_in(erika)
    url, form = edit(client, post)
    sent = {**form, "title": "High tides", "status": "published", "slug": ""}
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent).status_code == 302
    assert Post.objects.get().version == 2


def test_another_text_from_the_same_page_is_a_conflict(erika, make_post, log_in, edit):
    post = make_post(body="Old.")
    client = log_in(erika)
    url, form = edit(client, post)
    client.post(url, {**form, "body": "New."})
    assert client.post(url, {**form, "body": "Newer."}).status_code == 409


def test_the_same_text_from_another_user_is_a_conflict(alice, erika, make_post, log_in, edit):
    post = make_post(body="Old.", authors=[alice.author])
    client = log_in(erika)
    url, form = edit(client, post)
    services.update_post(Post.objects.get(), by=alice, expected_version=1, body="New.")
    assert client.post(url, {**form, "body": "New."}).status_code == 409


def test_submitting_the_form_of_a_new_post_twice_creates_one_post(alice, log_in, edit):
    client = log_in(alice)
    url, form = edit(client)
    sent = {**form, "title": "Once", "body": "Text."}
    assert client.post(url, sent).status_code == 302
    again = client.post(url, sent, follow=True)
    post = Post.objects.get()
    assert again.redirect_chain == [(f"/admin/posts/post/{post.pk}/change/", 302)]
    assert "was saved when the form was first sent" in again.content.decode()


def test_resubmitting_a_new_post_with_changes_shows_both_texts_and_creates_no_second_post(alice, log_in, edit):
    client = log_in(alice)
    url, form = edit(client)
    client.post(url, {**form, "title": "Once", "body": "Text."})
    again = client.post(url, {**form, "title": "Once", "body": "Text and more."})
    assert "Two texts" in again.content.decode()
    fields = fields_of(again, "post_form")
    assert fields["body"][0].strip() == "Text and more."
    post = Post.objects.get()
    address = f"/admin/posts/post/{post.pk}/change/"
    assert f'action="{address}"' in again.content.decode()
    assert client.post(address, fields).status_code == 302
    post.refresh_from_db()
    assert (post.version, post.body.strip()) == (2, "Text and more.")


def test_autosave_of_the_form_of_a_new_post_that_was_saved_is_refused(alice, log_in, edit):
    client = log_in(alice)
    url, form = edit(client)
    client.post(url, {**form, "title": "Once", "body": "Text."})
    json = {"headers": {"Accept": "application/json"}}
    answer = client.post("/admin/posts/post/autosave/", {**form, "title": "Once", "body": "Text and more."}, **json)
    assert answer.status_code == 409
    assert "“Once” was saved from this form already" in answer.json()["detail"]
    differs = client.post("/admin/posts/post/difference/", {**form, "title": "Once", "body": "Text and more."}, **json)
    assert not differs.json()["is_same"]
    same = client.post("/admin/posts/post/difference/", {**form, "title": "Once", "body": "Text."}, **json)
    assert same.json()["is_same"]


def test_two_forms_of_new_posts_with_the_same_text_create_two_posts(alice, log_in, edit):
    client = log_in(alice)
    for _ in range(2):
        url, form = edit(client)
        client.post(url, {**form, "title": "Twice", "body": "Text."})
    assert Post.objects.count() == 2
