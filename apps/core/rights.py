"""Comparing the rights of people: nobody manages somebody who may do more, nor gives rights that they lack."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet


def rights_of(user: User) -> set[str]:
    """Return a user's permissions as `app.codename`, also of one who may not log in now: they may again."""
    return User(pk=user.pk).get_all_permissions()


def has_rights_of(actor: User, user: User) -> bool:
    """Return whether `actor` may do all that `user` may."""
    if actor == user or actor.is_superuser:
        return True
    return not user.is_superuser and rights_of(user) <= actor.get_all_permissions()


def grantable_permissions(actor: User) -> QuerySet[Permission]:
    """Return the permissions that a user has, and so may give to others."""
    permissions = Permission.objects.select_related("content_type")
    if actor.is_superuser:
        return permissions
    own = Permission.objects.filter(Q(user=actor) | Q(group__user=actor)).order_by()
    return permissions.filter(pk__in=own.values("pk"))


def grantable_groups(actor: User) -> QuerySet[Group]:
    """Return the groups that have no permission which a user lacks."""
    lacking = Permission.objects.exclude(pk__in=grantable_permissions(actor).order_by().values("pk"))
    return Group.objects.exclude(permissions__in=lacking.order_by().values("pk"))
