"""The filters of the list of posts. None of them counts rows or lists objects whose number grows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.admin.forms import is_key
from apps.editor import reviews
from apps.editor.models import Assignment, ReviewRequest
from apps.posts.models import Post

TRASH = "trash"
SCHEDULED = "scheduled"
PENDING = "pending"
MINE = "me"
WAITING = "waiting"
FEATURED = "yes"
PUBLICATION = "published_at"


class StateFilter(admin.SimpleListFilter):
    """Filter by draft, scheduled, published, with changes that wait, or trash. Posts in the trash are never listed with others."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the states as choices."""
        return [
            (Post.Status.DRAFT, _("Draft")),
            (SCHEDULED, _("Scheduled")),
            (Post.Status.PUBLISHED, _("Published")),
            (PENDING, _("Changes not published yet")),
            (TRASH, _("In the trash")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Narrow the list to the chosen state; by default, to all but the trash. Nothing is in an unknown state."""
        state = self.value()
        if state == TRASH:
            return queryset.filter(trashed_at__isnull=False)
        queryset = queryset.filter(trashed_at__isnull=True)
        if state == PENDING:
            return queryset.with_has_pending().filter(has_pending=True)
        if state == Post.Status.DRAFT:
            return queryset.filter(status=Post.Status.DRAFT)
        published = queryset.filter(status=Post.Status.PUBLISHED)
        if state == SCHEDULED:
            return published.filter(published_at__gt=timezone.now())
        if state == Post.Status.PUBLISHED:
            return published.filter(published_at__lte=timezone.now())
        return queryset.none() if state else queryset


class WhoseFilter(admin.SimpleListFilter):
    """Filter by the user's own posts."""

    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the choice “Mine”; none for authors, who see only their own posts anyway."""
        return [(MINE, _("Mine"))] if request.user.has_perm("posts.change_others_post") else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Narrow the list to posts of which the user is an author; an unknown value finds nothing."""
        if self.value() == MINE:
            return queryset.filter(authors__user_id=request.user.pk)
        return queryset.none() if self.value() else queryset


class FewPostsFilter(admin.SimpleListFilter, ABC):
    """A filter that finds few posts, by their keys, which the list's plan reads (`list_plans.plan`)."""

    @abstractmethod
    def keys(self, request: HttpRequest, value: str) -> QuerySet:
        """Return the keys of the posts that a value finds; none for an unknown value."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Narrow the list to the posts that the chosen value finds."""
        if not self.value():
            return queryset
        request.few_posts = list(self.keys(request, self.value())[: reviews.MAX_WAITING])
        return queryset.filter(pk__in=request.few_posts)


class ReviewFilter(FewPostsFilter):
    """Filter by posts that wait for a review."""

    title = _("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the choices."""
        return [(WAITING, _("Waits for a review")), (MINE, _("I am asked"))]

    def keys(self, request: HttpRequest, value: str) -> QuerySet:
        """Return the posts in review, or those whose reviewer is the user."""
        asked = {WAITING: {}, MINE: {"reviewer": request.user}}
        found = reviews.waiting(**asked[value]) if value in asked else ReviewRequest.objects.none()
        return found.values_list("post", flat=True)


class AssignmentFilter(FewPostsFilter):
    """Filter by posts that are assigned to the user."""

    title = _("assigned to")
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the choice."""
        return [(MINE, _("Me"))]

    def keys(self, request: HttpRequest, value: str) -> QuerySet:
        """Return the posts that are assigned to the user."""
        found = reviews.assigned_to(request.user) if value == MINE else Assignment.objects.none()
        return found.values_list("post", flat=True)


class FeaturedFilter(admin.SimpleListFilter):
    """Filter by featured posts."""

    title = _("featured")
    parameter_name = "featured"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the only choice besides “all”."""
        return [(FEATURED, _("Featured"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Narrow the list to featured posts; an unknown value finds nothing."""
        if self.value() == FEATURED:
            return queryset.featured()
        return queryset.none() if self.value() else queryset


class DateFilter(admin.DateFieldListFilter):
    """A date filter with ranges that go back from today."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.links = self.links[:5]  # Without “No date” and “Has date”: the filter by status covers them.


class ChangeFilter(DateFilter):
    """Filter by the date of the last change, by which the list is ordered too."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("last change")


class PublicationFilter(DateFilter):
    """Filter by the date of publication; the list is then ordered by that date."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("date of publication")


class AutocompleteFilter(admin.SimpleListFilter):
    """A filter with an autocomplete field."""

    template = "admin/posts/autocomplete_filter.html"
    field_name: str

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return no choices: the autocomplete field fetches them."""
        return []

    def has_output(self) -> bool:
        """Show the filter although `lookups` is empty."""
        return True

    def choices(self, changelist) -> Iterator[dict]:
        """Yield the form field, and the list's other parameters for hidden fields."""
        parameters = changelist.get_filters_params() | ({"q": [changelist.query]} if changelist.query else {})
        others = [
            (name, value) for name, values in parameters.items() for value in values if name != self.parameter_name
        ]
        yield {
            "field": self._form()[self.parameter_name],
            "others": others,
            "clear_url": changelist.get_query_string(remove=[self.parameter_name]) if self.value() else "",
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Narrow the list to the chosen object; nothing matches an invalid key."""
        if not self.value():
            return queryset
        if not is_key(self.value()):
            return queryset.none()
        return queryset.filter(**{self.field_name: self.value()})

    def _form(self) -> forms.Form:
        field = Post._meta.get_field(self.field_name)
        widget = AutocompleteSelect(field, admin.site, attrs={"id": f"filter_{self.parameter_name}"})
        choice = forms.ModelChoiceField(field.related_model.objects.all(), required=False, widget=widget)
        choice.label = self.title
        value = self.value() if is_key(self.value()) else None
        form_class = type("FilterForm", (forms.Form,), {self.parameter_name: choice})
        return form_class(initial={self.parameter_name: value})


class TagFilter(AutocompleteFilter):
    """Filter by a tag."""

    title = _("tag")
    parameter_name = "tag"
    field_name = "tags"


class AuthorFilter(AutocompleteFilter):
    """Filter by an author."""

    title = _("author")
    parameter_name = "author"
    field_name = "authors"
