"""What every page of the admin has: it keeps to itself what is not the user's to see, has a plain title, and asks for dates alike."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Field, ForeignKey
from django.forms import Field as FormField
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.core.admin.forms import NativeDateTimeWidget, PlainDateTimeField
from apps.posts.models import Post


class PrivateAdmin(ModelAdmin):
    """A ModelAdmin that does not tell of rows that the user may not see. `EditorAdminSite` applies it to each one."""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> FormField | None:
        """Ask for dates in the browser's own inputs, in place of Django's text with a calendar beside it."""
        if isinstance(db_field, DateTimeField):
            kwargs |= {"form_class": PlainDateTimeField, "widget": NativeDateTimeWidget()}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> FormField | None:
        """Offer and accept only posts that the user may know of: to a form, others do not exist."""
        if db_field.related_model is Post:
            kwargs["queryset"] = Post.objects.known_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Show the list under the name of what is in it, in place of Django's “Select post to change”."""
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Check the permission before Django looks whether there is such a row."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        response = super().history_view(request, object_id, extra_context)
        if (shown := getattr(response, "context_data", None)) and "module_name" in shown:
            shown |= {"title": _("History of “%s”") % shown["object"], "here": _("History")}
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Head the form of an object with its name, in place of Django's “Change tag” above it."""
        if context.get("original") is not None and context.get("subtitle"):
            name = (
                capfirst(self.opts.verbose_name_plural) if getattr(self, "has_one_row", False) else context["subtitle"]
            )
            context |= {"title": name, "subtitle": None}
        return super().render_change_form(request, context, *args, **kwargs)
