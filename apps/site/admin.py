"""The site's settings in the admin: one page, saved by one call of a service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import text_diffs
from apps.core.admin.base import ServiceAdmin
from apps.core.admin.forms import VersionedForm

from . import services
from .models import MAX_LINKS, ONLY, Link, Site


class LinkFormSet(forms.BaseInlineFormSet):
    """All links of the menus. What is sent replaces what is stored, so a link that is gone by now is no error."""

    def initial_form_count(self) -> int:
        """Take each link that is sent for a new one."""
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Leave the key of a link unread."""
        super().add_fields(form, index)
        if self.is_bound:
            form.fields["id"] = forms.CharField(required=False, widget=forms.HiddenInput)

    def links(self) -> list[Link]:
        """Return the links that were sent, in their order."""
        kept = [form for form in self.forms if form.has_changed() and form not in self.deleted_forms]
        return [form.instance for form in kept]


class LinkInline(admin.TabularInline):
    """The menus' links."""

    model = Link
    formset = LinkFormSet
    fields = ("menu", "label", "address", "position")
    extra = 1
    max_num = MAX_LINKS


@admin.register(Site)
class SiteAdmin(ServiceAdmin):
    """The one row of settings: its list leads to its form, and it is neither added nor deleted."""

    keyset = ("id",)
    update_service = staticmethod(services.update_site)
    inlines = (LinkInline,)
    form = VersionedForm
    fieldsets = (
        (None, {"fields": ("name", "tagline", "language", "logo", "footer_text")}),
        (gettext_lazy("Lists and feeds"), {"fields": ("posts_per_page", "feed_text")}),
        (gettext_lazy("Comments"), {"fields": ("comments", "comments_close_days")}),
    )

    class Media:
        css = {"all": ("editor/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row, always."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        """There is one row, always."""
        return False

    def get_inline_instances(self, request: HttpRequest, obj: Site | None = None) -> list[admin.TabularInline]:
        """Let whoever may change the settings change their links: these have no permissions of their own."""
        inlines = [inline(self.model, self.admin_site) for inline in self.inlines]
        for inline in inlines:
            may_change = self.has_change_permission(request, obj)
            inline.has_view_permission = lambda *args: True
            inline.has_add_permission = inline.has_change_permission = inline.has_delete_permission = (
                lambda *args, allowed=may_change: allowed
            )
        return inlines

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Go to the form."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:site_site_change", args=[ONLY]))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Site | None:
        """Return the row, made where there is none yet."""
        return services.stored_site() if object_id == str(ONLY) else None

    def get_formset_kwargs(self, request: HttpRequest, obj: Site, inline, prefix: str) -> dict[str, Any]:
        """Fill the links of a form that is shown again with what was typed."""
        options = super().get_formset_kwargs(request, obj, inline, prefix)
        if kept := getattr(request, "kept", None):
            options |= {"data": kept.fields, "files": None}
        return options

    def save_model(self, request: HttpRequest, obj: Site, form: VersionedForm, change: bool) -> None:
        """Save nothing yet: the service takes the links along."""

    def save_related(self, request: HttpRequest, form: VersionedForm, formsets: list, change: bool) -> None:
        """Save the settings and their links by one call. Nothing changed writes nothing."""
        current, (formset,) = services.stored_site(), formsets
        links = formset.links() if _in_words(formset.links()) != _in_words(current.links.all()) else None
        if not form.changed and links is None:
            return
        version, values = form.cleaned_data["version"], form.values(form.changed)
        services.update_site(current, by=request.user, expected_version=version, links=links, **values)

    def construct_change_message(self, request: HttpRequest, form: VersionedForm, formsets, add: bool = False) -> list:
        """Name what was changed, for the log."""
        labels = [str(form.fields[name].label) for name in form.changed]
        if formsets and formsets[0].has_changed():
            labels.append(str(Link._meta.verbose_name_plural))
        return [{"changed": {"fields": labels}}] if labels else []

    def render_change_form(self, request: HttpRequest, context, *args, **kwargs):
        """Render the form, without a button for another one."""
        context["show_save_and_add_another"] = False
        request.link_formset = context["inline_admin_formsets"][0].formset
        return super().render_change_form(request, context, *args, **kwargs)

    def _conflict(self, request: HttpRequest, form: VersionedForm, obj: Site) -> dict[str, Any]:
        """Compare the links, too."""
        conflict = super()._conflict(request, form, obj)
        theirs = _in_words(conflict["stored"].links.all())
        ours = _in_words(request.link_formset.links()) if request.link_formset.is_bound else theirs
        if theirs != ours:
            conflict["differences"].append(text_diffs.difference(_("Links"), "\n".join(theirs), "\n".join(ours)))
        return conflict


def _in_words(links) -> list[str]:
    """Return the links as an editor reads them, menu by menu."""
    ordered = sorted(links, key=lambda link: (link.menu, link.position))
    return [f"{link.get_menu_display()} {link.position}: {link.label} ({link.address})" for link in ordered]
