"""Mails about posts to the people who work on them: one to each for an event, and none to whoever caused it.

Only who may know of the post gets one, in their own language, and nobody who does not want such mails (the profile).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy

from apps.accounts import preferences
from apps.core import background_mail
from apps.posts.models import Post
from apps.site import languages
from apps.site.models import Current, current
from blog_project import addresses

MAX_MAILS = 50
"""People who get a mail of one event."""


class Event(Enum):
    """What happened to a post: the subject of the mail, in which `who` did it to the post of a `title`."""

    ASKED = gettext_lazy("%(who)s asks you to review “%(title)s”")
    ASSIGNED = gettext_lazy("%(who)s assigned “%(title)s” to you")
    NOTED = gettext_lazy("%(who)s left a note on “%(title)s”")
    ANSWERED = gettext_lazy("%(who)s answered a note on “%(title)s”")
    SENT_BACK = gettext_lazy("%(who)s sent “%(title)s” back to you")
    APPROVED = gettext_lazy("%(who)s has read “%(title)s”: it is good as it is")
    SCHEDULED = gettext_lazy("%(who)s scheduled “%(title)s”")
    PUBLISHED = gettext_lazy("%(who)s published “%(title)s”")
    WITHDRAWN = ""
    """Nobody is told."""


def name_of(user: User) -> str:
    """Return how people of the desk call a user."""
    return user.get_full_name() or user.get_username()


def send(event: Event, post: Post, *, by: User, to: Iterable[User | None], words: str = "", quote: str = "") -> None:
    """Mail an event to these people, with what was said (`words`) of which words of the text (`quote`)."""
    site = current()
    people = {user.pk: user for user in to if user is not None and user.pk != by.pk and user.email}
    for user in list(people.values())[:MAX_MAILS]:
        is_wanted = user.is_active and preferences.of(user).mails_about_posts
        if is_wanted and Post.objects.known_to(user).filter(pk=post.pk).exists():
            language = languages.interface_language("", site)
            with preferences.activated(user, language):
                background_mail.send(_mail(event, post, by, user, site, words, quote))


def _mail(event: Event, post: Post, by: User, to: User, site: Current, words: str, quote: str) -> EmailMessage:
    subject = str(event.value) % {"who": name_of(by), "title": post.title}
    context = {
        "event": subject,
        "words": words,
        "quote": quote,
        "link": addresses.absolute(reverse("admin:posts_post_change", args=[post.pk])),
        "profile": addresses.absolute(reverse("profile")),
        "site": site.name,
        "name": name_of(to),
    }
    text = render_to_string("editor/mail_post.txt", context)
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(" ".join(subject.split()), text, to=[to.email], headers=headers)
