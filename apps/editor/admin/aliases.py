"""Old addresses at the desk: where each leads, one more by hand, and one forgotten."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.admin.lists import KeysetAdmin
from apps.core.admin.lost_forms import KeepsText
from apps.posts import services
from apps.posts.models import Post, PostAlias


class AliasForm(forms.ModelForm):
    """An old address and the post that it is to lead to."""

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
        # The path is the service's to judge: what is typed may be a whole address.
        return {*super()._get_validation_exclusions(), "path"}


@admin.register(PostAlias)
class AliasAdmin(KeysetAdmin, KeepsText):
    """Old addresses, by path. They are made and deleted, never changed."""

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

    def has_change_permission(self, request: HttpRequest, obj: PostAlias | None = None) -> bool:
        """Allow no change: another address is another alias."""
        return False

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Fetch the posts' titles by one query, and no texts."""
        posts = Post.objects.only("title", "slug", "status", "published_at", "trashed_at")
        return queryset.prefetch_related(Prefetch("post", posts))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find the addresses that begin with a path, or with that of a whole address."""
        try:
            path = urlsplit(search_term.strip()).path
        except ValueError:
            path = search_term.strip()
        return (queryset.filter(path__istartswith=f"/{path.lstrip('/')}") if path else queryset), False

    @admin.display(description=gettext_lazy("leads to"))
    def leads_to(self, alias: PostAlias) -> str:
        """Link to the post's form."""
        return format_html('<a href="{}">{}</a>', reverse("admin:posts_post_change", args=[alias.post_id]), alias.post)

    @admin.display(description=gettext_lazy("since"))
    def since(self, alias: PostAlias) -> str:
        """Say when it became an old address."""
        return date_format(localtime(alias.created_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("delete"))
    def forget(self, alias: PostAlias) -> str:
        """Link to the question whether to delete it."""
        url = reverse("admin:posts_postalias_delete", args=[alias.pk])
        return format_html('<a href="{}" aria-label="{}">{}</a>', url, _("Delete %s") % alias.path, _("Delete"))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Offer the deletion to those who may."""
        return (*self.list_display, "forget") if self.has_delete_permission(request) else self.list_display

    def save_form(self, request: HttpRequest, form: forms.ModelForm, change: bool) -> PostAlias:
        """Return what is to be made; the service makes it."""
        form.save_m2m = lambda: None
        return form.instance

    def save_model(self, request: HttpRequest, obj: PostAlias, form: forms.ModelForm, change: bool) -> None:
        """Save through the service."""
        made = services.create_alias(by=request.user, **form.cleaned_data)
        obj.pk, obj.path = made.pk, made.path

    def delete_model(self, request: HttpRequest, obj: PostAlias) -> None:
        """Delete through the service."""
        services.delete_alias(obj, by=request.user)
