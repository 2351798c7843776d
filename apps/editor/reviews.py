"""Asking for a second pair of eyes on a post, and assigning a post to somebody. Nothing of it changes the post.

A review begins when somebody asks for it, and ends when the reviewer finds the post good, sends it back or publishes it,
or when whoever asked needs it no more. Whoever may change a post may do each of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.posts.models import Author, Post

from . import post_mails
from .models import Assignment, ReviewRequest
from .post_mails import Event

MAX_PEOPLE = 200
"""People among whom a reviewer can be chosen."""
JOINED = ("review__asked_by", "review__reviewer", "assignment__person")
"""What `loaded_with` needs to be fetched with a post (`select_related`)."""
MAX_WAITING = 1_000
"""Posts in review, or assigned to somebody, that lists find: those that have waited longest."""


def everybody_for(post: Post) -> list[User]:
    """Return the people who may change a post, by their user names: its authors, and whoever may change all posts."""
    authors = Author.objects.filter(post_links__post=post, user__isnull=False).values("user_id")
    people = User.objects.filter(Q(pk__in=who_may_publish().values("pk")) | Q(pk__in=authors))
    return list(people.filter(is_active=True, is_staff=True).order_by("username")[:MAX_PEOPLE])


def who_may_publish() -> QuerySet[User]:
    """Return the people who may change, and so publish, everybody's posts."""
    backend = "apps.accounts.auth_backend.RightsBackend"
    return User.objects.with_perm("posts.change_others_post", backend=backend).filter(is_staff=True)


def loaded_with(post: Post) -> tuple[ReviewRequest | None, Assignment | None]:
    """Return the same as `of_post`, without a query, for a post that was fetched with `JOINED`."""
    return getattr(post, "review", None), getattr(post, "assignment", None)


def of_post(post: Post) -> tuple[ReviewRequest | None, Assignment | None]:
    """Return the review that a post waits for, and to whom it is assigned."""
    review = ReviewRequest.objects.filter(post=post).select_related("asked_by", "reviewer").first()
    return review, Assignment.objects.filter(post=post).select_related("person").first()


def ask(post: Post, *, by: User, reviewer: User | None, words: str = "") -> None:
    """Ask for a review of a post: somebody, or with None anybody who may publish it. Who asks again replaces that."""
    values = {"asked_by": by, "reviewer": reviewer, "asked_at": timezone.now()}
    ReviewRequest.objects.update_or_create(post=post, defaults=values)
    asked = [reviewer] if reviewer else who_may_publish().order_by("pk")[: post_mails.MAX_MAILS]
    post_mails.send(Event.ASKED, post, by=by, to=asked, words=words)


def end(post: Post, event: Event, *, by: User, words: str = "") -> bool:
    """End the review of a post, and tell whoever asked for it and the authors. Return whether there was one."""
    review = ReviewRequest.objects.filter(post=post).select_related("asked_by").first()
    if review is None:
        return False
    review.delete()
    if event is not Event.WITHDRAWN:
        post_mails.send(event, post, by=by, to=[review.asked_by, *authors_of(post)], words=words)
    return True


def published(post: Post, *, by: User) -> None:
    """End the review and the assignment of a post that was published or scheduled, and tell who had to do with it."""
    review, assignment = of_post(post)
    for ended in filter(None, (review, assignment)):
        ended.delete()
    event = Event.SCHEDULED if post.is_scheduled else Event.PUBLISHED
    to = [review and review.asked_by, assignment and assignment.person, *authors_of(post)]
    post_mails.send(event, post, by=by, to=to)


def assign(post: Post, person: User | None, *, by: User) -> bool:
    """Assign a post to somebody, or with None to nobody. Return whether that changed anything."""
    present = Assignment.objects.filter(post=post).first()
    if (present and present.person_id) == (person and person.pk):
        return False
    if person is None:
        present.delete()
        return True
    Assignment.objects.update_or_create(post=post, defaults={"person": person, "assigned_at": timezone.now()})
    post_mails.send(Event.ASSIGNED, post, by=by, to=[person])
    return True


def authors_of(post: Post) -> Iterable[User]:
    """Return the accounts of a post's authors."""
    return User.objects.filter(author__post_links__post=post).order_by("pk")[: post_mails.MAX_MAILS]


def waiting(**conditions: Any) -> QuerySet[ReviewRequest]:
    """Return the reviews that posts outside the trash wait for, those asked for first at the beginning."""
    return ReviewRequest.objects.filter(post__trashed_at__isnull=True, **conditions).order_by("asked_at", "post")


def assigned_to(user: User) -> QuerySet[Assignment]:
    """Return what is assigned to somebody and not in the trash, the latest first."""
    found = Assignment.objects.filter(person=user, post__trashed_at__isnull=True)
    return found.order_by("-assigned_at", "-post")
