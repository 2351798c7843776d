"""In the form of a published post, changes can be kept for later, compared, published and discarded."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from apps.editor.admin import pending
from apps.editor.models import Autosave
from apps.posts import services
from apps.posts.models import PendingVersion, Post
from tests.editor.forms import fields_of


@pytest.fixture
def client(erika, log_in) -> Client:
    return log_in(erika)


@pytest.fixture
def post(make_post, alice) -> Post:
    return make_post("Tides", body="The old text.", authors=[alice.author], tags=services.tags_named(["Sea"]))


@pytest.fixture
def press(client, post, edit):
    """Return a function that submits the form of the post with a button and returns the response."""

    def send(button: str, *, by: Client = client, **fields):
        url, form = edit(by, post)
        return by.post(url, {**form, **fields, button: "pressed"})

    return send


def form_url(post: Post) -> str:
    return reverse("admin:posts_post_change", args=[post.pk])


def words_of(response) -> str:
    return unescape(" ".join(response.content.decode().split()))


def notes(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def stored() -> Post:
    return Post.objects.get(slug="tides")


def test_a_published_post_is_updated_or_its_changes_are_saved_for_later(client, post):
    page = words_of(client.get(form_url(post)))
    assert ">Update</button>" in page
    assert ">Save for later</button>" in page
    assert page.index("Save for later") < page.index(">Update</button>")  # Enter presses the first button.
    assert "Publish changes" not in page
    assert "not published yet" not in page


@pytest.mark.parametrize(
    "fields", [{"status": "draft"}, {"published_at": datetime(2099, 1, 1, tzinfo=UTC)}, {"trashed": True}]
)
def test_nothing_else_offers_to_save_for_later(client, make_post, fields):
    trashed = fields.pop("trashed", False)
    post = make_post("Ebb", **fields)
    if trashed:
        services.trash_post(post, by=None, expected_version=1)
    assert "Save for later" not in words_of(client.get(form_url(post)))


def test_saving_for_later_changes_nothing_for_readers_and_the_form_shows_it(client, post, press):
    response = press("_later", title="Ebb", body="Another text.")
    assert response["Location"] == form_url(post)
    assert "Kept for later. Readers see the post as before" in notes(response)
    assert (stored().title, stored().version) == ("Tides", 1)
    assert "The old text." in Client().get("/tides/").content.decode()

    page = client.get(form_url(post))
    form = fields_of(page, "post_form")
    assert (form["title"], form["body"][0].strip()) == (["Ebb"], "Another text.")
    words = words_of(page)
    assert "Published · changes not published yet" in words
    assert "erika kept for later what you see below" in words
    assert '<a href="/tides/">What readers see</a>' in words
    assert ">Publish changes</button>" in words
    assert ">Update</button>" not in words


def test_publishing_the_changes_makes_an_ordinary_version(press, post, client, erika):
    press("_later", title="Ebb", reason="Shorter")
    response = press("_continue")
    assert response.status_code == 302
    assert (stored().title, stored().version) == ("Ebb", 2)
    assert not PendingVersion.objects.exists()
    assert stored().history.first().history_change_reason == "Shorter"
    assert [entry.change_message for entry in erika.logentry_set.order_by("id")] == [
        "Kept changes for later.",
        "Published the changes.",
    ]
    assert ">Update</button>" in words_of(client.get(form_url(post)))


def test_what_is_typed_while_changes_wait_is_published_with_them(press):
    press("_later", title="Ebb")
    press("_save", summary="A summary.")
    assert (stored().title, stored().summary, stored().version) == ("Ebb", "A summary.", 2)


def test_saving_for_later_again_replaces_what_waits(press):
    press("_later", title="Ebb")
    press("_later", title="Flood", body="More.")
    row = PendingVersion.objects.get()
    assert (row.changes, row.version) == ({"title": "Flood", "body": "More."}, 2)


def test_putting_everything_back_ends_the_waiting(press):
    press("_later", title="Ebb")
    assert "There is nothing to keep: readers see this already." in notes(press("_later", title="Tides"))
    assert not PendingVersion.objects.exists()


def test_unpublishing_puts_the_changes_into_the_draft(press):
    press("_later", title="Ebb")
    press("_unpublish")
    assert (stored().title, stored().status, stored().version) == ("Ebb", "draft", 2)
    assert not PendingVersion.objects.exists()


def test_what_cannot_wait_is_named_and_nothing_that_was_typed_is_lost(press):
    refused = press("_later", title="Ebb", slug="ebb", tag_list=[])
    words = words_of(refused)
    assert "This cannot wait, because it says where and when the post stands: Slug, Tags." in words
    assert not PendingVersion.objects.exists()
    assert stored().slug == "tides"
    kept = fields_of(refused, "post_form")
    assert (kept["title"], kept["slug"], kept.get("tag_list")) == (["Ebb"], ["ebb"], None)
    assert ">These now, the rest later</button>" in words
    assert ">Save for later</button>" not in words


def test_what_cannot_wait_is_changed_at_once_if_that_is_wanted(press, post):
    response = press("_later_rest", title="Ebb", slug="ebb", tag_list=[])
    assert response.status_code == 302
    post.refresh_from_db()
    assert (post.title, post.slug, post.tags.count(), post.version) == ("Tides", "ebb", 0, 2)
    assert PendingVersion.objects.get().changes == {"title": "Ebb"}
    assert Client().get("/tides/").status_code == 301


def test_if_a_change_that_cannot_wait_is_refused_the_form_is_shown_again(press, make_post):
    make_post("Ebb")
    refused = press("_later_rest", title="Low water", slug="ebb")
    assert "slug" in words_of(refused).lower()
    assert fields_of(refused, "post_form")["title"] == ["Low water"]
    assert not PendingVersion.objects.exists()


def test_the_second_editor_to_save_for_later_sees_both_texts(alice, erika, log_in, edit, post):
    first, second = log_in(alice), log_in(erika)
    (url, form_1), (_, form_2) = edit(first, post), edit(second, post)
    first.post(url, {**form_1, "body": "One by Alice.", "_later": ""})
    refused = second.post(url, {**form_2, "body": "One by Erika.", "_later": ""})
    words = words_of(refused)
    assert refused.status_code == 409
    assert "alice kept changes of this post for later" in words
    assert "Alice" in words
    assert PendingVersion.objects.get().changes == {"body": "One by Alice."}
    again = fields_of(refused, "post_form")
    assert again["body"][0].strip() == "One by Erika."
    assert second.post(url, {**again, "_later": ""}).status_code == 302
    assert PendingVersion.objects.get().changes["body"].strip() == "One by Erika."


def test_an_update_does_not_pass_over_changes_that_somebody_has_just_kept(alice, erika, log_in, edit, post):
    first, second = log_in(alice), log_in(erika)
    (url, form_1), (_, form_2) = edit(first, post), edit(second, post)
    first.post(url, {**form_1, "title": "By Alice", "_later": ""})
    refused = second.post(url, {**form_2, "summary": "By Erika.", "_continue": ""})
    assert refused.status_code == 409
    assert "By Alice" in re.sub("</?(ins|del)>", "", words_of(refused))
    assert stored().version == 1
    assert PendingVersion.objects.get().changes == {"title": "By Alice"}


def test_changes_that_were_discarded_meanwhile_are_a_conflict(press, client, post, edit):
    press("_later", title="Ebb")
    url, form = edit(client, post)
    services.discard_pending(stored(), expected_pending=1)
    refused = client.post(url, {**form, "_continue": ""})
    assert refused.status_code == 409
    assert "The unpublished changes were discarded after you opened this form." in words_of(refused)
    assert client.post(url, {**fields_of(refused, "post_form"), "_continue": ""}).status_code == 302
    assert stored().title == "Ebb"


def test_a_change_of_the_post_while_its_changes_are_edited_is_a_conflict_with_what_readers_see(
    press, client, post, edit
):
    press("_later", title="Ebb")
    url, form = edit(client, post)
    services.update_post(stored(), by=None, expected_version=1, title="Theirs")
    refused = client.post(url, {**form, "_continue": ""})
    assert refused.status_code == 409
    assert "Theirs" in words_of(refused)
    assert fields_of(refused, "post_form")["title"] == ["Ebb"]
    assert stored().title == "Theirs"


def test_the_form_shows_both_texts_if_the_post_was_changed_in_the_same_field(press, client, post):
    press("_later", title="Ebb", body="The waiting text.")
    services.update_post(stored(), by=None, expected_version=1, body="The corrected text.")
    page = client.get(form_url(post))
    words = words_of(page)
    assert page.status_code == 200
    assert "The post itself was changed after these changes were written, in the same fields." in words
    assert "<del>corrected</del>" in words
    assert "<ins>waiting</ins>" in words
    assert 'data-field="title"' not in words
    press("_continue", body="The corrected waiting text.")
    assert (stored().title, stored().body) == ("Ebb", "The corrected waiting text.")


def test_a_change_in_another_field_is_no_conflict(press, client, post):
    press("_later", title="Ebb")
    services.update_post(stored(), by=None, expected_version=1, body="The corrected text.")
    page = client.get(form_url(post))
    assert "Two texts" not in words_of(page)
    assert fields_of(page, "post_form")["body"][0].strip() == "The corrected text."


def test_the_same_form_sent_twice_keeps_one_version(client, post, edit):
    url, form = edit(client, post)
    for _ in range(2):
        assert client.post(url, {**form, "title": "Ebb", "_later": ""}).status_code == 302
    assert PendingVersion.objects.get().version == 1


def test_changes_that_another_editor_keeps_at_the_same_moment_are_a_conflict(client, post, edit, monkeypatch):
    url, form = edit(client, post)
    keep = services.keep_for_later

    def keep_twice(row, **options):
        monkeypatch.undo()
        keep(Post.objects.get(), by=None, expected_version=1, title="Theirs")
        return keep(row, **options)

    monkeypatch.setattr(pending.services, "keep_for_later", keep_twice)
    refused = client.post(url, {**form, "title": "Mine", "_later": ""})
    assert refused.status_code == 409
    assert fields_of(refused, "post_form")["title"] == ["Mine"]
    assert PendingVersion.objects.get().changes == {"title": "Theirs"}


def test_the_preview_shows_what_waits(press, client, post):
    press("_later", title="Ebb", body="The waiting text.")
    page = client.get(f"/preview/{post.pk}/").content.decode()
    assert "The waiting text." in page
    assert "Ebb" in page


def test_the_checklist_is_about_what_waits(press, client, post):
    press("_later", body="See [here](/nowhere/).")
    assert "/nowhere/" in words_of(client.get(form_url(post)))


def test_the_page_of_the_changes_compares_and_publishes(press, client, post):
    press("_later", title="Ebb", body="The new text.")
    url = reverse("pending_version", args=[post.pk])
    page = client.get(url)
    assert "<del>old</del>" in words_of(page)
    assert "<ins>new</ins>" in words_of(page)
    form = {"version": "1", "pending_version": "1"}
    assert client.post(url, {**form, "pending_version": "7"})["Location"] == url
    assert stored().title == "Tides"
    assert client.post(url, form)["Location"] == form_url(post)
    assert stored().title == "Ebb"


def test_that_page_publishes_nothing_that_overlaps(press, client, post):
    press("_later", body="The waiting text.")
    services.update_post(stored(), by=None, expected_version=1, body="The corrected text.")
    url = reverse("pending_version", args=[post.pk])
    words = words_of(client.get(url))
    assert "changed in the same fields since these changes were written: body." in words
    assert 'value="Publish changes"' not in words
    assert client.post(url, {"version": "2", "pending_version": "1"})["Location"] == url
    assert stored().body == "The corrected text."


def test_discarding_asks_once(press, client, post):
    press("_later", title="Ebb")
    url = reverse("discard_pending", args=[post.pk])
    assert "Discard these changes?" in words_of(client.get(url))
    assert PendingVersion.objects.exists()
    assert client.post(url, {"pending_version": "2"})["Location"] == url
    assert PendingVersion.objects.exists()
    response = client.post(url, {"pending_version": "1"})
    assert "The changes were discarded." in notes(response)
    assert not PendingVersion.objects.exists()
    assert stored().version == 1
    assert "This post has no unpublished changes any more." in notes(client.get(url))


@pytest.mark.parametrize("page", ["pending_version", "discard_pending"])
def test_whoever_may_not_change_the_post_learns_nothing_of_its_changes(page, press, post, bob, log_in):
    press("_later", title="Ebb")
    other, url = log_in(bob), reverse(page, args=[post.pk])
    assert other.get(url).status_code == 404
    assert other.post(url, {"version": "1", "pending_version": "1"}).status_code == 404
    assert PendingVersion.objects.exists()


def test_the_list_shows_and_finds_posts_whose_changes_wait(press, client, make_post):
    make_post("Another")
    press("_later", title="Ebb")
    whole = words_of(client.get("/admin/posts/post/"))
    assert whole.count("Published · changes not published yet") == 1
    chosen = words_of(client.get("/admin/posts/post/?state=pending"))
    assert ">Tides</a>" in chosen
    assert ">Another</a>" not in chosen


def test_the_start_page_goes_on_with_changes_that_wait(press, client):
    press("_later", title="Ebb")
    page = words_of(client.get("/admin/"))
    assert "Published · changes not published yet" in page
    assert ">Tides</a>" in page


def test_the_automatic_draft_goes_when_changes_are_kept_and_is_compared_with_them(client, post, edit, erika):
    url, form = edit(client, post)
    typed = {**form, "draft_of": str(erika.pk), "draft_tab": "t1", "title": "Ebb"}
    saved = client.post(reverse("autosave"), typed)
    assert saved.json()["pending"] == ""
    client.post(url, {**typed, "_later": ""})
    assert not Autosave.objects.exists()
    _url, form = edit(client, post)
    assert client.post(reverse("autosave"), {**form, "draft_tab": "t2", "summary": "More."}).status_code == 200
    offer = words_of(client.get(url))
    assert "You typed more than was saved" in offer
    assert "Summary" in offer


def test_who_writes_is_told_that_somebody_else_has_kept_changes(alice, log_in, post, edit, client):
    other = log_in(alice)
    _url, form = edit(client, post)
    url, theirs = edit(other, post)
    other.post(url, {**theirs, "title": "Ebb", "_later": ""})
    told = client.post(reverse("autosave"), {**form, "title": "Mine"}).json()
    assert "alice has kept changes for later" in told["pending"]
    services.discard_pending(stored(), expected_pending=1)
    _url, form = edit(client, post)
    assert client.post(reverse("autosave"), {**form, "title": "Mine"}).json()["pending"] == ""
    assert "discarded" in client.post(reverse("autosave"), {**form, "pending_version": "1"}).json()["pending"]
