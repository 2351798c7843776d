"""Posts at the editor's desk."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import time_zones
from apps.core.admin.base import ServiceAdmin
from apps.core.admin.lists import ListPlan
from apps.core.validators import slug_validator
from apps.editor.views import checklist
from apps.editor.views.previews import preview_links
from apps.editor.views.undo import with_undo
from apps.media.widgets import ImageChooser
from apps.posts import services
from apps.posts.models import Author, Post
from blog_project import addresses

from . import actions, choosers, drafts, filters, list_plans, publishing, titles
from .datetimes import ZonedDateTimeField, what_readers_see
from .forms import PostForm
from .history import PostHistory


@admin.register(Post)
class PostAdmin(ServiceAdmin, PostHistory):
    """Posts and pages: an editor's all, an author's own."""

    create_service = staticmethod(services.create_post)
    update_service = staticmethod(services.update_post)
    form = PostForm
    keyset = list_plans.BY_CHANGE
    list_display = ("title", "state", "byline", "date", "updated")
    list_filter = (
        filters.StateFilter,
        filters.WhoseFilter,
        ("updated_at", filters.ChangeFilter),
        (filters.PUBLICATION, filters.PublicationFilter),
        "kind",
        filters.TagFilter,
        filters.AuthorFilter,
    )
    search_fields = ("title",)
    search_help_text = gettext_lazy("Words of the title, or a post's address.")
    actions = (actions.publish, actions.unpublish, actions.tag, actions.trash, actions.restore, actions.purge)
    fieldsets = (
        (None, {"fields": ("title", "summary", "body", "cover_image", "tag_list", "author_list")}),
        (gettext_lazy("Publication"), {"fields": ("status", "published_at", "slug", "kind", "reason")}),
        (gettext_lazy("Language"), {"fields": ("language", "translation_of")}),
        (gettext_lazy("Comments"), {"fields": ("comments_allowed",)}),
        (
            gettext_lazy("Search engines"),
            {"classes": ("collapse",), "fields": ("seo_title", "seo_description", "canonical_url")},
        ),
    )
    autocomplete_fields = ("translation_of",)
    delete_confirmation_template = "admin/posts/post/delete_confirmation.html"

    # The list

    def walk(self, request: HttpRequest, queryset: QuerySet) -> ListPlan:
        """Read the list in the order of the index that has what is asked for."""
        return list_plans.walk(request, queryset)

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Fetch what the list shows: no texts; authors in one query."""
        return (
            queryset.for_listing()
            .select_related(None)
            .only("title", "slug", "status", "published_at", "updated_at", "trashed_at")
        )

    @admin.display(description=gettext_lazy("status"))
    def state(self, post: Post) -> str:
        """Say what readers see of it, in words."""
        if post.trashed_at:
            return format_html('<span class="state state-trash">{}</span>', _("In the trash"))
        if post.is_scheduled:
            return format_html('<span class="state state-scheduled">{}</span>', _("Scheduled"))
        return format_html('<span class="state state-{}">{}</span>', post.status, post.get_status_display())

    @admin.display(description=gettext_lazy("authors"))
    def byline(self, post: Post) -> str:
        """Name the authors in their order."""
        return ", ".join(map(str, post.ordered_authors))

    @admin.display(description=gettext_lazy("tags"))
    def tag_names(self, post: Post) -> str:
        """Return the names of the post's tags, with commas between them."""
        return ", ".join(map(str, post.ordered_tags))

    @admin.display(description=gettext_lazy("date"))
    def date(self, post: Post) -> str:
        """Say when it was or will be published."""
        return date_format(localtime(post.published_at), "SHORT_DATETIME_FORMAT") if post.published_at else ""

    @admin.display(description=gettext_lazy("last change"))
    def updated(self, post: Post) -> str:
        """Say when it was last changed."""
        return date_format(localtime(post.updated_at), "SHORT_DATETIME_FORMAT")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find posts by all the words of their titles, or by their address."""
        words = search_term.split()
        if not words:
            return queryset, False
        found, is_cut = titles.find(words)
        if is_cut:
            note = _("More than %(most)s titles match, and only as many are looked at. Add a word to narrow it down.")
            messages.info(request, note % {"most": titles.MAX_FOUND})
        slug = urlsplit(words[0]).path.strip("/").rpartition("/")[2]
        if len(words) == 1 and slug_validator.regex.match(slug):
            found += Post.objects.filter(slug=slug).values_list("pk", flat=True)
        request.found_posts = found
        return queryset.filter(pk__in=found), False

    def get_actions(self, request: HttpRequest) -> dict:
        """Offer what makes sense in the list shown: in the trash, restoring and deleting for good."""
        offered = super().get_actions(request)
        in_trash = request.GET.get("state") == filters.TRASH
        return {name: action for name, action in offered.items() if (name in ("restore", "purge")) == in_trash}

    # Whose posts

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the posts that the user may change."""
        return super().get_queryset(request).editable_by(request.user)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Post | None:
        """Return a post. Raises PermissionDenied for somebody else's: the stock page would ask whether it was deleted."""
        post = super().get_object(request, object_id, from_field)
        if post is None and object_id.isdecimal() and Post.objects.filter(pk=object_id).exists():
            raise PermissionDenied
        return post

    def has_change_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """Allow changes as the permissions say, but none of a post in the trash: it is restored first."""
        return super().has_change_permission(request, obj) and not (obj and obj.trashed_at)

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Show the list; tell a user who is no author why it is empty."""
        if request.method == "GET" and self._lacks_author(request):
            messages.warning(request, _no_author())
        return super().changelist_view(request, extra_context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None) -> HttpResponse:
        """Show or save a new post; a user who is no author could not change it afterwards, so is told before."""
        if self.has_add_permission(request) and self._lacks_author(request):
            messages.error(request, _no_author())
            return HttpResponseRedirect(reverse("admin:posts_post_changelist"))
        return super().add_view(request, form_url, extra_context)

    def _lacks_author(self, request: HttpRequest) -> bool:
        return not request.user.has_perm("posts.change_others_post") and list_plans.own_author(request) is None

    # The form

    def get_form(self, request: HttpRequest, obj: Post | None = None, change: bool = False, **kwargs):
        """Return the form, knowing who fills it in and which button was pressed."""
        # The fields of links bear other names than the model's (whose through tables the stock form refuses).
        form_class = super().get_form(request, obj, change, **kwargs)
        form_class.user, form_class.button = request.user, publishing.pressed(request)
        return form_class

    def formfield_for_foreignkey(self, db_field, request: HttpRequest, **kwargs):
        """Show what is chosen as the cover."""
        if db_field.name == "cover_image":
            kwargs["widget"] = ImageChooser(db_field.remote_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request: HttpRequest, **kwargs):
        """Read the date in the zone that the form was shown in.

        Leave out the buttons that would make or delete the original of a translation, or change a cover's image.
        """
        if db_field.name == "published_at":
            kwargs["form_class"] = ZonedDateTimeField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "translation_of":
            field.widget.can_add_related = field.widget.can_delete_related = False
        if db_field.name == "cover_image":
            widget = field.widget
            widget.can_change_related = widget.can_delete_related = widget.can_view_related = False
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Post | None = None):
        """Return the form's parts, with what readers see of the post above its publication.

        Where a post is shown only, its links are in words instead of the form's own fields.
        """
        fieldsets = [
            (title, part | {"description": what_readers_see(obj)} if "published_at" in part["fields"] else part)
            for title, part in super().get_fieldsets(request, obj)
        ]
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        shown = {"tag_list": ["tag_names"], "author_list": ["byline"], "reason": []}
        return [
            (title, {**part, "fields": [field for name in part["fields"] for field in shown.get(name, [name])]})
            for title, part in fieldsets
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Make whoever writes a new post its author."""
        own = Author.objects.filter(user_id=request.user.pk)
        return {"author_list": list(own), **super().get_changeform_initial_data(request)}

    def last_change(self, obj: Post) -> dict[str, Any]:
        """Say who saved the newest version, when and why."""
        newest = Post.history.filter(id=obj.pk).select_related("history_user").order_by("-history_id").first()
        return {"last_change": newest}

    def changeform_view(self, request: HttpRequest, object_id=None, form_url: str = "", extra_context=None):
        """Show or save a post; or answer a form that is not to be saved (`drafts.answered`)."""
        publishing.read_in_its_zone(request)
        answer = drafts.answered(self, request, object_id)
        return answer or super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context, *args, obj: Post | None = None, **kwargs):
        """Add what the editor, the buttons and the boxes beside the form need."""
        form = context["adminform"].form
        context[time_zones.FIELD] = timezone.get_current_timezone_name()
        context["publication"] = {"state": form.state, "is_for_later": form.is_for_later}
        if obj is None or self.has_change_permission(request, obj):
            context["writing"] = drafts.form_context(self, request, obj, is_bound=form.is_bound)
            context["media"] += drafts.EDITOR
        if obj:
            context["preview_url"] = addresses.preview(obj.pk)
            context |= self._about_trash(request, obj) if obj.trashed_at else self._beside(obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @staticmethod
    def _beside(post: Post) -> dict[str, Any]:
        """Return what is shown beside the form of a post."""
        return {"checklist": checklist.warnings_of(post), "preview_links": preview_links(post)}

    def _about_trash(self, request: HttpRequest, post: Post) -> dict[str, Any]:
        """Say that a post is in the trash; return the way out for those who may take it."""
        note = _("This post is in the trash: readers are told that it is gone. Restore it to change it.")
        messages.warning(request, note)
        if not self.has_delete_permission(request, post):
            return {}
        return {"restore_url": f"{reverse('admin:posts_post_changelist')}?state={filters.TRASH}"}

    # Saving

    def save_model(self, request: HttpRequest, obj: Post, form: PostForm, change: bool) -> None:
        """Save the post. Django hands on the object alone to what answers the save, so it bears what was decided."""
        super().save_model(request, obj, form, change)
        obj.decision = publishing.decision_of(form, change)

    def response_add(self, request: HttpRequest, obj: Post, post_url_continue=None) -> HttpResponse:
        """Stay on the form after publishing; say what readers see."""
        publishing.stay(request)
        return self._after_saving(request, obj, super().response_add(request, obj, post_url_continue))

    def response_change(self, request: HttpRequest, obj: Post) -> HttpResponse:
        """Stay on the form after publishing; say what readers see."""
        publishing.stay(request)
        return self._after_saving(request, obj, super().response_change(request, obj))

    def _after_saving(self, request: HttpRequest, post: Post, response: HttpResponse) -> HttpResponse:
        publishing.report(request, post, post.decision)
        return drafts.saved(request, post, response)

    def view_on_site(self, post: Post) -> str | None:
        """Return the post's page where there is one."""
        return addresses.post(post.slug) if post.is_public() else None

    # Deleting

    def delete_model(self, request: HttpRequest, obj: Post) -> None:
        """Move a post to the trash; one that is there already is deleted for good."""
        if obj.trashed_at:
            services.purge_post(obj, by=request.user)
        else:
            services.trash_post(obj, by=request.user, expected_version=obj.version)

    def log_deletions(self, request: HttpRequest, queryset):
        """Log what it was: a move to the trash is a change."""
        for post in queryset:
            if not post.trashed_at:
                return self.log_change(request, post, _("Moved to the trash."))
        return super().log_deletions(request, queryset)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id) -> HttpResponse:
        """Say what became of the post, and show the list."""
        if Post.objects.filter(pk=obj_id).exists():
            note = with_undo(request, _("“%s” was moved to the trash.") % obj_display, [obj_id])
        else:
            note = _("“%s” was deleted for good.") % obj_display
        messages.success(request, note)
        return HttpResponseRedirect(reverse("admin:posts_post_changelist"))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Ask, then move to the trash or delete for good."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except services.StaleVersion:
            messages.error(request, _("Somebody saved the post meanwhile. Nothing was deleted; look at it again."))
            return HttpResponseRedirect(reverse("admin:posts_post_change", args=[object_id]))

    @property
    def media(self) -> forms.Media:
        """The stock media, our scripts and styles, and what the filters by tag and author need."""
        own = forms.Media(
            js=["editor/zone.js", "editor/publishing.js", "editor/pickers.js"], css={"all": ("editor/admin.css",)}
        )
        return super().media + own + choosers.media(AutocompleteSelect(Post._meta.get_field("tags"), self.admin_site))


def _no_author() -> str:
    return _(
        "Your account is not tied to an author, so you have no posts here and cannot write one yet. "
        "Ask an administrator to open your author under Blog › Authors and choose your account as its user."
    )
