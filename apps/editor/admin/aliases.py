"""The admin of aliases: old addresses that redirect to posts."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.admin.lists import KeysetAdmin
from apps.core.admin.lost_forms import UnsavedFormMixin
from apps.core.shown_dates import shown_moment
from apps.core.text import normalized
from apps.posts import services
from apps.posts.models import Post, PostAlias


class AliasForm(forms.ModelForm):
    """An old address and the post to which it redirects."""

    path = forms.CharField(
        label=gettext_lazy("Old address"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("The whole address, or what comes after the host: /2019/05/a-post.html"),
    )

    class Meta:
        model = PostAlias
        fields = ("path", "post")

    def _get_validation_exclusions(self) -> set[str]:
        # The service validates the path: the input may be a whole URL.
        return {*super()._get_validation_exclusions(), "path"}


@admin.register(PostAlias)
class AliasAdmin(KeysetAdmin, UnsavedFormMixin):
    """Aliases in the order of their paths. They are added and deleted, never changed."""

    form = AliasForm
    keyset = ("path",)
    list_display = ("path", "leads_to", "since")
    list_display_links = None
    search_fields = ("path",)
    search_help_text = gettext_lazy("How an old address begins.")
    autocomplete_fields = ("post",)
    actions = None
    delete_confirmation_template = "admin/posts/postalias/delete_confirmation.html"

    class Media:
        css = {"all": ("editor/admin.css",)}
        js = ("editor/zone.js", "editor/pickers.js")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the aliases of the posts that the user may know of."""
        return super().get_queryset(request).known_to(request.user)

    def has_change_permission(self, request: HttpRequest, obj: PostAlias | None = None) -> bool:
        """Forbid changes: another address is another alias."""
        return False

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Fetch the posts by one query, without their texts."""
        posts = Post.objects.only("title", "slug", "status", "published_at", "trashed_at")
        return queryset.prefetch_related(Prefetch("post", posts))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find aliases whose path begins with the given path, or with that of a given URL."""
        try:
            path = urlsplit(search_term.strip()).path
        except ValueError:
            path = search_term.strip()
        return (queryset.filter(path__istartswith=f"/{normalized(path).lstrip('/')}") if path else queryset), False

    @admin.display(description=gettext_lazy("leads to"))
    def leads_to(self, alias: PostAlias) -> str:
        """Return a link to the form of the post."""
        return format_html('<a href="{}">{}</a>', reverse("admin:posts_post_change", args=[alias.post_id]), alias.post)

    @admin.display(description=gettext_lazy("since"))
    def since(self, alias: PostAlias) -> str:
        """Return when the alias was created."""
        return shown_moment(alias.created_at)

    @admin.display(description=gettext_lazy("delete"))
    def forget(self, alias: PostAlias) -> str:
        """Return a link to the page that confirms the deletion."""
        url = reverse("admin:posts_postalias_delete", args=[alias.pk])
        return format_html('<a href="{}" aria-label="{}">{}</a>', url, _("Delete %s") % alias.path, _("Delete"))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Add the delete link for users who may delete."""
        return (*self.list_display, "forget") if self.has_delete_permission(request) else self.list_display

    def save_form(self, request: HttpRequest, form: forms.ModelForm, change: bool) -> PostAlias:
        """Return the unsaved instance: the service creates the row in `save_model`."""
        form.save_m2m = lambda: None
        return form.instance

    def save_model(self, request: HttpRequest, obj: PostAlias, form: forms.ModelForm, change: bool) -> None:
        """Create the alias through the service."""
        created = services.create_alias(by=request.user, **form.cleaned_data)
        obj.pk, obj.path = created.pk, created.path

    def delete_model(self, request: HttpRequest, obj: PostAlias) -> None:
        """Delete the alias through the service."""
        services.delete_alias(obj, by=request.user)
