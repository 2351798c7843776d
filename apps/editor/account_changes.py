"""API tokens end when their user is deactivated or the password is reset; the user is told of each new one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils.translation import gettext as _

from apps.accounts import notices
from apps.accounts.passwords import password_changed
from apps.api.models import ApiToken


def keep_tokens(user: User) -> None:
    """Let a change of this user's password keep the tokens: who makes it has given the former password."""
    user.keeps_tokens = True


@receiver(password_changed)
def _password_changed(sender: object, user: Any, **kwargs: object) -> None:
    if not getattr(user, "keeps_tokens", False):
        ApiToken.objects.revoke_all(user)


@receiver(post_save, sender=User)
def _saved(sender: object, instance: User, raw: bool = False, **kwargs: object) -> None:
    if not instance.is_active and not raw:
        ApiToken.objects.revoke_all(instance)


@receiver(post_save, sender=ApiToken)
def _token_made(sender: object, instance: ApiToken, created: bool, raw: bool = False, **kwargs: object) -> None:
    if created and not raw:
        event = _("A token for the API was made that acts for you: %(name)s (%(scopes)s).")
        notices.tell(instance.user, event % {"name": instance.label, "scopes": instance.scopes})
