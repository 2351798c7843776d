"""The admin of users and groups: nobody manages somebody who may do more. Tokens are deleted with their user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import ManyToManyField, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.accounts.second_factor import factors
from apps.api.models import ApiToken
from apps.core import rights
from apps.core.shown_dates import shown_day
from apps.editor import invitations
from apps.editor.people import InvitationForm

admin.site.unregister([User, Group])

MAX_INVITED = 20
"""Invitations that one action sends again."""


class OwnRightsAdmin(admin.ModelAdmin):
    """Offers and accepts only permissions and groups that are within the rights of the user who gives them."""

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        """Limit the choice. Whoever may change a row has all rights that it has, so that none gets lost."""
        kinds = {Permission: rights.grantable_permissions, Group: rights.grantable_groups}
        if choice := kinds.get(db_field.related_model):
            kwargs["queryset"] = choice(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(User)
class BlogUserAdmin(OwnRightsAdmin, UserAdmin):
    """Django's user admin. Nobody changes or deletes a user who may do more, or gives rights that they lack.

    Only superusers may appoint superusers. The API tokens of a user are deleted with the account.
    """

    asks_password = (
        *("add_view", "change_view", "delete_view", "changelist_view", "user_change_password"),
        "reset_second_factor",
        "invite",
    )
    list_display = ("username", "person", "email", "role", "standing")
    list_filter = ("is_active", "groups")
    actions = ("invite_again",)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that invite somebody, and that reset a user's second factor."""
        reset, invite = (self.admin_site.admin_view(view) for view in (self.reset_second_factor, self.invite))
        own = [
            path("<id>/second-factor/", reset, name="reset_second_factor"),
            path("invite/", invite, name="invite_user"),
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Fetch the groups and authors that the list shows, each by one query."""
        return super().get_queryset(request).select_related("author").prefetch_related("groups")

    @admin.display(description=gettext_lazy("name"))
    def person(self, user: User) -> str:
        """Return the name of the user's public author, or else their own."""
        author = getattr(user, "author", None)
        return author.name if author else user.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def role(self, user: User) -> str:
        """Return the names of the user's groups."""
        return _("Superuser") if user.is_superuser else ", ".join(group.name for group in user.groups.all())

    @admin.display(description=gettext_lazy("state"))
    def standing(self, user: User) -> str:
        """Return whether the user can log in, was invited, or was deactivated."""
        if not user.is_active:
            return _("deactivated")
        if not user.has_usable_password():
            return _("invited")
        if user.last_login is None:
            return _("never logged in")
        return _("here %s") % shown_day(user.last_login)

    def invite(self, request: HttpRequest) -> HttpResponse:
        """Show the form that invites somebody, or send the invitation."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InvitationForm(request.POST or None, inviter=request.user)
        if form.is_valid():
            user, link = invitations.invite(by=request.user, **form.cleaned_data)
            self.log_addition(request, user, _("Invited as %s.") % form.cleaned_data["role"])
            _report_invitation(request, user, link)
            return HttpResponseRedirect(reverse("admin:auth_user_changelist"))
        intro = _(
            "They get a mail with a link, which is good for a week, and choose their user name and password there."
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Invite somebody"),
            "opts": self.opts,
            "intro": intro,
            "form": form,
            "button": _("Send the invitation"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/editor/plain_form.html", context)

    @admin.action(permissions=["add"], description=gettext_lazy("Send the invitation again"))
    def invite_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Mail a new link to those who have not accepted their invitation, and whose rights the inviter has."""
        for user in queryset[:MAX_INVITED]:
            if not user.is_active or user.has_usable_password() or not user.email:
                messages.warning(request, _("%s has no open invitation.") % user)
            elif not rights.has_rights_of(request.user, user):
                messages.warning(request, _("%s may do more than you. Ask somebody who may do as much.") % user)
            else:
                link = invitations.invite_again(user, by=request.user)
                self.log_change(request, user, _("Invited again."))
                _report_invitation(request, user, link)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> tuple:
        """Show the second factor below the permissions; never in the form that adds a user."""
        fieldsets = tuple(super().get_fieldsets(request, obj))
        return (
            fieldsets if obj is None else (*fieldsets, (gettext_lazy("Second factor"), {"fields": ["second_factor"]}))
        )

    @admin.display(description=gettext_lazy("factors"))
    def second_factor(self, user: User) -> str:
        """Return the kinds of the user's factors, and a link to the page that resets them."""
        has, needs = factors.standing(user)
        state = ", ".join(factors.kinds_of(user)) if has else _("none")
        if needs and not has:
            state = _("none; the next login asks the user to set one up")
        url = reverse("admin:reset_second_factor", args=[user.pk])
        return format_html('{} <a href="{}">{}</a>', state, url, _("Reset…")) if has else state

    def reset_second_factor(self, request: HttpRequest, id: str) -> HttpResponse:
        """Ask, then delete all factors of another user, with an audit entry."""
        user = self.get_object(request, id)
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user == request.user:
            return HttpResponseRedirect(reverse("second_factor"))
        if request.method == "POST":
            factors.reset(user)
            messages.success(request, _("%s logs in with the password alone until a new factor is set up.") % user)
            return HttpResponseRedirect(reverse("admin:auth_user_change", args=[user.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reset the second factor of %s") % user,
            "here": _("Reset the second factor"),
            "opts": self.opts,
            "original": user,
            "kinds": factors.kinds_of(user),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/editor/reset_second_factor.html", context)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Require the permission, and all rights of the user who is changed."""
        return super().has_change_permission(request, obj) and _can_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Require the permission, and all rights of the user who is deleted."""
        return super().has_delete_permission(request, obj) and _can_manage(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Make `is_superuser` read-only for everybody but superusers, and for all what happened: it is no setting."""
        fields = (*super().get_readonly_fields(request, obj), "second_factor", "last_login", "date_joined")
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
class BlogGroupAdmin(OwnRightsAdmin, GroupAdmin):
    """Django's group admin, which asks for the password again. Nobody changes a group that has rights which they lack.

    A group whose members must have a second factor keeps its name, by which the setting knows it.
    """

    asks_password = ("add_view", "change_view", "delete_view", "changelist_view")

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        """Make the name of a group in SECOND_FACTOR_GROUPS read-only."""
        fields = (*super().get_readonly_fields(request, obj),)
        return (*fields, "name") if _needs_factor(obj) else fields

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Require the permission, and all that the group has."""
        return super().has_change_permission(request, obj) and _can_manage_group(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Require the permission, and all that the group has; refuse a group in SECOND_FACTOR_GROUPS."""
        allowed = super().has_delete_permission(request, obj) and _can_manage_group(request, obj)
        return allowed and not _needs_factor(obj)


def _report_invitation(request: HttpRequest, user: User, link: str) -> None:
    words = _("%(name)s was invited. The mail to %(email)s has this link, which can be used once within a week:")
    text = words % {"name": user.first_name or user, "email": user.email}
    messages.success(request, format_html("{} <code>{}</code>", text, link))


def _can_manage(request: HttpRequest, user: User | None) -> bool:
    return user is None or rights.has_rights_of(request.user, user)


def _can_manage_group(request: HttpRequest, group: Group | None) -> bool:
    return group is None or rights.grantable_groups(request.user).filter(pk=group.pk).exists()


def _needs_factor(group: Group | None) -> bool:
    return group is not None and group.name in settings.SECOND_FACTOR_GROUPS
