"""Mails that tell the owner of an account what happened to it, so that they notice what they did not do themselves.

Only `events.happened` calls `tell`, so that what is told is also in the audit trail.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import background_mail
from apps.core.clients import address, agent
from blog_project import addresses


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
