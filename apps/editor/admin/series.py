"""The admin of series: their list, and a form in which their parts are put in order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.admin.forms import VersionedForm
from apps.posts import services
from apps.posts.models import Post, Series

from .datetimes import publication_in_short
from .taxonomy import NamedAdmin

UP, DOWN = "up", "down"


class PartsWidget(forms.Widget):
    """The parts of a series in a list that is put in order: dragged, or by buttons, which need no JavaScript.

    Without JavaScript, a button sends the form, with its part moved by one place.
    """

    template_name = "admin/posts/series_parts.html"
    rows: list[Post]
    """The parts, in the order in which they are shown."""

    def id_for_label(self, id_: str) -> str:
        """Return nothing: the label names a list."""
        return ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the parts, those that `value` names first and in its order."""
        context = super().get_context(name, None, attrs)
        order = {str(getattr(part, "pk", part)): place for place, part in enumerate(value or ())}
        rows = sorted(self.rows, key=lambda row: order.get(str(row.pk), len(order)))
        context["widget"]["parts"] = [(row, *_state(row)) for row in rows]
        return context

    def value_from_datadict(self, data, files, name: str) -> list[str]:
        """Return the keys in the submitted order, after the move of the button that was pressed."""
        order = list(dict.fromkeys(data.getlist(name)))
        key, _colon, direction = data.get(f"{name}_move", "").partition(":")
        if key in order and direction in (UP, DOWN):
            place = order.index(key)
            other = max(place - 1, 0) if direction == UP else min(place + 1, len(order) - 1)
            order[place], order[other] = order[other], order[place]
        return order

    class Media:
        js = tuple(forms.Script(f"editor/{name}.js", defer=True) for name in ("ordering", "parts"))
        css = {"all": ("editor/parts.css",)}


def _state(post: Post) -> tuple[str, str]:
    """Return the state of a part, for its style and in words."""
    state = "scheduled" if post.is_scheduled else post.status
    return state, publication_in_short(state, post.published_at)


class PartsField(forms.Field):
    """The parts of a series in their order. Parts that came or went meanwhile are none of its business."""

    widget = PartsWidget

    def clean(self, value: list[str]) -> list[Post]:
        """Return the parts in their new order."""
        rows = {str(row.pk): row for row in self.widget.rows}
        return [rows[key] for key in value if key in rows]

    def has_changed(self, initial: list[Post] | None, data: list[str]) -> bool:
        """Return whether the order changed."""
        return [part.pk for part in self.clean(data)] != [part.pk for part in initial or ()]


class SeriesForm(VersionedForm):
    """The form of a series, with its parts, except those that the user may not know of."""

    parts = PartsField(
        label=_("Parts"),
        required=False,
        help_text=_("In the order in which they are read. Readers see those that are public, numbered from 1."),
    )

    user = None
    """The user who edits; set by the admin."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["parts"]
            return
        parts = Post.objects.in_series(self.instance.pk).filter(trashed_at=None).known_to(self.user)
        rows = list(parts.only("title", "status", "published_at", "trashed_at"))
        self.fields["parts"].widget.rows = self.initial["parts"] = rows

    def clean_title(self) -> str:
        """Refuse a title that looks like that of another series."""
        title = self.cleaned_data["title"].strip()
        other = Series.objects.find_by_title(title)
        if other is not None and other.pk != self.instance.pk:
            raise forms.ValidationError(_("There is a series of this title already."))
        return title

    def values(self, changed: list[str] | None = None) -> dict[str, Any]:
        """Return the arguments of `services.create_series` and `services.update_series`."""
        values = super().values(changed)
        return values | ({"parts": [part.pk for part in values["parts"]]} if "parts" in values else {})


@admin.register(Series)
class SeriesAdmin(NamedAdmin):
    """Series and the order of their parts."""

    form = SeriesForm
    keyset = ("title", "id")
    search_fields = ("title",)
    list_display = ("title", "slug")
    create_service = staticmethod(services.create_series)
    update_service = staticmethod(services.update_series)
    delete_service = staticmethod(services.delete_series)
    change_form_template = "admin/posts/series/change_form.html"

    def get_fields(self, request: HttpRequest, obj: Series | None = None) -> tuple[str, ...]:
        """Return the fields; the parts only where they can be put in order."""
        fields = ("title", "slug", "description")
        return (*fields, "parts") if obj and self.has_change_permission(request, obj) else fields

    def get_form(self, request: HttpRequest, obj: Series | None = None, change: bool = False, **kwargs):
        """Return the form class, with the user set on it."""
        form_class = super().get_form(request, obj, change, **kwargs)
        form_class.user = request.user
        return form_class

    def render_change_form(self, request: HttpRequest, context, *args, obj: Series | None = None, **kwargs):
        """Add the address of the form of a new post in the series."""
        if obj and request.user.has_perm("posts.add_post"):
            context["add_part_url"] = f"{reverse('admin:posts_post_add')}?series={obj.pk}"
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def response_change(self, request: HttpRequest, obj: Series) -> HttpResponse:
        """Return to the form after a button has moved a part: there may be more to move."""
        if "parts_move" in request.POST:
            request.POST = request.POST.copy()
            request.POST["_continue"] = ""
        return super().response_change(request, obj)
