"""Notes that editors leave each other about a post or a place in its text. They belong to the post, not to a version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.transactions import check_text
from apps.posts.models import Post

from . import post_mails, reviews
from .models import Note
from .post_mails import Event

MAX_NOTES = 200
"""Notes and answers that a post can have."""
QUOTE_LIMIT = Note._meta.get_field("quote").max_length
CONTEXT_LIMIT = Note._meta.get_field("before").max_length


@dataclass
class Thread:
    """A note with its answers."""

    note: Note
    answers: list[Note] = field(default_factory=list)
    is_in_text: bool = True
    """Whether the saved text still has the words that the note is about."""


def of_post(post: Post) -> list[Thread]:
    """Return the threads of a post in their order. One query."""
    threads: dict[int, Thread] = {}
    for note in Note.objects.filter(post=post).order_by("id")[:MAX_NOTES]:
        if note.answers_id is None:
            threads[note.pk] = Thread(note, is_in_text=note.quote in post.body)
        elif note.answers_id in threads:
            threads[note.answers_id].answers.append(note)
    return list(threads.values())


def add(post: Post, *, by: User, text: str, quote: str = "", before: str = "", after: str = "") -> Note:
    """Leave a note about a post or, with a quote and the text around it, about that place. Raises ValidationError."""
    place = {
        "quote": _plain(quote)[:QUOTE_LIMIT],
        "before": _plain(before)[-CONTEXT_LIMIT:],
        "after": _plain(after)[:CONTEXT_LIMIT],
    }
    note = _write(post, by, text, **(place if place["quote"].strip() else {}))
    review, assignment = reviews.of_post(post)
    to = [review and review.reviewer, review and review.asked_by, assignment and assignment.person]
    post_mails.send(Event.NOTED, post, by=by, to=[*to, *reviews.authors_of(post)], words=note.text, quote=note.quote)
    return note


def keep(post: Post, *, by: User, text: str) -> Note:
    """Leave what was said with a review as a note about the post. The mail of the review tells of it."""
    return _write(post, by, text)


def answer(note: Note, *, by: User, text: str) -> Note:
    """Answer a note, which is open again then, and tell whoever has written in the thread. Raises ValidationError."""
    made = _write(note.post, by, text, answers=note)
    reopen(note)
    writers = User.objects.filter(pk__in=Note.objects.filter(post=note.post, answers=note).values("writer"))
    to = [note.writer, *writers.order_by("pk")[: post_mails.MAX_MAILS], *reviews.authors_of(note.post)]
    post_mails.send(Event.ANSWERED, note.post, by=by, to=to, words=made.text, quote=note.quote)
    return made


def settle(note: Note) -> None:
    """Mark a thread as done."""
    Note.objects.filter(pk=note.pk, settled_at__isnull=True).update(settled_at=timezone.now())


def reopen(note: Note) -> None:
    """Open a thread that was marked as done."""
    Note.objects.filter(pk=note.pk).update(settled_at=None)


def remove(note: Note, *, by: User) -> None:
    """Delete a note of one's own. Raises ValidationError for somebody else's, and for one that has answers."""
    if note.writer_id != by.pk:
        raise ValidationError(_("Only the person who wrote a note can delete it. You can mark it as done."))
    if Note.objects.filter(answers=note).exists():
        raise ValidationError(_("This note has answers, so it stays. You can mark it as done."))
    note.delete()


def _write(post: Post, by: User, text: str, **fields: Any) -> Note:
    name = post_mails.name_of(by)[: Note._meta.get_field("writer_name").max_length]
    note = Note(post=post, writer=by, writer_name=name, text=_plain(text).strip(), **fields)
    check_text(note)
    if not note.text:
        raise ValidationError(_("Write the note first: it is empty."))
    limit = Note._meta.get_field("text").max_length
    if len(note.text) > limit:
        raise ValidationError(_("This note is too long: it can have at most %s characters.") % limit)
    if Note.objects.filter(post=post).order_by("id")[MAX_NOTES - 1 : MAX_NOTES]:
        raise ValidationError(_("This post has %s notes already, and cannot have more.") % MAX_NOTES)
    note.save()
    return note


def _plain(text: str) -> str:
    """Return a text of a form with LF line ends."""
    return text.replace("\r\n", "\n")
