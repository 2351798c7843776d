"""What every page of the admin has: it keeps rows to itself that are not the user's to see, and has a plain title."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from apps.posts.models import Post


class PrivateAdmin(ModelAdmin):
    """A ModelAdmin that does not tell of rows that the user may not see. `EditorAdminSite` applies it to each one."""

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Field | None:
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
        return super().history_view(request, object_id, extra_context)
