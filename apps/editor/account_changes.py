"""API tokens end when their user is deactivated or the password is reset; the user is told of each new one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models.signals import post_save
from django.dispatch import receiver

from apps.accounts import events
from apps.accounts.passwords import password_changed
from apps.api.models import ApiToken
from apps.core.shown_dates import shown_day


def keep_tokens(user: User) -> None:
    """Let a change of this user's password keep the tokens: who makes it has given the former password."""
    user.keeps_tokens = True


@receiver(password_changed)
def _password_changed(sender: object, user: Any, **kwargs: object) -> None:
    if not getattr(user, "keeps_tokens", False):
        _revoke_all(user)


@receiver(post_save, sender=User)
def _saved(sender: object, instance: User, raw: bool = False, **kwargs: object) -> None:
    if not instance.is_active and not raw:
        _revoke_all(instance)


def _revoke_all(user: User) -> None:
    if count := ApiToken.objects.revoke_all(user):
        events.happened(events.TOKENS_REVOKED, user, count=count)


@receiver(post_save, sender=ApiToken)
def _token_made(sender: object, instance: ApiToken, created: bool, raw: bool = False, **kwargs: object) -> None:
    if created and not raw:
        details = {"name": instance.label, "scopes": instance.scopes, "until": shown_day(instance.expires_at)}
        events.happened(events.TOKEN_MADE, instance.user, obj=instance, **details)
