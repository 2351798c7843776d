"""The filters of the list of posts: none of them counts, and none lists what grows."""

from __future__ import annotations

from collections.abc import Iterator

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.admin.forms import is_key
from apps.posts.models import Post

TRASH = "trash"
SCHEDULED = "scheduled"
MINE = "me"
PUBLICATION = "published_at"


class StateFilter(admin.SimpleListFilter):
    """Draft, scheduled, published or in the trash, as an editor sees it; the trash is never mixed with the rest."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the states that the list can be narrowed to."""
        return [
            (Post.Status.DRAFT, _("Draft")),
            (SCHEDULED, _("Scheduled")),
            (Post.Status.PUBLISHED, _("Published")),
            (TRASH, _("In the trash")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Narrow the list to a state; without one, to all but the trash."""
        state = self.value()
        if state == TRASH:
            return queryset.filter(trashed_at__isnull=False)
        queryset = queryset.filter(trashed_at__isnull=True)
        if state == Post.Status.DRAFT:
            return queryset.filter(status=Post.Status.DRAFT)
        published = queryset.filter(status=Post.Status.PUBLISHED)
        if state == SCHEDULED:
            return published.filter(published_at__gt=timezone.now())
        if state == Post.Status.PUBLISHED:
            return published.filter(published_at__lte=timezone.now())
        return queryset


class WhoseFilter(admin.SimpleListFilter):
    """An editor's own posts among everybody's."""

    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the one choice besides all; none for whom there are only their own."""
        return [(MINE, _("Mine"))] if request.user.has_perm("posts.change_others_post") else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Narrow the list to what the user is an author of."""
        return queryset.filter(authors__user_id=request.user.pk) if self.value() == MINE else queryset


class DateFilter(admin.DateFieldListFilter):
    """A date that goes back from today."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.links = self.links[:5]  # Not whether there is a date: that is the status.


class ChangeFilter(DateFilter):
    """The date of the last change, by which the list is ordered too."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("last change")


class PublicationFilter(DateFilter):
    """The date of publication, by which the list is ordered then."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("date of publication")


class AutocompleteFilter(admin.SimpleListFilter):
    """A filter whose choice is searched as one types."""

    template = "admin/posts/autocomplete_filter.html"
    field_name: str

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return no choices: the field finds them."""
        return []

    def has_output(self) -> bool:
        """Show the filter even where there is nothing to choose."""
        return True

    def choices(self, changelist) -> Iterator[dict]:
        """Yield the form, and the other parameters of the list for it to carry along."""
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
        """Narrow the list to the chosen one; nothing matches a value that is none."""
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
        made = type("FilterForm", (forms.Form,), {self.parameter_name: choice})
        return made(initial={self.parameter_name: value})


class TagFilter(AutocompleteFilter):
    """Posts of one tag."""

    title = _("tag")
    parameter_name = "tag"
    field_name = "tags"


class AuthorFilter(AutocompleteFilter):
    """Posts of one author."""

    title = _("author")
    parameter_name = "author"
    field_name = "authors"
