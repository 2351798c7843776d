"""The admin of tags and authors."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.admin.base import ServiceAdmin
from apps.core.admin.forms import PlainTextarea
from apps.media.widgets import ImageChooser
from apps.posts import services
from apps.posts.models import Author, Tag

from .forms import NamedForm

MAX_MERGED = 20
"""Tags that can be merged at once."""


def search_delay_message() -> str:
    """Return the warning that older posts of a changed tag are not yet found by its new name."""
    return _(
        "Searches find only the newest posts by the new name at once. For the others, ask whoever runs the site "
        "to call `manage.py refresh_search`."
    )


class NamedAdmin(ServiceAdmin):
    """Base class of the admins of tags and authors."""

    form = NamedForm
    search_fields = ("name",)
    delete_service: ClassVar[Callable[..., None]]

    class Media:
        css = {"all": ("editor/admin.css",)}

    def view_on_site(self, obj: Tag | Author) -> str:
        """Return the URL of the public page."""
        return obj.get_absolute_url()

    def delete_model(self, request: HttpRequest, obj: Tag | Author) -> None:
        """Delete the object through its service."""
        type(self).delete_service(obj, expected_version=obj.version, by=request.user)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Ask for confirmation, then delete the object, or report why it cannot be deleted."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except services.StaleVersion:
            messages.error(request, _("It was saved meanwhile. Nothing was deleted; look at it again."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(reverse(f"admin:posts_{self.opts.model_name}_change", args=[object_id]))


@admin.register(Tag)
class TagAdmin(NamedAdmin):
    """Tags, which can be merged."""

    keyset = ("name",)
    list_display = ("name", "slug")
    fields = ("name", "slug", "description")
    create_service = staticmethod(services.create_tag)
    update_service = staticmethod(services.update_tag)
    delete_service = staticmethod(services.delete_tag)
    actions = ("merge",)

    @admin.action(permissions=["delete"], description=gettext_lazy("Merge"))
    def merge(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Ask which of several tags to keep, then move the posts and addresses of the others to it."""
        tags = list(queryset[: MAX_MERGED + 1])
        if not 2 <= len(tags) <= MAX_MERGED:
            messages.error(request, _("Choose two tags or more to be merged, and at most %s.") % MAX_MERGED)
            return None
        target = next((tag for tag in tags if str(tag.pk) == request.POST.get("stays")), None)
        if target is None:
            return self._ask_which_stays(request, tags)
        are_searchable = [self._merge(request, tag, target) for tag in tags if tag.pk != target.pk]
        names = ", ".join(f"“{tag.name}”" for tag in tags if tag.pk != target.pk)
        messages.success(request, _("%(names)s: now “%(stays)s”.") % {"names": names, "stays": target})
        if not all(are_searchable):
            messages.warning(request, search_delay_message())
        return None

    def _merge(self, request: HttpRequest, tag: Tag, target: Tag) -> bool:
        pk = tag.pk
        is_searchable = services.merge_tags(tag, into=target, by=request.user)
        tag.pk = pk
        self.log_change(request, tag, _("Merged into “%s”.") % target)
        return is_searchable

    def _ask_which_stays(self, request: HttpRequest, tags: list[Tag]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge tags"),
            "opts": self.opts,
            "tags": tags,
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "list_url": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/posts/tag/merge.html", context)

    def save_model(self, request: HttpRequest, obj: Tag, form: NamedForm, change: bool) -> None:
        """Save the tag; warn if the search index is updated only later."""
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed and not services.updates_all_documents(obj):
            messages.warning(request, search_delay_message())


@admin.register(Author)
class AuthorAdmin(NamedAdmin):
    """Authors and their users."""

    keyset = ("name", "id")
    list_display = ("name", "slug", "user")
    fields = ("name", "slug", "bio", "website", "links", "picture", "user")
    autocomplete_fields = ("user",)
    create_service = staticmethod(services.create_author)
    update_service = staticmethod(services.update_author)
    delete_service = staticmethod(services.delete_author)

    def formfield_for_dbfield(self, db_field, request: HttpRequest, **kwargs):
        """Choose the picture in the library, and write each link into a line of its own."""
        if db_field.name == "picture":
            kwargs["widget"] = ImageChooser(db_field.remote_field, self.admin_site)
        if db_field.name == "links":
            kwargs["widget"] = PlainTextarea(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Author | None = None) -> tuple[str, ...]:
        """Make `user` read-only for users who may not view users."""
        return () if request.user.has_perm("auth.view_user") else ("user",)

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Fetch the users by a query of their own: a join would lose the order of the index."""
        return queryset.prefetch_related("user")
