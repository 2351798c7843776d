"""Issuing and revoking API tokens in the admin. The secret is shown once."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core import rights
from apps.core.admin.lists import KeysetAdmin
from apps.core.shown_dates import shown_day

from .models import SCOPES, ApiToken, latest_end, parse_networks

DEFAULT_DAYS = 90
"""The initial lifetime of a token in the form."""


class TokenForm(forms.ModelForm):
    """The form for a new token."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[
            ("create", gettext_lazy("Create (POST)")),
            ("read", gettext_lazy("Read (GET)")),
            ("update", gettext_lazy("Change (PUT, PATCH)")),
            ("delete", gettext_lazy("Delete (DELETE)")),
        ],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What it may do; never more than its user may."),
    )

    actor = None
    """The user who issues the token; set by the admin."""

    class Meta:
        model = ApiToken
        fields = ("user", "name", "scopes", "expires_at", "networks")

    def clean_user(self):
        """Refuse a user who may do more than the actor, who would gain these rights with the token.

        Somebody who may not log in has no rights now, but may have some again while the token is valid.
        """
        user = self.cleaned_data["user"]
        if not user.is_active:
            raise forms.ValidationError(_("%s may not log in, so a token would be refused.") % user)
        if rights.has_rights_of(self.actor, user):
            return user
        raise forms.ValidationError(_("%s may do more than you, so they have to make this token themselves.") % user)

    def clean_expires_at(self):
        """Require a date between now and `API_TOKEN_DAYS`."""
        moment, latest = self.cleaned_data["expires_at"], latest_end()
        if not moment:
            raise forms.ValidationError(_("A token needs an end. Choose a date."))
        if moment <= timezone.now():
            raise forms.ValidationError(_("This date is past. Choose one to come."))
        if moment > latest:
            raise forms.ValidationError(_("A token can be valid until %s.") % shown_day(latest))
        return moment

    def clean_networks(self) -> str:
        """Refuse what is neither an address nor a network."""
        try:
            return parse_networks(self.cleaned_data["networks"])
        except ValueError as error:
            raise forms.ValidationError(
                _("%s. Write addresses such as 192.0.2.7, or networks such as 192.0.2.0/24.") % error
            ) from None


@admin.register(ApiToken)
class ApiTokenAdmin(KeysetAdmin, admin.ModelAdmin):
    """Users see their own tokens, administrators all. Tokens are issued and revoked, never changed."""

    # See apps.accounts.password_again. Revoking needs no password: it should be quick.
    asks_password = ("add_view",)
    # A new token is recorded by an event, wherever it is made (apps.accounts.audit).
    has_events = True
    form = TokenForm
    keyset = ("-id",)
    list_display = ("name_or_hint", "hint", "user", "scopes", "state", "created_at", "expires_at", "last_used_at")
    autocomplete_fields = ("user",)
    actions = ("revoke",)
    fields = ("user", "name", "scopes", "expires_at", "networks")
    detail_fields = ("user", "name", "hint", "scopes", "state", "networks", "created_at", "expires_at")
    detail_fields += ("last_used_at", "last_used_from")

    # Access

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the user's own tokens, or all for an administrator."""
        tokens = super().get_queryset(request)
        return tokens if request.user.has_perm("api.view_apitoken") else tokens.filter(user=request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Allow everybody who may log in to the admin: each user has their own tokens."""
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Allow all tokens that `get_queryset` returns."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow users to issue tokens for themselves; `get_fields` decides whether they may choose another user."""
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Allow no change: other rights need a new token."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Allow no deletion: a revoked token stays on record."""
        return False

    def get_form(self, request: HttpRequest, obj: ApiToken | None = None, change: bool = False, **kwargs):
        """Return the form class, with the user who issues the token set on it."""
        form_class = super().get_form(request, obj, change, **kwargs)
        form_class.actor = request.user
        return form_class

    # The list

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Fetch the users with one query."""
        return queryset.prefetch_related("user")

    @admin.display(description=gettext_lazy("name"))
    def name_or_hint(self, token: ApiToken) -> str:
        """Return the token's name, or a placeholder."""
        return token.name or _("(no name)")

    @admin.display(description=gettext_lazy("status"))
    def state(self, token: ApiToken) -> str:
        """Return whether the token is valid, expired or revoked, for display."""
        if token.revoked_at:
            return _("Revoked")
        return _("Valid") if token.is_usable() else _("Expired")

    @admin.action(permissions=["view"], description=gettext_lazy("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Revoke the selected tokens and log each one."""
        usable = list(queryset.filter(revoked_at__isnull=True)[: self.list_per_page])
        count = queryset.filter(pk__in=[token.pk for token in usable]).update(revoked_at=timezone.now())
        for token in usable:
            self.log_change(request, token, _("Revoked."))
        done = ngettext("%(count)s token was revoked.", "%(count)s tokens were revoked.", count)
        messages.success(request, done % {"count": count})

    # Issuing

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        """Let administrators choose the user; everybody else issues their own tokens."""
        if obj:
            return self.detail_fields
        return self.fields if request.user.has_perm("api.add_apitoken") else self.fields[1:]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        """Make all fields of an existing token read-only."""
        return self.detail_fields if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict:
        """Begin with the user's own token, for reading, for `DEFAULT_DAYS`; ignore the query string."""
        ends = min(timezone.now() + timedelta(days=DEFAULT_DAYS), latest_end())
        # To the minute: nobody types seconds.
        return {"user": request.user.pk, "scopes": [SCOPES[1]], "expires_at": ends.replace(second=0, microsecond=0)}

    def save_form(self, request: HttpRequest, form: forms.ModelForm, change: bool) -> ApiToken:
        """Return the unsaved token; `save_model` issues it."""
        form.save_m2m = lambda: None
        return form.instance

    def save_model(self, request: HttpRequest, obj: ApiToken, form: forms.ModelForm, change: bool) -> None:
        """Issue the token, and pass its secret to `response_add`."""
        chosen = form.cleaned_data
        token, request.token_secret = ApiToken.objects.issue(
            user=chosen.get("user") or request.user,
            name=chosen["name"],
            scopes=chosen["scopes"],
            expires_at=chosen["expires_at"],
            networks=chosen["networks"],
        )
        obj.__dict__.update(token.__dict__)

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue=None) -> HttpResponse:
        """Show the secret in this response: a message would store it in a cookie or a session."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Token made"),
            "opts": self.opts,
            "token": obj,
            "secret": request.token_secret,
        }
        response = TemplateResponse(request, "admin/api/apitoken/made.html", context)
        response["Cache-Control"] = "no-store"
        return response
