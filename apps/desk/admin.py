"""The audit trail to look at, and users, whose accounts can be deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.api.models import ApiToken
from blog_project.admin_lists import KeysetAdmin

from .models import AuditEntry


class KindFilter(admin.SimpleListFilter):
    """What something was done to."""

    title = gettext_lazy("kind")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return what the admin can change."""
        models = model_admin.admin_site._registry
        named = [(model._meta.label_lower, str(model._meta.verbose_name)) for model in models]
        return sorted((kind for kind in named if kind[0] != AuditEntry._meta.label_lower), key=lambda kind: kind[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Narrow the list to a kind."""
        return queryset.filter(model=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditAdmin(KeysetAdmin, admin.ModelAdmin):
    """The audit trail, newest first. Nobody can change it here."""

    keyset = ("-at", "-id")
    list_display = ("when", "username", "action", "kind", "object_name", "what", "address")
    list_display_links = ("when",)
    list_filter = ("action", KindFilter, ("at", admin.DateFieldListFilter))
    search_fields = ("username",)
    search_help_text = gettext_lazy("A user name, an IP address or the id of a request, all of it.")
    fields = ("when", "username", "action", "kind", "object_link", "message", "address", "request_id")
    readonly_fields = fields

    class Media:
        css = {"all": ("posts/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow nobody to add to it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Allow nobody to change it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Allow nobody to delete from it."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find the entries of a user, an address or a request, each by its index."""
        term = search_term.strip()
        return (queryset.filter(**{_meant(term): term}) if term else queryset), False

    @admin.display(description=gettext_lazy("time"))
    def when(self, entry: AuditEntry) -> str:
        """Say when, to the second."""
        return date_format(localtime(entry.at), "Y-m-d H:i:s")

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, entry: AuditEntry) -> str:
        """Name what it was done to as the admin does."""
        names = {model._meta.label_lower: model._meta.verbose_name for model in self.admin_site._registry}
        return str(names.get(entry.model, entry.model))

    @admin.display(description=gettext_lazy("object"))
    def object_link(self, entry: AuditEntry) -> str:
        """Lead to what it was done to."""
        name = f"{entry.object_name} ({entry.object_id})" if entry.object_id else entry.object_name
        return format_html('<a href="{}">{}</a>', entry.object_url, name) if entry.object_url else name

    @admin.display(description=gettext_lazy("what"))
    def what(self, entry: AuditEntry) -> str:
        """Show the beginning of the message."""
        return entry.message if len(entry.message) <= 120 else f"{entry.message[:119]}…"


def _meant(term: str) -> str:
    """Return the field that a search is about."""
    try:
        ip_address(term)
    except ValueError:
        return "request_id" if re.fullmatch("[0-9a-f]{32}", term) else "username"
    return "address"


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
