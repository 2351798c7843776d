"""Asking for a review of a post, reviewing it, and assigning it to somebody. Readers and the API learn nothing of it."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from apps.accounts import preferences
from apps.audit.models import AuditEntry
from apps.core import background_mail
from apps.editor import reviews
from apps.editor.models import Assignment, Note, ReviewRequest
from apps.posts import services
from apps.posts.models import Post

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def draft(make_post, alice) -> Post:
    return make_post("Half a thought", status="draft", authors=[alice.author], body="The sea is *blue* today.")


@pytest.fixture
def ask(edit, log_in):
    """Return a function that presses “Save and ask for a review” on the form of a post."""

    def press(user, post: Post, **fields):
        client = log_in(user)
        url, found = edit(client, post)
        return client.post(url, found | {"_ask_review": "1"} | fields, follow=True)

    return press


@pytest.fixture
def mails():
    """Return a function that returns the mails sent so far, and forgets them: recipients and subjects."""

    def read() -> list[tuple[str, str]]:
        background_mail.wait()
        found = sorted((message.to[0].partition("@")[0], message.subject) for message in mail.outbox)
        mail.outbox.clear()
        return found

    return read


def do(client: Client, name: str, post: Post, **fields):
    return client.post(reverse(name, args=[post.pk]), fields, follow=True)


def test_asking_saves_the_text_and_tells_whoever_may_publish(draft, alice, erika, anna, bob, ask, mails):
    page = ask(alice, draft, title="A whole thought", _review_words="Is the title good?").content.decode()
    assert "Asked for a review: whoever may publish it." in page
    assert Post.objects.get().title == "A whole thought"
    assert ReviewRequest.objects.get().asked_by == alice
    assert Note.objects.get().text == "Is the title good?"
    subject = "Alice asks you to review “A whole thought”".replace("Alice", "alice")
    assert mails() == [("anna", subject), ("erika", subject)]


def test_a_new_post_is_saved_and_asked_about_at_once(alice, erika, log_in, edit, mails):
    client = log_in(alice)
    url, fields = edit(client)
    page = client.post(url, fields | {"title": "Begun", "_ask_review": "1"}, follow=True).content.decode()
    assert "alice asked for a review" in page
    assert mails() == [("erika", "alice asks you to review “Begun”")]


def test_one_person_can_be_asked(draft, alice, erika, anna, ask, mails, log_in):
    page = ask(alice, draft, _reviewer=str(erika.pk)).content.decode()
    assert "alice asked erika for a review" in page
    assert [name for name, _subject in mails()] == ["erika"]
    listed = log_in(erika).get("/admin/posts/post/?review=me").content.decode()
    assert "Half a thought" in listed
    assert "Waits for a review by erika" in listed
    assert "Half a thought" not in log_in(anna).get("/admin/posts/post/?review=me").content.decode()
    assert "Half a thought" in log_in(anna).get("/admin/posts/post/?review=waiting").content.decode()


def test_somebody_who_may_not_change_the_post_can_neither_be_asked_nor_have_it_assigned(draft, alice, bob, ask, log_in):
    assert "may not change the post" in ask(alice, draft, _reviewer=str(bob.pk)).content.decode()
    assert "may not change the post" in do(log_in(alice), "assign_post", draft, person=bob.pk).content.decode()
    assert not ReviewRequest.objects.exists()
    assert not Assignment.objects.exists()


def test_it_waits_on_the_start_page_of_those_who_may_publish_and_not_of_others(draft, alice, erika, bob, ask, log_in):
    ask(alice, draft)
    assert "Waits for review" in log_in(erika).get("/admin/").content.decode()
    assert "Half a thought" not in log_in(bob).get("/admin/").content.decode()
    mine = log_in(alice).get("/admin/").content.decode()
    assert "Waits for a review" in mine
    assert "Waits for review" not in mine
    services.trash_post(Post.objects.get(), by=None, expected_version=Post.objects.get().version)
    assert "Waits for review" not in log_in(erika).get("/admin/").content.decode()


def test_sending_back_needs_words_which_stay_as_a_note(draft, alice, erika, ask, mails, log_in):
    ask(alice, draft)
    mails()
    client = log_in(erika)
    assert "Say in a few words" in do(client, "review_post", draft, do="send_back").content.decode()
    assert ReviewRequest.objects.exists()
    assert "Sent back" in do(client, "review_post", draft, do="send_back", words="Too short.").content.decode()
    assert not ReviewRequest.objects.exists()
    assert Note.objects.get().text == "Too short."
    assert mails() == [("alice", "erika sent “Half a thought” back to you")]
    assert "does not wait" in do(client, "review_post", draft, do="approve").content.decode()


def test_a_reviewer_finds_it_good_and_the_author_publishes_it(draft, alice, erika, ask, mails, log_in, edit):
    ask(alice, draft)
    do(log_in(erika), "review_post", draft, do="approve")
    mails()
    client = log_in(alice)
    url, fields = edit(client, draft)
    client.post(url, fields | {"_publish": "1"})
    assert Post.objects.get().status == "published"
    assert mails() == []  # Nobody else has to do with it.


@pytest.mark.parametrize("by", ["the form", "the list"])
def test_publishing_ends_review_and_assignment_and_tells_the_others(by, draft, alice, erika, ask, mails, log_in, edit):
    ask(alice, draft)
    reviews.assign(draft, alice, by=erika)
    mails()
    client = log_in(erika)
    if by == "the form":
        url, fields = edit(client, draft)
        client.post(url, fields | {"_publish": "1"})
    else:
        client.post("/admin/posts/post/", {"action": "publish", "_selected_action": [draft.pk], "index": "0"})
    assert mails() == [("alice", "erika published “Half a thought”")]
    assert not ReviewRequest.objects.exists()
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("where", ["form", "page"])
def test_changes_of_a_published_post_wait_for_their_review_which_ends_when_they_are_published(
    where, make_post, alice, erika, ask, mails, log_in, edit
):
    post = make_post("Tides", authors=[alice.author])
    page = ask(alice, post, title="High tides").content.decode()
    assert "Asked for a review" in page
    assert Post.objects.get().title == "Tides"
    mails()
    client = log_in(erika)
    url, found = edit(client, Post.objects.get())
    address = url if where == "form" else reverse("pending_version", args=[post.pk])
    client.post(address, found | {"_continue": "1"})
    assert Post.objects.get().title == "High tides"
    assert not ReviewRequest.objects.exists()
    assert mails() == [("alice", "erika published “High tides”")]


def test_whoever_asked_can_take_it_back_and_nobody_is_told(draft, alice, erika, ask, mails, log_in):
    ask(alice, draft)
    mails()
    assert "was withdrawn" in do(log_in(alice), "review_post", draft, do="withdraw").content.decode()
    assert mails() == []
    assert not ReviewRequest.objects.exists()


def test_the_assigned_person_is_told_and_finds_the_post(draft, alice, erika, mails, log_in):
    do(log_in(erika), "assign_post", draft, person=alice.pk)
    assert mails() == [("alice", "erika assigned “Half a thought” to you")]
    client = log_in(alice)
    assert "Assigned to you" in client.get("/admin/").content.decode()
    assert "Half a thought" in client.get("/admin/posts/post/?assigned=me").content.decode()
    assert "Nothing was changed" in do(client, "assign_post", draft, person=alice.pk).content.decode()
    do(client, "assign_post", draft, person="")
    assert not Assignment.objects.exists()
    assert mails() == []


def test_who_turned_these_mails_off_gets_none(draft, alice, erika, ask, mails):
    preferences.choose(erika, mails_about_posts=False)
    ask(alice, draft)
    assert mails() == []


def test_a_mail_is_in_the_language_of_whoever_gets_it(draft, alice, erika, ask, mails):
    preferences.choose(erika, language="de")
    ask(alice, draft)
    assert mails() == [("erika", "alice bittet Sie, „Half a thought“ gegenzulesen")]


def test_who_lost_the_right_to_know_the_post_gets_no_mail(draft, alice, bob, erika, ask, mails, log_in):
    ask(alice, draft, _reviewer=str(erika.pk))
    mails()
    erika.groups.clear()
    do(log_in(alice), "post_notes", draft, add="1", text="Do you see it?")
    assert mails() == []


def test_what_is_done_is_in_the_audit_trail(draft, alice, erika, ask, log_in):
    ask(alice, draft)
    client = log_in(erika)
    do(client, "assign_post", draft, person=erika.pk)
    do(client, "review_post", draft, do="approve")
    said = list(AuditEntry.objects.order_by("pk").values_list("message", flat=True))
    for words in ("Asked for a review: whoever may publish it.", "Assigned to erika.", "Reviewed: good."):
        assert words in said


def test_a_script_gets_the_panel_anew_and_errors_as_json(draft, alice, bob, erika, ask, log_in):
    ask(alice, draft)
    url = reverse("review_post", args=[draft.pk])
    answer = log_in(erika).post(url, {"do": "send_back"}, headers=SCRIPT)
    assert (answer.status_code, answer.json()["detail"]) == (400, "Say in a few words what should be changed.")
    answer = log_in(erika).post(url, {"do": "approve"}, headers=SCRIPT).json()
    assert "Save and ask for a review" in answer["html"]
    assert Client().post(url, {"do": "approve"}, headers=SCRIPT).status_code == 401
    assert log_in(bob).post(url, {"do": "approve"}, headers=SCRIPT).status_code == 404


def test_nothing_of_it_is_in_the_api_the_page_or_the_export(draft, alice, erika, ask, token_for, client, tmp_path):
    ask(alice, draft, _review_words="A word for editors alone")
    reviews.assign(draft, alice, by=erika)
    token = token_for(erika)
    answer = client.get(f"/api/v1/posts/{draft.pk}/", headers={"Authorization": f"Bearer {token}"}).content.decode()
    for word in ("alone", "review", "assign"):
        assert word not in answer


def test_purging_a_post_takes_all_of_it_along(draft, alice, erika, ask):
    ask(alice, draft, _review_words="Look.")
    reviews.assign(draft, alice, by=erika)
    post = Post.objects.get()
    services.purge_post(services.trash_post(post, by=None, expected_version=post.version), by=None)
    assert not any(model.objects.exists() for model in (ReviewRequest, Assignment, Note))


def test_when_the_asking_account_is_deleted_the_post_still_waits(draft, alice, erika, ask, log_in):
    ask(alice, draft)
    alice.delete()
    assert (
        "somebody whose account was deleted asked"
        in log_in(erika).get(reverse("admin:posts_post_change", args=[draft.pk])).content.decode()
    )
