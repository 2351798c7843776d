"""The admin of the site's settings: one form, saved by one call of a service."""

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
from .models import MAX_LINKS, SINGLETON_PK, Link, Site


class LinkFormSet(forms.BaseInlineFormSet):
    """All links of the menus. Submitted links replace the stored ones, so a link deleted meanwhile is no error."""

    def initial_form_count(self) -> int:
        """Treat every submitted link as a new one."""
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Replace the field of the primary key, so that a submitted key is not validated."""
        super().add_fields(form, index)
        if self.is_bound:
            form.fields["id"] = forms.CharField(required=False, widget=forms.HiddenInput)

    def links(self) -> list[Link]:
        """Return the submitted links that are not to be deleted, in their order."""
        forms = [form for form in self.forms if form.has_changed() and form not in self.deleted_forms]
        return [form.instance for form in forms]


class LinkInline(admin.TabularInline):
    """The links of the menus."""

    model = Link
    formset = LinkFormSet
    fields = ("menu", "label", "address", "position")
    extra = 1
    max_num = MAX_LINKS


@admin.register(Site)
class SiteAdmin(ServiceAdmin):
    """The single row of settings. Its list redirects to its form; it can be neither added nor deleted."""

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
        """Return False: there is always one row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        """Return False: there is always one row."""
        return False

    def get_inline_instances(self, request: HttpRequest, obj: Site | None = None) -> list[admin.TabularInline]:
        """Let users who may change the settings change the links, which have no permissions of their own."""
        inlines = [inline(self.model, self.admin_site) for inline in self.inlines]
        for inline in inlines:
            may_change = self.has_change_permission(request, obj)
            inline.has_view_permission = lambda *args: True
            inline.has_add_permission = inline.has_change_permission = inline.has_delete_permission = (
                lambda *args, allowed=may_change: allowed
            )
        return inlines

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Redirect to the form."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:site_site_change", args=[SINGLETON_PK]))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Site | None:
        """Return the row; create it if it does not exist yet."""
        return services.stored_site() if object_id == str(SINGLETON_PK) else None

    def get_formset_kwargs(self, request: HttpRequest, obj: Site, inline, prefix: str) -> dict[str, Any]:
        """Bind the links to the submitted data when a lost form is shown again."""
        options = super().get_formset_kwargs(request, obj, inline, prefix)
        if kept := getattr(request, "unsaved_form", None):
            options |= {"data": kept.fields, "files": None}
        return options

    def save_model(self, request: HttpRequest, obj: Site, form: VersionedForm, change: bool) -> None:
        """Do nothing: `save_related` saves the settings together with the links."""

    def save_related(self, request: HttpRequest, form: VersionedForm, formsets: list, change: bool) -> None:
        """Save the settings and their links by one call. If nothing has changed, nothing is written."""
        current, (formset,) = services.stored_site(), formsets
        links = formset.links() if _as_lines(formset.links()) != _as_lines(current.links.all()) else None
        if not form.changed and links is None:
            return
        version, values = form.cleaned_data["version"], form.values(form.changed)
        services.update_site(current, by=request.user, expected_version=version, links=links, **values)

    def construct_change_message(self, request: HttpRequest, form: VersionedForm, formsets, add: bool = False) -> list:
        """Return the labels of the changed fields, for the admin's log."""
        labels = [str(form.fields[name].label) for name in form.changed]
        if formsets and formsets[0].has_changed():
            labels.append(str(Link._meta.verbose_name_plural))
        return [{"changed": {"fields": labels}}] if labels else []

    def render_change_form(self, request: HttpRequest, context, *args, **kwargs):
        """Render the form without “Save and add another”."""
        context["show_save_and_add_another"] = False
        request.link_formset = context["inline_admin_formsets"][0].formset
        return super().render_change_form(request, context, *args, **kwargs)

    def _conflict(self, request: HttpRequest, form: VersionedForm, obj: Site) -> dict[str, Any]:
        """Add the difference of the links."""
        conflict = super()._conflict(request, form, obj)
        stored = _as_lines(conflict["stored"].links.all())
        submitted = _as_lines(request.link_formset.links()) if request.link_formset.is_bound else stored
        if stored != submitted:
            conflict["differences"].append(text_diffs.difference(_("Links"), "\n".join(stored), "\n".join(submitted)))
        return conflict


def _as_lines(links) -> list[str]:
    """Return one line of text for each link, ordered by menu and position."""
    ordered = sorted(links, key=lambda link: (link.menu, link.position))
    return [f"{link.get_menu_display()} {link.position}: {link.label} ({link.address})" for link in ordered]
