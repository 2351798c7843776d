"""Notes that editors leave each other about a post or a place in its text."""

from __future__ import annotations

import pytest
from django.core import mail
from django.urls import reverse

from apps.core import background_mail
from apps.editor import notes
from apps.editor.models import Note
from apps.posts import services
from apps.posts.models import Post


@pytest.fixture
def draft(make_post, alice) -> Post:
    return make_post("Half a thought", status="draft", authors=[alice.author], body="The sea is *blue* today.")


@pytest.fixture
def discuss(draft, log_in):
    """Return a function that sends a form of the notes as a user, without scripts, and returns the page."""

    def send(user, **fields) -> str:
        return log_in(user).post(reverse("post_notes", args=[draft.pk]), fields, follow=True).content.decode()

    return send


def test_a_note_about_the_whole_post_needs_no_script(draft, discuss, erika, alice, log_in):
    assert "Your note was added." in discuss(erika, add="1", text="Who is\r\nthis for?")
    page = log_in(alice).get(reverse("admin:posts_post_change", args=[draft.pk])).content.decode()
    assert "Who is<br>this for?" in page


def test_a_note_about_a_place_keeps_the_words_and_says_when_they_are_gone(draft, discuss, erika):
    page = discuss(erika, add="1", text="Is it?", quote="*blue*", before="The sea is ", after=" today.")
    assert '<span class="note-changed" hidden>' in page
    post = services.update_post(Post.objects.get(), by=None, expected_version=1, title="A thought")
    assert Note.objects.get().quote == "*blue*"
    services.update_post(post, by=None, expected_version=2, body="The sea is grey today.")
    assert '<span class="note-changed">The place was changed.' in discuss(erika)


def test_notes_are_answered_done_and_opened_again(discuss, erika, alice):
    discuss(erika, add="1", text="Is it?")
    note = Note.objects.get()
    discuss(alice, settle=note.pk)
    assert Note.objects.get().settled_at
    assert "1 note that is done" in discuss(alice)
    discuss(alice, reopen=note.pk)
    assert not Note.objects.get().settled_at
    discuss(erika, settle=note.pk)
    assert "Your answer was added." in discuss(alice, answer=note.pk, **{f"text-{note.pk}": "It is."})
    note, answer = Note.objects.order_by("pk")
    assert not note.settled_at  # Who answers has more to say.
    assert (answer.answers, answer.text) == (note, "It is.")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"add": "1", "text": " \n"}, "it is empty"),
        ({"add": "1", "text": "x" * 2001}, "at most 2000 characters"),
        ({"add": "1", "text": "a\0b"}, "U+0000"),
        ({"answer": "999999", "text-999999": "x"}, "not there any more"),
        ({"settle": "x"}, "not there any more"),
        ({}, "Nothing was changed."),
    ],
)
def test_bad_input_is_refused_with_what_was_wrong(fields, words, discuss, erika):
    assert words in discuss(erika, **fields)
    assert not Note.objects.exists()


def test_only_who_wrote_a_note_deletes_it_and_only_without_answers(draft, discuss, erika, alice):
    discuss(erika, add="1", text="Is it?")
    note = Note.objects.get()
    assert "Only the person who wrote" in discuss(alice, remove=note.pk)
    notes.answer(note, by=alice, text="It is.")
    assert "has answers" in discuss(erika, remove=note.pk)
    discuss(alice, remove=Note.objects.get(text="It is.").pk)
    discuss(erika, remove=note.pk)
    assert not Note.objects.exists()


def test_a_note_of_another_post_is_not_reached_through_this_one(make_post, discuss, erika):
    note = notes.add(make_post("Other"), by=erika, text="Mine.")
    assert "not there any more" in discuss(erika, settle=note.pk)


def test_the_number_of_notes_is_limited(draft, discuss, erika, monkeypatch):
    monkeypatch.setattr(notes, "MAX_NOTES", 2)
    for _number in range(2):
        notes.add(draft, by=erika, text="More.")
    assert "cannot have more" in discuss(erika, add="1", text="And more.")


def test_authors_and_those_of_the_thread_are_told_and_never_oneself(draft, discuss, erika, anna, alice):
    def told() -> set[str]:
        background_mail.wait()
        found = {message.to[0].partition("@")[0] for message in mail.outbox}
        mail.outbox.clear()
        return found

    discuss(erika, add="1", text="Is it?", quote="*blue*", before="", after="")
    background_mail.wait()
    assert "Is it?" in mail.outbox[0].body
    assert "“*blue*”" in mail.outbox[0].body
    assert told() == {"alice"}
    note = Note.objects.get()
    discuss(anna, answer=note.pk, **{f"text-{note.pk}": "It is."})
    assert told() == {"alice", "erika"}
    discuss(alice, answer=note.pk, **{f"text-{note.pk}": "I looked."})
    assert told() == {"anna", "erika"}


def test_a_deleted_account_leaves_its_notes_readable(draft, discuss, erika, alice):
    discuss(erika, add="1", text="Is it?")
    erika.delete()
    page = discuss(alice)
    assert "Is it?" in page
    assert "erika (account deleted)" in page


def test_strangers_to_a_post_neither_read_nor_write_its_notes(draft, bob, erika, log_in):
    notes.add(draft, by=erika, text="Is it?")
    url = reverse("post_notes", args=[draft.pk])
    assert log_in(bob).post(url, {"add": "1", "text": "x"}).status_code == 404
    assert log_in(bob).get(url).status_code == 404
    assert Note.objects.count() == 1
