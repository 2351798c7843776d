"""The admin of posts."""

from __future__ import annotations

from copy import copy
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import time_zones
from apps.core.admin.base import ServiceAdmin
from apps.core.admin.forms import is_key
from apps.core.admin.lists import ListPlan
from apps.core.shown_dates import shown_day
from apps.core.text import normalized
from apps.core.validators import slug_validator
from apps.editor import autosaves, reviews
from apps.editor.views import checklist, teamwork
from apps.editor.views.previews import preview_links
from apps.editor.views.undo import with_undo
from apps.media.widgets import ImageChooser
from apps.posts import links, search, services
from apps.posts.models import COVER_FIELDS, Author, Post, knows_all_posts
from apps.site.models import last_known
from blog_project import addresses

from . import actions, choosers, drafts, filters, list_plans, pending, publishing, titles
from .datetimes import ZonedDateTimeField, describe_visibility, publication_in_short
from .forms import PostForm, TagForm
from .history import PostHistory

EMPTY_COVER = SafeString('<span class="cover"></span>')
MAX_TEXTS = 100
"""The most posts that a search of the list finds by their texts."""


@admin.register(Post)
class PostAdmin(ServiceAdmin, PostHistory):
    """Posts and static pages. Editors see all of them, authors their own."""

    create_service = staticmethod(services.create_post)
    update_service = staticmethod(services.update_post)
    form = PostForm
    keyset = list_plans.BY_CHANGE
    list_display_links = ("title",)
    list_filter = (
        filters.StateFilter,
        filters.WhoseFilter,
        filters.ReviewFilter,
        filters.AssignmentFilter,
        ("updated_at", filters.ChangeFilter),
        (filters.PUBLICATION, filters.PublicationFilter),
        "kind",
        filters.FeaturedFilter,
        filters.TagFilter,
        filters.AuthorFilter,
    )
    search_fields = ("title",)
    search_help_text = gettext_lazy("Words of the title or the text, or a post's address.")
    actions = (
        actions.publish,
        actions.unpublish,
        actions.feature,
        actions.unfeature,
        actions.tag,
        actions.untag,
        actions.trash,
        actions.restore,
        actions.purge,
    )
    fieldsets = (
        (None, {"fields": ("title", "summary", "body")}),
        (gettext_lazy("Publication"), {"fields": ("status", "published_at", "slug", "kind", "is_featured")}),
        (gettext_lazy("Picture, tags and authors"), {"fields": ("cover_image", "tag_list", "author_list")}),
        (gettext_lazy("Language"), {"classes": ("collapse",), "fields": ("language", "translation_of", "typography")}),
        (gettext_lazy("Series"), {"classes": ("collapse",), "fields": ("series", "series_position")}),
        (gettext_lazy("Comments"), {"classes": ("collapse",), "fields": ("comments_allowed",)}),
        (
            gettext_lazy("Search engines"),
            {"classes": ("collapse",), "fields": ("seo_title", "seo_description", "canonical_url")},
        ),
        (gettext_lazy("History"), {"classes": ("collapse",), "fields": ("reason",)}),
    )
    autocomplete_fields = ("translation_of",)
    change_form_template = "admin/posts/post/change_form.html"
    delete_confirmation_template = "admin/posts/post/delete_confirmation.html"

    # The list

    def list_plan(self, request: HttpRequest, queryset: QuerySet) -> ListPlan:
        """Return the plan by which the list is read; it depends on the filters (`list_plans`)."""
        return list_plans.plan(request, queryset)

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Fetch what the list shows: no text columns, and the authors and the cover by the same query."""
        shown = (
            "title",
            "slug",
            "kind",
            "status",
            "published_at",
            "updated_at",
            "trashed_at",
            "word_count",
            "is_featured",
        )
        people = ("review__reviewer", "assignment__person")
        named = [f"{who}__{name}" for who in people for name in ("username", "first_name", "last_name")]
        found = queryset.for_listing().select_related(*people)
        found = found.only(*shown, *COVER_FIELDS, "review__asked_at", "assignment__assigned_at", *named)
        return found.with_has_pending()

    def get_list_display(self, request: HttpRequest) -> tuple:
        """Return the columns; the last one has the buttons of the row, which lead back to this list."""
        back = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
        context = {
            "duplicate_url": f"{reverse('duplicate_post')}?{back}",
            "trash_url": f"{reverse('trash_post')}?{back}",
            "feature_url": f"{reverse('feature_post')}?{back}",
            "may_trash": self.has_delete_permission(request),
        }
        in_trash = request.GET.get("state") == filters.TRASH
        template = get_template("admin/posts/post/row_buttons.html")

        @admin.display(description=format_html('<span class="visually-hidden">{}</span>', _("Buttons")))
        def buttons(post: Post) -> str:
            return template.render({**context, "post": post})

        shown = ("cover", "title", "state", "byline", "words", "updated")
        return shown if in_trash or not self.has_add_permission(request) else (*shown, buttons)

    @admin.display(description=gettext_lazy("cover"))
    def cover(self, post: Post) -> str:
        """Return the thumbnail of the cover; an empty frame keeps the rows alike."""
        if post.cover_image is None:
            return EMPTY_COVER
        return format_html('<img class="cover" src="{}" alt="" loading="lazy">', post.cover_image.thumbnail)

    @admin.display(description=gettext_lazy("words"))
    def words(self, post: Post) -> str:
        """Return the number of words of the text."""
        return number_format(post.word_count, force_grouping=True)

    @admin.display(description=gettext_lazy("status"))
    def state(self, post: Post) -> str:
        """Return where the post is in words: “Draft”, “Scheduled for Tuesday 9:00”, “In the trash”."""
        if post.trashed_at:
            return format_html('<span class="state state-trash">{}</span>', _("In the trash"))
        kind = "scheduled" if post.is_scheduled else post.status
        words = publication_in_short(
            kind, post.published_at, has_pending=post.has_pending, planned_for=post.planned_for
        )
        kind = "pending" if post.has_pending and kind == "published" else kind
        state = format_html('<span class="state state-{}">{}</span>', kind, words)
        star = format_html(' <span class="featured">{}</span>', _("Featured")) if post.is_featured else ""
        return format_html("{}{}{}", state, star, teamwork.marks(post))

    @admin.display(description=gettext_lazy("authors"))
    def byline(self, post: Post) -> str:
        """Return the names of the authors, in their order."""
        return ", ".join(map(str, post.ordered_authors))

    @admin.display(description=gettext_lazy("tags"))
    def tag_names(self, post: Post) -> str:
        """Return the names of the tags, in their order."""
        return ", ".join(map(str, post.ordered_tags))

    @admin.display(description=gettext_lazy("translation of"))
    def original(self, post: Post) -> str:
        """Return the title of the original, or "" if the user may not know of it."""
        return str(Post.objects.known_to(post.viewer).filter(pk=post.translation_of_id).first() or "")

    @admin.display(description=gettext_lazy("last change"))
    def updated(self, post: Post) -> str:
        """Return the date of the last change."""
        return shown_day(post.updated_at)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find posts that have all the words, or whose slug or address is given.

        If very many titles have them, texts are not searched; nor are they for the choice of a post in a form.
        """
        words = normalized(search_term).split()
        if not words:
            return queryset, False
        editable = Post.objects.editable_by(request.user)
        found, is_cut = titles.find(words, editable)
        if is_cut:
            note = _("More than %(most)s titles match, and only as many are looked at. Add a word to narrow it down.")
            messages.info(request, note % {"most": titles.MAX_FOUND})
        elif not request.path.endswith("/autocomplete/"):
            texts = search.find_among(search_term, editable, MAX_TEXTS + 1)
            if len(texts) > MAX_TEXTS:
                note = _("More than %(most)s posts have these words, and only as many are looked at. Add a word.")
                messages.info(request, note % {"most": MAX_TEXTS})
            found = list(dict.fromkeys(found + texts[:MAX_TEXTS]))
        slug = urlsplit(words[0]).path.strip("/").rpartition("/")[2]
        if len(words) == 1 and slug_validator.regex.match(slug):
            found += editable.filter(slug=slug).values_list("pk", flat=True)
        request.found_posts = found
        return queryset.filter(pk__in=found), False

    def get_actions(self, request: HttpRequest) -> dict:
        """Return the actions for the list shown: in the trash only `restore` and `purge`, elsewhere the others."""
        offered = super().get_actions(request)
        in_trash = request.GET.get("state") == filters.TRASH
        return {name: action for name, action in offered.items() if (name in ("restore", "purge")) == in_trash}

    # Access

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the posts that the user may change; the page of a post shows its review and assignment, too."""
        posts = super().get_queryset(request).editable_by(request.user).with_due_update()
        is_page = getattr(request.resolver_match, "url_name", "") == "posts_post_change"
        return posts.select_related(*reviews.JOINED, "pending_row") if is_page else posts

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Post | None:
        """Return a post or, for an editor, None for one that does not exist, which Django reports.

        Raises Http404 for anybody else, also for a post that is not theirs: Django would say that it was deleted.
        """
        post = super().get_object(request, object_id, from_field)
        if post is not None and post.shows_due_update and services.write_due_updates(of=post.pk):
            post = super().get_object(request, object_id, from_field)  # Now the history has what the form shows.
        if post is None and not knows_all_posts(request.user):
            raise Http404
        return post

    def is_changeable(self, request: HttpRequest, post: Post) -> bool:
        """Return whether the user may change this post now."""
        return self.has_change_permission(request, post) and self.get_queryset(request).filter(pk=post.pk).exists()

    def has_change_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """Allow changes by permission, but not of a post in the trash: it has to be restored first."""
        return super().has_change_permission(request, obj) and not (obj and obj.trashed_at)

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Show the list, as that of pages where only these are chosen; tell a user without an author why it is empty."""
        if request.method == "GET" and self._lacks_author(request):
            messages.warning(request, _no_author_message())
        title = {"title": _("Pages")} if request.GET.get("kind__exact") == Post.Kind.PAGE else {}
        context = {**(extra_context or {}), **title, "tag_form": TagForm(request.user)}
        return super().changelist_view(request, context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None) -> HttpResponse:
        """Show or save a new post. A user without an author is refused: they could not change the post afterwards."""
        if self.has_add_permission(request) and self._lacks_author(request):
            messages.error(request, _no_author_message())
            return HttpResponseRedirect(reverse("admin:posts_post_changelist"))
        return super().add_view(request, form_url, extra_context)

    def _lacks_author(self, request: HttpRequest) -> bool:
        return not request.user.has_perm("posts.change_others_post") and list_plans.own_author(request) is None

    # The form

    def get_form(self, request: HttpRequest, obj: Post | None = None, change: bool = False, **kwargs):
        """Return the form class, with the user and the pressed button set on it."""
        # The form's fields for tags and authors have names of their own: Django refuses fields with a through model.
        publishing.keep_for_review(request, obj)
        form_class = super().get_form(request, obj, change, **kwargs)
        form_class.user, form_class.button = request.user, publishing.pressed_button(request)
        return form_class

    def formfield_for_foreignkey(self, db_field, request: HttpRequest, **kwargs):
        """Use the image chooser for the cover image."""
        if db_field.name == "cover_image":
            kwargs["widget"] = ImageChooser(db_field.remote_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request: HttpRequest, **kwargs):
        """Read the publication date in the time zone that the form was shown in.

        Remove the buttons that add or delete the original of a translation, or that view, change or delete an image.
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
        """Return the fieldsets, with the post's visibility described above its publication, and its series not folded.

        For a read-only post, tags and authors are shown as text, since they are not fields of the form, and so is the
        original.
        """
        fieldsets = [
            (title, part | {"description": describe_visibility(obj)} if "published_at" in part["fields"] else part)
            for title, part in super().get_fieldsets(request, obj)
        ]
        if obj is not None and obj.series_id is not None:
            fieldsets = [
                (title, part | {"classes": ()} if "series" in part["fields"] else part) for title, part in fieldsets
            ]
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        shown = {
            "tag_list": ["tag_names"],
            "author_list": ["byline"],
            "translation_of": ["original"],
            "reason": [],
        }
        return [
            (title, {**part, "fields": [field for name in part["fields"] for field in shown.get(name, [name])]})
            for title, part in fieldsets
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Preset the user's own author as the author of a new post, and the series that the query string names."""
        own = Author.objects.filter(user_id=request.user.pk)
        series = request.GET.get("series", "")
        chosen = {"series": series} if is_key(series) else {}
        return {"author_list": list(own), **chosen, **super().get_changeform_initial_data(request)}

    def last_change(self, obj: Post) -> dict[str, Any]:
        """Return template context with the newest version: its user, date and reason."""
        newest = Post.history.filter(id=obj.pk).select_related("history_user").order_by("-history_id").first()
        return {"last_change": newest}

    def changeform_view(self, request: HttpRequest, object_id=None, form_url: str = "", extra_context=None):
        """Show or save a post, or respond to a form that is not to be saved (`drafts.response_without_saving`)."""
        publishing.activate_form_zone(request)
        response = drafts.response_without_saving(self, request, object_id)
        return response or super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context, *args, obj: Post | None = None, **kwargs):
        """Add the context for the editor, the buttons and the boxes beside the form."""
        form = context["adminform"].form
        context[time_zones.FIELD] = timezone.get_current_timezone_name()
        context["typefaces"] = last_known().typefaces
        row = obj.pending if obj else None
        planned = {"has_pending": row is not None, "planned_for": row and row.due_at}
        words = publication_in_short(form.state, form.stored_date, **planned)
        context["publication"] = {"state": form.state, "is_for_later": form.is_for_later, "words": words}
        if obj is None or self.has_change_permission(request, obj):
            context["writing"] = drafts.form_context(self, request, obj, is_bound=form.is_bound)
            context["media"] += drafts.EDITOR_MEDIA
        if obj:
            context["preview_url"] = addresses.preview(obj.pk)
            context["made_slug"] = form.made_slug
            context["pending"] = pending.form_context(self, request, obj, form)
            context |= self._trash_notice(request, obj) if obj.trashed_at else self._side_boxes(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @staticmethod
    def _side_boxes(request: HttpRequest, post: Post) -> dict[str, Any]:
        """Return the context for the boxes beside the form."""
        shown = post
        if post.pending:
            shown = copy(post)
            shown.pending.apply_to(shown)
        return {
            "checklist": checklist.warnings_of(shown, request.user),
            "preview_links": preview_links(post),
            "teamwork": teamwork.context_of(request, post, *reviews.loaded_with(post)),
        }

    def _trash_notice(self, request: HttpRequest, post: Post) -> dict[str, Any]:
        """Warn that the post is in the trash; return the URL to restore it for users who may."""
        note = _("This post is in the trash: readers are told that it is gone. Restore it to change it.")
        messages.warning(request, note)
        if not self.has_delete_permission(request, post):
            return {}
        return {"restore_url": f"{reverse('admin:posts_post_changelist')}?state={filters.TRASH}"}

    # Saving

    def update(self, request: HttpRequest, stored: Post, form: PostForm) -> Post:
        """Update the post, or its pending version, as the pressed button says."""
        if form.button in publishing.KEEPING:
            return pending.keep(stored, form, by=request.user)
        if form.pending:
            return pending.publish_form(stored, form, by=request.user)
        return super().update(request, stored, form)

    def stored_form(self, form: PostForm, stored: Post) -> PostForm:
        """Return the form of what somebody else has saved: of the post, or of its pending version."""
        if form.is_made_from_pending(stored):
            return pending.readers_form(form, stored)
        return super().stored_form(form, stored)

    def save_model(self, request: HttpRequest, obj: Post, form: PostForm, change: bool) -> None:
        """Save the post. Sets `obj.decision` for `response_add` and `response_change`, which get only the object.

        What was saved automatically becomes part of the version that is saved by hand.
        """
        row = autosaves.automatic_version(request.user, obj) if change and not form.is_repeated else None
        form.amends = row is not None
        super().save_model(request, obj, form, change)
        if form.amends and not form.changed:
            services.update_post(
                self.stored(request, obj.pk), by=request.user, expected_version=row.version, **form.values([])
            )
        obj.decision = publishing.decision_of(form, change)
        former = form.initial.get("slug", "") if change and "slug" in form.changed_data else ""
        obj.former_slug = former if obj.slug != former else ""

    def response_add(self, request: HttpRequest, obj: Post, post_url_continue=None) -> HttpResponse:
        """Redirect back to the form after publishing, and warn of what the checklist has against it."""
        publishing.stay_on_form(request)
        return self._after_saving(request, obj, super().response_add(request, obj, post_url_continue))

    def response_change(self, request: HttpRequest, obj: Post) -> HttpResponse:
        """Redirect back to the form after publishing or keeping for later, and warn of what the checklist has against it."""
        publishing.stay_on_form(request)
        if publishing.pressed_button(request) in publishing.KEEPING:
            return self._after_saving(request, obj, pending.response_after_keeping(request, obj))
        return self._after_saving(request, obj, super().response_change(request, obj))

    def construct_change_message(self, request: HttpRequest, form: PostForm, formsets, add: bool = False):
        """Say in the log what was done with changes that wait, beside the changed fields."""
        message = super().construct_change_message(request, form, formsets, add)
        return pending.log_message(form) or message

    def saved_words(self, request: HttpRequest, post: Post) -> str:
        """Return what the save has made of the post (`publishing.saved_words`), as it is stored."""
        return publishing.saved_words(Post.objects.get(pk=post.pk), post.decision)

    def _after_saving(self, request: HttpRequest, post: Post, response: HttpResponse) -> HttpResponse:
        publishing.warn_of_publication(request, post, post.decision)
        is_out = post.decision.is_made and post.decision.was_draft and post.status == Post.Status.PUBLISHED
        teamwork.after_saving(request, post, was_published=is_out)
        if post.former_slug and (linking := links.linking_posts(post.former_slug, user=request.user)):
            note = _("These posts link to its old address: %s. Change the links there.")
            messages.info(request, note % ", ".join(f"“{other}”" for other in linking))
        return drafts.discard_saved_draft(request, post, response)

    def view_on_site(self, post: Post) -> str | None:
        """Return the URL of the post's page, or None if the post is not public."""
        return addresses.post(post.slug) if post.is_public() else None

    # Deleting

    def delete_model(self, request: HttpRequest, obj: Post) -> None:
        """Move a post to the trash, or delete it permanently if it is there already."""
        if obj.trashed_at:
            services.purge_post(obj, by=request.user)
        else:
            services.trash_post(obj, by=request.user, expected_version=obj.version)

    def log_deletions(self, request: HttpRequest, queryset):
        """Log a move to the trash as a change, and a permanent deletion as a deletion."""
        for post in queryset:
            if not post.trashed_at:
                return self.log_change(request, post, _("Moved to the trash."))
        return super().log_deletions(request, queryset)

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """Name the posts that link to it on the page that asks for confirmation."""
        linking = links.linking_posts(context["object"].slug, user=request.user)
        return super().render_delete_form(request, {**context, "linking": linking})

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id) -> HttpResponse:
        """Report whether the post was trashed or deleted, and redirect to the list."""
        if Post.objects.filter(pk=obj_id).exists():
            note = with_undo(request, _("“%s” was moved to the trash.") % obj_display, [obj_id])
        else:
            note = _("“%s” was deleted for good.") % obj_display
        messages.success(request, note)
        filters_of_list = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        return HttpResponseRedirect(add_preserved_filters(filters_of_list, reverse("admin:posts_post_changelist")))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Ask for confirmation, then move the post to the trash or delete it permanently."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except services.StaleVersion:
            messages.error(request, _("The post was saved meanwhile. Nothing was deleted; look at it again."))
            return HttpResponseRedirect(reverse("admin:posts_post_change", args=[object_id]))

    @property
    def media(self) -> forms.Media:
        """Django's media, the scripts and styles of this admin, and those of the filters by tag and author."""
        own = forms.Media(
            js=["editor/zone.js", "editor/publishing.js", "editor/pickers.js"], css={"all": ("editor/admin.css",)}
        )
        return super().media + own + choosers.media(AutocompleteSelect(Post._meta.get_field("tags"), self.admin_site))


def _no_author_message() -> str:
    return _(
        "Your account has no author yet, so you have no posts here and cannot write one. "
        "Ask an administrator to open the author with your name under People › Authors, and to choose your account there as its user."
    )
