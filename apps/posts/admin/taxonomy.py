"""Tags and authors at the editor's desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import services
from ..models import Author, Tag
from .base import ServiceAdmin
from .forms import NamedForm


class NamedAdmin(ServiceAdmin):
    """What tags and authors share."""

    form = NamedForm
    search_fields = ("name",)
    delete_service: ClassVar[Callable[..., None]]

    class Media:
        css = {"all": ("posts/admin.css",)}

    def view_on_site(self, obj: Tag | Author) -> str:
        """Return its page."""
        return obj.get_absolute_url()

    def delete_model(self, request: HttpRequest, obj: Tag | Author) -> None:
        """Delete through the service."""
        type(self).delete_service(obj, expected_version=obj.version, by=request.user)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Ask, then delete; say why where that cannot be."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except services.StaleVersion:
            messages.error(request, _("Somebody saved it meanwhile. Nothing was deleted; look at it again."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(reverse(f"admin:posts_{self.opts.model_name}_change", args=[object_id]))


@admin.register(Tag)
class TagAdmin(NamedAdmin):
    """Tags."""

    keyset = ("name",)
    list_display = ("name", "slug")
    fields = ("name", "slug", "description")
    create_service = staticmethod(services.create_tag)
    update_service = staticmethod(services.update_tag)
    delete_service = staticmethod(services.delete_tag)


@admin.register(Author)
class AuthorAdmin(NamedAdmin):
    """Authors, and the users who write as them."""

    keyset = ("name", "id")
    list_display = ("name", "slug", "user")
    fields = ("name", "slug", "bio", "website", "user")
    autocomplete_fields = ("user",)
    create_service = staticmethod(services.create_author)
    update_service = staticmethod(services.update_author)
    delete_service = staticmethod(services.delete_author)

    def get_readonly_fields(self, request: HttpRequest, obj: Author | None = None) -> tuple[str, ...]:
        """Let only those choose a user who may see users."""
        return () if request.user.has_perm("auth.view_user") else ("user",)

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Fetch the users by one query, not by a join that would lose the order of the index."""
        return queryset.prefetch_related("user")
