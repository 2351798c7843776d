"""Inviting somebody by mail: an account and its public author are made at once; a link sets the name and the password.

The link is signed with the key of sessions and ends after `LIFETIME`, when it was used, or when another one is mailed:
it has a digest of what is in the place of a password, which each of these replaces.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from slugify import slugify

from apps.core import background_mail, rights
from apps.core.text import comparison_key
from apps.posts import services
from apps.posts.models import Author
from apps.site import languages
from apps.site.models import current
from blog_project import addresses

LIFETIME = timedelta(days=7)
PATH = f"{addresses.ADMIN}invitation/"
ROLES = (
    ("Authors", gettext_lazy("Author: writes, and publishes and changes their own posts")),
    ("Editors", gettext_lazy("Editor: writes and changes everybody’s posts, tags and images, and moderates comments")),
    ("Administrators", gettext_lazy("Administrator: an editor who also invites and manages people, and the site")),
)
"""The groups into which somebody can be invited, in plain words."""
_SALT = "editor.invitation"


def roles_for(inviter: User) -> list[tuple[str, str]]:
    """Return the roles that a user may give: those with no right that the user lacks."""
    names = {*rights.grantable_groups(inviter).filter(name__in=dict(ROLES)).values_list("name", flat=True)}
    return [role for role in ROLES if role[0] in names]


def invite(*, email: str, name: str, role: str, by: User) -> tuple[User, str]:
    """Make an account without a password and its public author, and mail a link; return the account and the link.

    An author of this name who has no account yet becomes theirs.
    """
    with transaction.atomic():
        user = User(username=_free_username(name), email=email, first_name=name[:150], is_staff=True)
        user.set_unusable_password()
        user.save()
        user.groups.set(Group.objects.filter(name=role))
        author = _author_without_account(name)
        if author is None:
            services.create_author(name=name, user=user, by=by)
        else:
            services.update_author(author, expected_version=author.version, by=by, user=user)
    return user, send(user, by=by)


def invite_again(user: User, *, by: User) -> str:
    """Mail a new link, which makes the former ones useless, and return it."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return send(user, by=by)


def send(user: User, *, by: User) -> str:
    """Mail the link that accepts an invitation, and return it."""
    link = addresses.absolute(f"{PATH}{signing.dumps([user.pk, _state(user)], salt=_SALT)}/")
    site = current()
    with languages.activated(site=site):
        inviter = by.get_full_name() or by.get_username()
        words = {"user": user, "inviter": inviter, "site": site.name, "link": link, "ends": timezone.now() + LIFETIME}
        subject = _("%(inviter)s invites you to write for %(site)s") % words
        text = render_to_string("editor/mail_invitation.txt", words)
    headers = {"Auto-Submitted": "auto-generated"}
    background_mail.send(EmailMessage(" ".join(subject.split()), text, to=[user.email], headers=headers))
    return link


def find(token: str) -> User | None:
    """Return the user whom a link invites, or None if it is not good any more."""
    try:
        pk, state = signing.loads(token, salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    is_open = user is not None and not user.has_usable_password() and _state(user) == state
    return user if is_open else None


def _state(user: User) -> str:
    return hashlib.sha256(user.password.encode()).hexdigest()[:32]


def _free_username(name: str) -> str:
    """Return a user name that nobody has, made from a name; the invited may choose another one."""
    base = slugify(name, max_length=100) or "writer"
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True)[:1000])
    return next(found for found in (base, *(f"{base}-{number}" for number in range(2, 1002))) if found not in taken)


def _author_without_account(name: str) -> Author | None:
    found = Author.objects.filter(name=name, user__isnull=True).first()
    return found if found and comparison_key(found.name) == comparison_key(name) else None
