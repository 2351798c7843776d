"""Notices what changes in an account, whoever changes it: the password, the e-mail address, and the rights."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_init, post_save
from django.dispatch import receiver

from . import events
from .passwords import password_changed

RIGHTS = ("username", "is_active", "is_staff", "is_superuser")
"""The fields of a user that say who may do what; the user name, because a session and the audit trail go by it."""
NEW = {"is_active": True, "is_staff": False, "is_superuser": False}
"""A user who was just made, compared with whom the rights have changed."""
LINKS = {
    User.groups.through: "groups",
    User.user_permissions.through: "user_permissions",
    Group.permissions.through: "permissions",
}


@receiver(post_init, sender=User)
def _loaded(sender: object, instance: User, **kwargs: object) -> None:
    """Remember the values, unless the query left them out."""
    instance.former = _values(instance)


@receiver(post_save, sender=User)
def _saved(sender: object, instance: User, created: bool, raw: bool = False, **kwargs: object) -> None:
    former, instance.former = instance.former, _values(instance)
    if raw:
        return
    changes = (NEW if created else former).items()
    changed = [
        f"{name}: {value} → {instance.former[name]}"
        for name, value in changes
        if name in RIGHTS and name in instance.former and value != instance.former[name]
    ]
    if changed:
        events.happened(events.RIGHTS_CHANGED, instance, what=", ".join(changed))
    email = former.get("email")
    if email and not created and email != instance.former.get("email"):
        # The former address is told: the new one may be somebody else's.
        events.happened(events.EMAIL_CHANGED, instance, to=email)


def _values(user: User) -> dict[str, Any]:
    return {name: user.__dict__[name] for name in ("email", *RIGHTS) if name in user.__dict__}


@receiver(password_changed)
def _password_changed(sender: object, user: User, **kwargs: object) -> None:
    # Nobody has to be told of the first password of a new account.
    events.happened(events.PASSWORD_CHANGED if user.last_login else events.PASSWORD_SET, user)


def _linked(
    sender: type[Model], instance: Model, action: str, reverse: bool, pk_set: set | None, **kwargs: Any
) -> None:
    """Record which groups or permissions somebody had before, and has now."""
    if action not in ("post_add", "post_remove", "pre_clear") or (pk_set is not None and not pk_set):
        return
    name = LINKS[sender]
    if reverse:
        whose = ", ".join(_names(kwargs["model"].objects.filter(pk__in=pk_set or ())))
        what = f"{name} {action.partition('_')[2]}: {whose or '*'}"
    else:
        links = getattr(instance, name)
        now, changed = _names(links.all()), _names(links.model.objects.filter(pk__in=pk_set or ()))
        before, after = {
            "post_add": ([one for one in now if one not in changed], now),
            "post_remove": (sorted([*now, *changed]), now),
            "pre_clear": (now, []),
        }[action]
        what = f"{name}: {', '.join(before) or '–'} → {', '.join(after) or '–'}"
    events.happened(events.RIGHTS_CHANGED, instance, what=what)


def _names(rows: Any) -> list[str]:
    if rows.model is Permission:
        return sorted(".".join(names) for names in rows.values_list("content_type__app_label", "codename"))
    return sorted(map(str, rows))


for through in LINKS:
    m2m_changed.connect(_linked, sender=through)
