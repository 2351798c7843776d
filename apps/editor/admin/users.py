"""The admin of users: protects superusers, and deletes the tokens of a user with the account."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.api.models import ApiToken

admin.site.unregister([User, Group])


@admin.register(User)
class BlogUserAdmin(UserAdmin):
    """Django's user admin. Only superusers may change, delete or appoint superusers.

    The API tokens of a user are deleted with the account.
    """

    asks_password = ("add_view", "change_view", "delete_view", "changelist_view", "user_change_password")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Require the permission and, for a superuser, a superuser."""
        return super().has_change_permission(request, obj) and _can_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Require the permission and, for a superuser, a superuser."""
        return super().has_delete_permission(request, obj) and _can_manage(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Make `is_superuser` read-only for everybody but superusers."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def get_deleted_objects(self, objs: Iterable[User], request: HttpRequest):
        """Return the names and numbers of the objects to delete, without loading the users' log entries.

        Tokens can otherwise only be revoked, so that a record of them stays. But the token of a deleted user is
        useless, and the audit trail records who made it. Versions of posts and the users' authors are kept.
        """
        users = list(objs)
        number = ApiToken.objects.filter(user__in=users).count()
        tokens = ngettext("%(count)s API token", "%(count)s API tokens", number) % {"count": number}
        names = [_("User: %s") % user for user in users] + ([tokens] if number else [])
        counts = {User._meta.verbose_name_plural: len(users), ApiToken._meta.verbose_name_plural: number}
        out_of_reach = any(not _can_manage(request, user) for user in users)
        lacking = {str(User._meta.verbose_name)} if out_of_reach else set()
        return names, {name: count for name, count in counts.items() if count}, lacking, []


@admin.register(Group)
class BlogGroupAdmin(GroupAdmin):
    """Django's group admin, which asks for the password again."""

    asks_password = ("add_view", "change_view", "delete_view", "changelist_view")


def _can_manage(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or request.user.is_superuser
