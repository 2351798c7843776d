"""What a change of an account ends: the API tokens of a user who is deactivated, or whose password was reset."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models.signals import post_save
from django.dispatch import receiver

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
