"""What happens to accounts. One call (`happened`) writes the audit entry of an event and tells the owner by mail.

No other module mails owners, and a page or a signal that changes an account calls `happened`. So nothing can be told
that is not on record, nor the other way round.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils.functional import Promise as StrPromise
from django.utils.translation import gettext_lazy as _

from apps.audit import trail
from apps.audit.trail import Action

from . import notices, preferences


class Event(NamedTuple):
    """A kind of event. Both texts can have the details of `happened` in them."""

    entry: StrPromise
    """What the audit trail says."""
    mail: StrPromise | None = None
    """What the owner is told; None if the owner need not be told."""
    action: Action = Action.ACCOUNT


def _told(text: StrPromise) -> Event:
    """Return an event of which the owner is told what the audit trail says."""
    return Event(text, text)


PASSWORD_SET = Event(_("Password set."))
"""For an account in which nobody has logged in yet."""
PASSWORD_CHANGED = Event(_("Password changed."), _("Your password was changed."))
EMAIL_CHANGED = Event(_("E-mail address changed."), _("Your e-mail address was changed."))
RIGHTS_CHANGED = Event(_("Rights: %(what)s."))
SESSIONS_ENDED = Event(_("Sessions ended by a new password: %(count)s."))
NEW_BROWSER = Event(_("Login in a new browser."), _("Somebody logged in with your name and password in a new browser."))
APP_ADDED = _told(_("Second factor: set up an authenticator app."))
PASSKEY_ADDED = _told(_("Second factor: added a passkey."))
CODES_MADE = _told(_("Second factor: made new recovery codes."))
FACTOR_RENAMED = Event(_("Second factor: renamed to “%(name)s” (%(kind)s)."))
FACTOR_REMOVED = _told(_("Second factor: removed “%(name)s” (%(kind)s)."))
FACTORS_RESET = _told(_("Second factor: reset by an administrator (%(kinds)s)."))
TOKEN_MADE = Event(
    _("For %(scopes)s, until %(until)s."),
    _("A token for the API was made that acts for you: %(name)s (%(scopes)s)."),
    Action.ADDED,
)
TOKENS_REVOKED = Event(_("API tokens revoked: %(count)s."))


def happened(event: Event, user: User, *, obj: Model | None = None, to: str = "", **details: Any) -> str:
    """Write the audit entry of an event of an account, and mail the owner if the event says so. Return the entry's text.

    `obj` is what the entry is about, the user unless given. `to` is the address of the mail, if not that of the user.
    """
    message = str(event.entry) % details
    trail.record(event.action, obj=obj or user, message=message)
    if event.mail:
        with preferences.activated(user):
            notices.tell(user, str(event.mail) % details, request=trail.current_request(), to=to)
    return message
