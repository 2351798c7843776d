"""Concurrent edits of a post: the second save is refused and shows both texts."""

from django.urls import reverse

from apps.editor.admin.posts import PostAdmin
from apps.posts import services
from apps.posts.models import Post
from tests.editor.forms import fields_of


def test_the_second_editor_is_refused_and_sees_both_texts(alice, erika, make_post, log_in, edit):
    post = make_post("Tides", body="One.\n\nTwo.", authors=[alice.author])
    first, second = log_in(alice), log_in(erika)
    (url, form_1), (_, form_2) = edit(first, post), edit(second, post)
    assert first.post(url, {**form_1, "body": "One.\n\nTwo by Alice."}).status_code == 302

    refused = second.post(url, {**form_2, "title": "Tides, revised", "body": "One.\n\nTwo by Erika."})

    assert refused.status_code == 409
    page = refused.content.decode()
    assert "Two texts" in page
    assert "alice saved version 2" in " ".join(page.split())
    assert "<del>Alice</del>" in page
    assert "<ins>Erika</ins>" in page
    assert "<ins>revised</ins>" in page.replace("<ins>, </ins>", "").replace(", revised", "revised")
    kept = fields_of(refused, "post_form")
    assert kept["body"][0].split() == "One. Two by Erika.".split()
    assert kept["title"] == ["Tides, revised"]
    stored = Post.objects.get()
    assert (stored.version, stored.title, stored.body) == (2, "Tides", "One.\n\nTwo by Alice.")


def test_saving_again_replaces_the_stored_text_which_stays_in_the_history(erika, make_post, log_in, edit):
    post = make_post("Tides", body="Old.")
    client = log_in(erika)
    url, form = edit(client, post)
    services.update_post(Post.objects.get(), by=None, expected_version=1, body="Theirs.")
    refused = client.post(url, {**form, "body": "Mine."})
    again = fields_of(refused, "post_form")
    assert again["version"] == ["2"]
    assert client.post(url, again).status_code == 302
    post.refresh_from_db()
    assert (post.version, post.body.strip()) == (3, "Mine.")
    assert [version.body.strip() for version in post.history.all()] == ["Mine.", "Theirs.", "Old."]


def test_another_save_after_a_conflict_is_a_conflict_again(erika, make_post, log_in, edit):
    post = make_post(body="Old.")
    client = log_in(erika)
    url, form = edit(client, post)
    services.update_post(Post.objects.get(), by=None, expected_version=1, body="Theirs.")
    again = fields_of(client.post(url, {**form, "body": "Mine."}), "post_form")
    services.update_post(Post.objects.get(), by=None, expected_version=2, body="Theirs again.")
    refused = client.post(url, again)
    assert refused.status_code == 409
    assert "Theirs again." in refused.content.decode().replace("<del>", "").replace("</del>", "")
    assert fields_of(refused, "post_form")["version"] == ["3"]


def test_an_invalid_form_keeps_the_version_it_was_made_from(erika, make_post, log_in, edit):
    """Otherwise a concurrent save would be overwritten when the corrected form is submitted."""
    post = make_post(body="Old.")
    client = log_in(erika)
    url, form = edit(client, post)
    wrong = client.post(url, {**form, "body": "Mine.", "title": ""})
    services.update_post(Post.objects.get(), by=None, expected_version=1, body="Theirs.")
    refused = client.post(url, {**fields_of(wrong, "post_form"), "title": "Right"})
    assert refused.status_code == 409
    assert Post.objects.get().body == "Theirs."


def test_a_form_without_its_version_saves_nothing(erika, make_post, log_in, edit):
    post = make_post(body="Old.")
    client = log_in(erika)
    url, form = edit(client, post)
    del form["version"]
    assert client.post(url, {**form, "body": "Mine."}).status_code == 409
    assert Post.objects.get().body == "Old."


def test_a_save_that_loses_the_race_within_the_service_is_a_conflict(erika, make_post, log_in, edit, save_first):
    """The form was valid when it was checked; the other save came before the UPDATE."""
    post = make_post(body="Old.")
    client = log_in(erika)
    url, form = edit(client, post)
    save_first(PostAdmin, "update_service", body="Theirs.")
    refused = client.post(url, {**form, "body": "Mine."})
    assert refused.status_code == 409
    assert fields_of(refused, "post_form")["body"][0].strip() == "Mine."
    assert fields_of(refused, "post_form")["version"] == ["2"]
    assert Post.objects.get().body == "Theirs."


def test_tags_and_status_are_compared_by_their_displayed_names(erika, make_post, log_in, edit):
    sea, sun = services.create_tag(name="Sea"), services.create_tag(name="Sun")
    post = make_post(tags=[sea])
    client = log_in(erika)
    url, form = edit(client, post)
    services.update_post(Post.objects.get(), by=None, expected_version=1, title="Theirs")
    page = client.post(url, {**form, "tag_list": [str(sun.pk)], "status": "draft"}).content.decode()
    assert "<del>Sea</del>" in page
    assert "<ins>Sun</ins>" in page
    assert "<del>Published</del>" in page
    assert "<ins>Draft</ins>" in page


def test_the_comparison_escapes_markup(erika, make_post, log_in, edit):
    post = make_post(body="<script>alert('theirs')</script>\n")
    client = log_in(erika)
    url, form = edit(client, post)
    services.update_post(Post.objects.get(), by=None, expected_version=1, body="<script>alert('new')</script>")
    page = client.post(url, {**form, "body": "<img src=x onerror=alert(1)>"}).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_stale_form_of_a_tag_is_a_conflict_too(erika, log_in):
    tag = services.create_tag(name="Sea")
    client = log_in(erika)
    url = reverse("admin:posts_tag_change", args=[tag.pk])
    form = fields_of(client.get(url), "tag_form")
    services.update_tag(tag, expected_version=1, description="Theirs.")
    refused = client.post(url, {**form, "description": "Mine."})
    assert refused.status_code == 409
    assert fields_of(refused, "tag_form")["description"][0].strip() == "Mine."
    tag.refresh_from_db()
    assert tag.description == "Theirs."


def test_who_saved_in_another_window_is_told_that_it_was_they(erika, make_post, log_in, edit):
    client, post = log_in(erika), make_post("Tides")
    url, fields = edit(client, post)
    client.post(url, fields | {"title": "First"})
    page = client.post(url, fields | {"title": "Second"})
    words = " ".join(page.content.decode().split())
    assert page.status_code == 409
    assert "You saved version 2 yourself" in words
    assert "erika saved" not in words
