"""Mails that tell the owner of an account what happened to it, so that they notice what they did not do themselves.

`tell(user, event)` is for other modules too, such as a second factor's: an event is a sentence.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db.models.signals import post_init, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import background_mail
from apps.core.clients import address, agent
from blog_project import addresses

from .passwords import password_changed


def tell(user: User, event: str, *, request: HttpRequest | None = None, to: str = "") -> None:
    """Mail an event, such as "Your password was changed.", to a user, or to another address (`to`).

    The mail names the client of `request`. It is sent in the background; a user without an address gets none.
    """
    recipient = to or user.email
    if not recipient:
        return
    context = {
        "event": event,
        "user": user,
        "at": timezone.now(),
        "address": request and address(request),
        "agent": request and agent(request),
        "site": settings.SITE_NAME,
        "admin": addresses.absolute(addresses.ADMIN),
    }
    text = render_to_string("accounts/mail_notice.txt", context)
    subject = _("Your account at %s") % settings.SITE_NAME
    headers = {"Auto-Submitted": "auto-generated"}
    background_mail.send(EmailMessage(" ".join(subject.split()), text, to=[recipient], headers=headers))


@receiver(password_changed)
def _password_changed(sender: object, user: User, **kwargs: object) -> None:
    if user.last_login:  # Not for a new account, whose password is its first one.
        tell(user, _("Your password was changed."))


@receiver(post_init, sender=User)
def _loaded(sender: object, instance: User, **kwargs: object) -> None:
    """Remember the address, unless the query left it out."""
    instance.former_email = instance.__dict__.get("email", "")


@receiver(post_save, sender=User)
def _saved(sender: object, instance: User, created: bool, **kwargs: object) -> None:
    """Tell the former address that it was replaced: the new one may be somebody else's."""
    former, instance.former_email = instance.former_email, instance.__dict__.get("email", "")
    if former and not created and former != instance.former_email:
        tell(instance, _("Your e-mail address was changed."), to=former)
