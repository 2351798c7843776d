"""The admin of the site's settings: one form, saved by one call of a service, and a page for its own stylesheet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import text_diffs
from apps.core.admin.base import ServiceAdmin
from apps.core.admin.lost_forms import UnsavedForm, show_again
from apps.core.transactions import set_fields
from blog_project import addresses

from . import colours, previews, services, stylesheet_page
from .forms import MOVE, LinkForm, LinkFormSet, SiteForm, accent_words, moved
from .models import MAX_LINKS, SINGLETON_PK, Link, Site

_SCRIPTS = [
    "accounts/passkeys.js",
    "media/focal.js",
    *(f"editor/{name}.js" for name in ("ordering", "dialogs", "tables", "linking", "uploads", "pictures", "session")),
    *(f"site/{name}.js" for name in ("menus", "settings")),
]


class LinkInline(admin.StackedInline):
    """The links of the menus."""

    model = Link
    form = LinkForm
    formset = LinkFormSet
    template = "admin/site/site/menus.html"
    fields = ("menu", "label", "address", "position")
    extra = 0
    max_num = MAX_LINKS


@admin.register(Site)
class SiteAdmin(ServiceAdmin):
    """The single row of settings. Its list redirects to its form; it can be neither added nor deleted."""

    keyset = ("id",)
    has_one_row = True
    update_service = staticmethod(services.update_site)
    inlines = (LinkInline,)
    form = SiteForm
    change_form_template = "admin/site/site/change_form.html"
    radio_fields = {"typefaces": admin.VERTICAL, "front_page": admin.VERTICAL}
    fieldsets = (
        (gettext_lazy("Name and language"), {"fields": ("name", "tagline", "language")}),
        (gettext_lazy("Top of the page"), {"fields": ("logo", "logo_dark", "masthead", "masthead_side")}),
        (
            gettext_lazy("Look"),
            {"fields": ("accent", "typefaces", "front_page", "width", "scheme", "dates", "code_colours")},
        ),
        (gettext_lazy("Lists and feeds"), {"classes": ("collapse",), "fields": ("posts_per_page", "feed_text")}),
        (gettext_lazy("Comments"), {"classes": ("collapse",), "fields": ("comments", "comments_close_days")}),
        (
            gettext_lazy("Footer and shared links"),
            {"classes": ("collapse",), "fields": ("footer_text", "share_image")},
        ),
    )

    @property
    def media(self) -> forms.Media:
        """The styles and scripts of the page; the scripts are in the order in which they must run."""
        scripts = [forms.Script(name, defer=True) for name in _SCRIPTS]
        styles = ("editor/admin.css", "editor/editor.css", "media/admin.css", "site/settings.css")
        return super().media + forms.Media(js=scripts, css={"all": styles})

    def get_urls(self) -> list[URLPattern]:
        """Add the pages for the preview, for what is used of a colour, and for the stylesheet."""
        wrap = self.admin_site.admin_view
        return [
            path("preview/", wrap(self.preview_view), name="site_site_preview"),
            path("accent/", wrap(self.accent_view), name="site_site_accent"),
            path("stylesheet/", wrap(self.stylesheet_view), name="site_site_stylesheet"),
            *super().get_urls(),
        ]

    # Access

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: there is always one row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        """Return False: there is always one row."""
        return False

    def get_inline_instances(self, request: HttpRequest, obj: Site | None = None) -> list[admin.StackedInline]:
        """Let users who may change the settings change the links, which have no permissions of their own."""
        inlines = [inline(self.model, self.admin_site) for inline in self.inlines]
        for inline in inlines:
            may_change = self.has_change_permission(request, obj)
            inline.has_view_permission = lambda *args: True
            inline.has_add_permission = inline.has_change_permission = inline.has_delete_permission = (
                lambda *args, allowed=may_change: allowed
            )
        return inlines

    def _check_permission(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied

    # The form

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Redirect to the form."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(_form_url())

    def changeform_view(self, request: HttpRequest, object_id=None, form_url: str = "", extra_context=None):
        """Show or save the settings, or show them again after an entry of a menu was moved, which saves nothing."""
        if request.method == "POST" and MOVE in request.POST:
            return show_again(request, request.resolver_match, UnsavedForm(moved(request.POST), ""))
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Site | None:
        """Return the row; create it if it does not exist yet."""
        return services.stored_site() if object_id == str(SINGLETON_PK) else None

    def get_formset_kwargs(self, request: HttpRequest, obj: Site, inline, prefix: str) -> dict[str, Any]:
        """Bind the links to the submitted data when a lost form is shown again."""
        options = super().get_formset_kwargs(request, obj, inline, prefix)
        if kept := getattr(request, "unsaved_form", None):
            options |= {"data": kept.fields, "files": None}
        return options

    def render_change_form(self, request: HttpRequest, context, *args, **kwargs):
        """Render the form with its preview: the address of the frame shows what is stored until something is tried."""
        form = context["adminform"].form
        chosen = str(form["accent"].value() or "")
        context |= {
            "presets": colours.PRESETS,
            "accent_words": accent_words(chosen),
            "preview_url": addresses.SITE_PREVIEW,
            "may_upload": request.user.has_perm("media.add_image"),
            "may_change_stylesheet": request.user.has_perm(stylesheet_page.PERMISSION),
        }
        if request.method == "GET" and not form.is_bound:
            previews.forget(request)
        request.link_formset = context["inline_admin_formsets"][0].formset
        response = super().render_change_form(request, context, *args, **kwargs)
        # The frame of the preview, and no other.
        response._csp_update = {"frame-src": ["'self'"]}
        return response

    # Saving

    def save_model(self, request: HttpRequest, obj: Site, form: SiteForm, change: bool) -> None:
        """Do nothing: `save_related` saves the settings together with the links."""

    def save_related(self, request: HttpRequest, form: SiteForm, formsets: list, change: bool) -> None:
        """Save the settings and their links by one call. If nothing has changed, nothing is written."""
        current, (formset,) = services.stored_site(), formsets
        links = formset.links() if _as_lines(formset.links()) != _as_lines(current.links.all()) else None
        form.has_other_links = links is not None
        if not form.changed and links is None:
            return
        version, values = form.cleaned_data["version"], form.values(form.changed)
        services.update_site(current, by=request.user, expected_version=version, links=links, **values)

    def construct_change_message(self, request: HttpRequest, form: SiteForm, formsets, add: bool = False) -> list:
        """Return the labels of the changed fields, for the admin's log."""
        labels = [str(form.fields[name].label) for name in form.changed]
        if form.has_other_links:
            labels.append(str(Link._meta.verbose_name_plural))
        return [{"changed": {"fields": labels}}] if labels else []

    def response_change(self, request: HttpRequest, obj: Site) -> HttpResponse:
        """Stay on the form after saving: there is no list to go back to."""
        request.POST = request.POST.copy()
        request.POST["_continue"] = "1"
        previews.forget(request)
        return super().response_change(request, obj)

    def saved_words(self, request: HttpRequest, site: Site) -> str:
        """Return what is said after saving: these settings are no object among others."""
        return _("Saved the settings. Readers see them at once.")

    def _conflict(self, request: HttpRequest, form: SiteForm, obj: Site) -> dict[str, Any]:
        """Add the difference of the links."""
        conflict = super()._conflict(request, form, obj)
        stored = _as_lines(conflict["stored"].links.all())
        submitted = _as_lines(request.link_formset.links()) if request.link_formset.is_bound else stored
        if stored != submitted:
            conflict["differences"].append(text_diffs.difference(_("Links"), "\n".join(stored), "\n".join(submitted)))
        return conflict

    # Beside the form

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the submitted settings for the preview and lead there. What cannot be used is shown as it is stored."""
        self._check_permission(request)
        if request.method == "POST":
            stored = services.stored_site()
            form = self.get_form(request, stored, change=True)(request.POST, instance=stored)
            form.is_valid()
            (inline,) = self.get_inline_instances(request, stored)
            formset = inline.get_formset(request, stored)(request.POST, instance=stored, prefix="links")
            tried = services.stored_site()
            set_fields(tried, {name: form.cleaned_data[name] for name in form.changed if name in form.cleaned_data})
            previews.keep(request, tried, formset.links() if formset.is_valid() else tried.links.all())
        return HttpResponseRedirect(previews.address(request.POST))

    def accent_view(self, request: HttpRequest) -> JsonResponse:
        """Return what is used of the colour in the address, in words and as colours, while somebody chooses one."""
        self._check_permission(request)
        chosen = request.GET.get("colour", "").lower()
        return JsonResponse({"uses": [use._asdict() for use in accent_words(chosen)]})

    def stylesheet_view(self, request: HttpRequest) -> HttpResponse:
        """Show, try, save or remove the site's own stylesheet."""
        return stylesheet_page.respond(self, request)


def _form_url() -> str:
    return reverse("admin:site_site_change", args=[SINGLETON_PK])


def _as_lines(links) -> list[str]:
    """Return one line of text for each link, ordered by menu and position."""
    ordered = sorted(links, key=lambda link: (link.menu, link.position))
    return [f"{link.get_menu_display()} {link.position}: {link.label} ({link.address})" for link in ordered]
