"""The audit trail in the admin, read-only, and the list of one's own sessions. Second factors are not in the admin."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_otp.plugins.otp_static.admin import StaticDeviceAdmin  # noqa: F401  (it registers the page)
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDeviceAdmin  # noqa: F401
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.audit.models import AuditEntry
from apps.core.admin.lists import KeysetAdmin
from apps.core.shown_dates import shown_moment, shown_second
from blog_project.roles import ALL, Role

from .clients import describe
from .models import Session
from .sessions import digest

# Pages of django-otp, which show the secrets of all users.
admin.site.unregister([TOTPDevice, StaticDevice])


class KindFilter(admin.SimpleListFilter):
    """Filters by the model of the object."""

    title = gettext_lazy("kind")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the models in the admin, by name."""
        models = model_admin.admin_site._registry
        choices = [(model._meta.label_lower, str(model._meta.verbose_name)) for model in models]
        return sorted((kind for kind in choices if kind[0] != AuditEntry._meta.label_lower), key=lambda kind: kind[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the entries of the chosen model."""
        return queryset.filter(model=self.value()) if self.value() else queryset


class RoleFilter(admin.SimpleListFilter):
    """Filters by the role of the process that wrote an entry."""

    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the roles, `all`, and a combination that is chosen by a link."""
        return [(name, name) for name in dict.fromkeys([ALL, *Role, *filter(None, [self.value()])])]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the entries of the chosen role."""
        return queryset.filter(role=self.value()) if self.value() else queryset


class TokenFilter(admin.SimpleListFilter):
    """Filters by the token that a link in the list names: a list of all tokens would have no end."""

    title = gettext_lazy("token")
    parameter_name = "token"

    def has_output(self) -> bool:
        """Return whether there is a choice to show."""
        return bool(self.value())

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the chosen token."""
        return [(self.value(), self.value())] if self.value() else [("", "")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the entries of the chosen token."""
        return queryset.filter(token=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditAdmin(KeysetAdmin, admin.ModelAdmin):
    """The audit trail, newest entries first. It cannot be changed in the admin."""

    keyset = ("-at", "-id")
    list_display = ("when", "who", "action", "kind", "object_name", "what", "address", "role")
    list_display_links = ("when",)
    list_filter = ("action", KindFilter, RoleFilter, TokenFilter, ("at", admin.DateFieldListFilter))
    search_fields = ("username",)
    search_help_text = gettext_lazy(
        "A user name, an IP address, a token as it is shown, or the id of a request, all of it."
    )
    fields = ("when", "username", "token", "action", "kind", "object_link", "message", "address", "request_id")
    fields += ("role", "release", "position", "digest")
    readonly_fields = fields

    class Media:
        css = {"all": ("editor/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: entries are written by code only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Return False: entries never change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Return False: only `trim_audit` deletes entries."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find the entries of a user name, an IP address, a token or a request id. Each of them has an index."""
        term = search_term.strip()
        return (queryset.filter(**{_search_field(term): term}) if term else queryset), False

    @admin.display(description=gettext_lazy("time"))
    def when(self, entry: AuditEntry) -> str:
        """Return the time to the second."""
        return shown_second(entry.at)

    @admin.display(description=gettext_lazy("user name"))
    def who(self, entry: AuditEntry) -> str:
        """Return the user name, with the token as a link to its entries."""
        if not entry.token:
            return entry.username or _("(no account)")
        link = format_html('<a href="?{}">{}</a>', urlencode({"token": entry.token}), entry.token)
        return format_html("{} {}", entry.username, link)

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, entry: AuditEntry) -> str:
        """Return the name of the object's model, as in the admin."""
        names = {model._meta.label_lower: model._meta.verbose_name for model in self.admin_site._registry}
        return str(names.get(entry.model, entry.model))

    @admin.display(description=gettext_lazy("object"))
    def object_link(self, entry: AuditEntry) -> str:
        """Return a link to the object, or only its name if it has no page."""
        name = f"{entry.object_name} ({entry.object_id})" if entry.object_id else entry.object_name
        return format_html('<a href="{}">{}</a>', entry.object_url, name) if entry.object_url else name

    @admin.display(description=gettext_lazy("what"))
    def what(self, entry: AuditEntry) -> str:
        """Return the beginning of the message."""
        return entry.message if len(entry.message) <= 120 else f"{entry.message[:119]}…"


PREFIX = "bst_"
"""The prefix of every token, as in apps.api.models, which this package may not import."""


def _search_field(term: str) -> str:
    """Return the field in which to search for a term, by its format."""
    try:
        ip_address(term)
    except ValueError:
        if term.startswith(PREFIX):
            return "token"
        return "request_id" if re.fullmatch("[0-9a-f]{32}", term) else "username"
    return "address"


@admin.register(Session)
class SessionAdmin(KeysetAdmin, admin.ModelAdmin):
    """The sessions of the user who asks. They are ended, never changed."""

    keyset = ("-seen_at", "-session_key")
    list_display_links = None
    actions = ("log_out",)

    class Media:
        css = {"all": ("editor/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the user's own sessions that have not ended."""
        return super().get_queryset(request).filter(user=request.user, expire_date__gt=now())

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Allow everybody who may log in to the admin: each user has their own sessions."""
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        """Allow the list, and no page for a single session."""
        return obj is None and self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: logging in adds sessions."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        """Return False: sessions are not changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        """Return False: `log_out` ends sessions."""
        return False

    def get_list_display(self, request: HttpRequest) -> tuple:
        """Return the columns; the first one marks the session that asks."""
        this = _key_of(request)

        @admin.display(description=gettext_lazy("browser"))
        def browser(session: Session) -> str:
            mark = format_html(" · <strong>{}</strong>", _("This browser")) if session.pk == this else ""
            return format_html('{}{}<br><span class="quiet">{}</span>', describe(session.agent), mark, _where(session))

        @admin.display(description=gettext_lazy("log out"))
        def log_out_button(session: Session) -> str:
            if session.pk == this:
                return ""
            button = '<button type="submit" class="button" formaction="{}" name="session" value="{}">{}</button>'
            return format_html(button, reverse("admin:end_session"), session.pk, _("Log out there"))

        return (browser, "seen_at", log_out_button)

    def get_urls(self) -> list[URLPattern]:
        """Add the view of the button in each row."""
        return [path("end/", self.admin_site.admin_view(self.end), name="end_session"), *super().get_urls()]

    def end(self, request: HttpRequest) -> HttpResponse:
        """End one of the user's own sessions; without that there is nothing to do."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self.log_out(request, self.get_queryset(request).filter(pk=request.POST.get("session", "")))
        return HttpResponseRedirect(reverse("admin:accounts_session_changelist"))

    @admin.action(permissions=["view"], description=gettext_lazy("Log out there"))
    def log_out(self, request: HttpRequest, queryset: QuerySet) -> None:
        """End the selected sessions but this one, and log that."""
        ended = list(queryset.exclude(pk=_key_of(request)))
        Session.objects.filter(pk__in=[session.pk for session in ended]).delete()
        for session in ended:
            self.log_change(request, session, _("Logged out."))
        done = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", len(ended))
        messages.success(request, done % {"count": len(ended)})


def _where(session: Session) -> str:
    """Return in words from where and since when a session is, and when it ends if it is not used again."""
    words = {
        "address": session.address or _("an unknown address"),
        "since": shown_moment(session.started_at) if session.started_at else "–",
        "ends": shown_moment(session.expire_date),
    }
    return _("from %(address)s since %(since)s; ends on %(ends)s if it is not used") % words


def _key_of(request: HttpRequest) -> str:
    """Return the primary key of the session that asks."""
    return digest(request.session.session_key or "")
