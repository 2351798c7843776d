"""Users, whose accounts can be deleted."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.api.models import ApiToken

admin.site.unregister(User)


@admin.register(User)
class PeopleAdmin(UserAdmin):
    """The stock page of users; superusers are left to superusers, and nobody else makes one.

    With a user, what only that user could use is deleted too.
    """

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Allow what the permission says, of superusers to superusers."""
        return super().has_change_permission(request, obj) and _is_within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Allow what the permission says, of superusers to superusers."""
        return super().has_delete_permission(request, obj) and _is_within_reach(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Have only superusers say who is one."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def get_deleted_objects(self, objs: Iterable[User], request: HttpRequest):
        """Name what is deleted, without loading what a user has logged.

        Tokens can otherwise only be revoked, so that the record of them stays. But nothing can be done with the token of
        somebody who is no user, and the audit trail keeps who made it. Versions of posts and what somebody is the author
        of stay as they are.
        """
        users = list(objs)
        number = ApiToken.objects.filter(user__in=users).count()
        tokens = ngettext("%(count)s API token", "%(count)s API tokens", number) % {"count": number}
        names = [_("User: %s") % user for user in users] + ([tokens] if number else [])
        counts = {User._meta.verbose_name_plural: len(users), ApiToken._meta.verbose_name_plural: number}
        out_of_reach = any(not _is_within_reach(request, user) for user in users)
        lacking = {str(User._meta.verbose_name)} if out_of_reach else set()
        return names, {name: count for name, count in counts.items() if count}, lacking, []


def _is_within_reach(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or request.user.is_superuser
