"""Form fields for the tags, authors and series of a post, with autocomplete; tags and series can be new."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.core.admin.forms import is_key
from apps.core.transactions import check_text
from apps.posts import services
from apps.posts.models import Post, Series, Tag, TagAlias

NEW_PREFIX = "new:"
"""Prefix of the form value of a tag or a series that does not exist yet; its name follows."""


def media(widget: forms.Widget) -> forms.Media:
    """Return the media of an autocomplete widget, followed by the script that extends it."""
    stock = widget.media
    return stock + forms.Media(js=[*stock._js, "editor/choosers.js"])


class OrderedAutocomplete(AutocompleteSelectMultiple):
    """An autocomplete widget that keeps the chosen objects in their order."""

    def optgroups(self, name, value, attr=None):
        """Return the chosen options in the order of `value`. Invalid keys (from a query string) are ignored."""
        value = [chosen for chosen in value if is_key(chosen)]
        (group_name, options, index), *rest = super().optgroups(name, value, attr)
        positions = {str(chosen): position for position, chosen in enumerate(value)}
        options.sort(key=lambda option: positions.get(str(option["value"]), len(positions)))
        return [(group_name, options, index), *rest]


class OrderedChoiceField(forms.ModelMultipleChoiceField):
    """Several objects in the order in which they were chosen. It takes one query and never loads all objects."""

    max_chosen = 50

    def clean(self, value) -> list[Model]:
        """Return the chosen objects as a list. Raises ValidationError for unknown or too many objects."""
        if value and len(value) > self.max_chosen:
            raise forms.ValidationError(_("At most %(most)s can be chosen here.") % {"most": self.max_chosen})
        for key in value or ():
            if not is_key(key):
                raise forms.ValidationError(self.error_messages["invalid_pk_value"], params={"pk": key})
        found = {str(chosen.pk): chosen for chosen in super().clean(value)}
        return [found[key] for key in dict.fromkeys(map(str, value or ()))]

    def has_changed(self, initial, data) -> bool:
        """Return whether the choice or its order changed."""
        return [str(self.prepare_value(item)) for item in initial or ()] != [str(item) for item in data or ()]


def chooser(name: str, **options) -> OrderedChoiceField:
    """Return an autocomplete field for a many-to-many field of posts."""
    field = Post._meta.get_field(name)
    widget = RelatedFieldWidgetWrapper(
        OrderedAutocomplete(field, admin.site), field.remote_field, admin.site, can_add_related=True
    )
    return OrderedChoiceField(
        field.related_model.objects.all(), required=False, label=capfirst(field.verbose_name), widget=widget, **options
    )


class TagAutocomplete(OrderedAutocomplete):
    """An autocomplete widget for tags that accepts new names; without JavaScript, names are typed in a text field."""

    template_name = "admin/posts/tag_autocomplete.html"
    allows_new = False
    placeholder = ""

    def build_attrs(self, base_attrs, extra_attrs=None) -> dict[str, Any]:
        """Add the attributes with which select2 offers the typed name as a new tag (`choosers.js`)."""
        attrs = super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": self.placeholder}
        return attrs | {"data-tags": "true", "data-new-tag": _("New tag: %s")} if self.allows_new else attrs

    def value_from_datadict(self, data, files, name: str) -> list[str]:
        """Return the chosen values, and the names of the text field with the prefix of new tags."""
        names = data.get(f"{name}_by_name", "").split(",")
        return [
            *super().value_from_datadict(data, files, name),
            *(f"{NEW_PREFIX}{part.strip()}" for part in names if part.strip()),
        ]

    def optgroups(self, name, value, attr=None):
        """Return the chosen options in their order, including new tags."""
        ((group_name, options, index), *rest) = super().optgroups(name, value, attr)
        new = [chosen for chosen in value if str(chosen).startswith(NEW_PREFIX)]
        options += [
            self.create_option(name, chosen, chosen.removeprefix(NEW_PREFIX), True, len(options) + position)
            for position, chosen in enumerate(new)
        ]
        positions = {str(chosen): position for position, chosen in enumerate(value)}
        options.sort(key=lambda option: positions.get(str(option["value"]), len(positions)))
        return [(group_name, options, index), *rest]


class TagChoiceField(OrderedChoiceField):
    """Tags in an order. New tags are unsaved `Tag` objects; `save_new` saves them together with the post."""

    def allow_new(self, allowed: bool) -> None:
        """Set whether new tags are accepted."""
        self.widget.widget.allows_new = allowed

    def clean(self, value) -> list[Tag]:
        """Return the tags. Raises ValidationError for an invalid name, or for a new one if none are accepted."""
        value = list(dict.fromkeys(_replace_merged(map(str, value or ()))))
        names = [chosen.removeprefix(NEW_PREFIX).strip() for chosen in value if chosen.startswith(NEW_PREFIX)]
        found = {str(tag.pk): tag for tag in super().clean([key for key in value if not key.startswith(NEW_PREFIX)])}
        if len(value) > self.max_chosen:
            raise forms.ValidationError(_("At most %(most)s can be chosen here.") % {"most": self.max_chosen})
        found |= {f"{NEW_PREFIX}{name}": self._find_or_build(name) for name in names}
        chosen = [found[_normalize(key)] for key in value]
        return list({(tag.pk, tag.name): tag for tag in chosen}.values())

    def _find_or_build(self, name: str) -> Tag:
        existing = Tag.objects.find_by_name(name)
        if existing is not None:
            return existing
        if not self.widget.widget.allows_new:
            raise forms.ValidationError(_("There is no tag “%s”, and you may not make one. Choose another.") % name)
        tag = Tag(name=name)
        try:
            check_text(tag)
            tag.clean_fields(exclude=["slug"])
        except forms.ValidationError as error:
            raise forms.ValidationError(f"“{name[:100]}”: {' '.join(error.messages)}") from None
        return tag


def _replace_merged(keys: Iterable[str]) -> list[str]:
    """Return the keys; those of tags that were merged while the form was open are replaced by the merge target's."""
    keys = list(keys)
    aliases = TagAlias.objects.filter(former_id__in=[key for key in keys if is_key(key)])
    targets = {str(alias.former_id): str(alias.tag_id) for alias in aliases}
    return [targets.get(key, key) for key in keys]


def _normalize(key: str) -> str:
    return f"{NEW_PREFIX}{key.removeprefix(NEW_PREFIX).strip()}" if key.startswith(NEW_PREFIX) else key


def tag_chooser() -> TagChoiceField:
    """Return the field for a post's tags."""
    field = Post._meta.get_field("tags")
    widget = RelatedFieldWidgetWrapper(
        TagAutocomplete(field, admin.site), field.remote_field, admin.site, can_add_related=True
    )
    return TagChoiceField(Tag.objects.all(), required=False, label=capfirst(field.verbose_name), widget=widget)


def save_new(tags: list[Tag], *, by) -> list[Tag]:
    """Save the new tags among `tags`; return all of them without duplicates."""
    saved = [tag if tag.pk else services.tags_named([tag.name], by=by)[0] for tag in tags]
    return list(dict.fromkeys(saved))


class SeriesAutocomplete(AutocompleteSelect):
    """An autocomplete widget for a series that accepts a new title; without JavaScript, it is typed in a text field."""

    template_name = "admin/posts/series_autocomplete.html"
    allows_new = False

    def build_attrs(self, base_attrs, extra_attrs=None) -> dict[str, Any]:
        """Add the attributes with which select2 offers the typed title as a new series (`choosers.js`)."""
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return attrs | {"data-tags": "true", "data-new-tag": _("New series: %s")} if self.allows_new else attrs

    def value_from_datadict(self, data, files, name: str) -> str | None:
        """Return the title of the text field with the prefix of new series or, if it is empty, the chosen value."""
        title = data.get(f"{name}_by_name", "").strip()
        return f"{NEW_PREFIX}{title}" if title else super().value_from_datadict(data, files, name)

    def optgroups(self, name, value, attr=None):
        """Return the chosen option, which may be a new series. Invalid keys (from a query string) are ignored."""
        groups = super().optgroups(name, [chosen for chosen in value if is_key(chosen)], attr)
        for chosen in value:
            if str(chosen).startswith(NEW_PREFIX):
                options = groups[0][1]
                options.append(self.create_option(name, chosen, chosen.removeprefix(NEW_PREFIX), True, len(options)))
        return groups


class SeriesChoiceField(forms.ModelChoiceField):
    """A series. A new one is an unsaved `Series` object; `save_new_series` saves it together with the post."""

    def allow_new(self, allowed: bool) -> None:
        """Set whether a new series is accepted."""
        self.widget.widget.allows_new = allowed

    def clean(self, value) -> Series | None:
        """Return the series or None. Raises ValidationError for an invalid title, or for a new one if none is accepted."""
        if str(value or "").startswith(NEW_PREFIX):
            return self._find_or_build(str(value).removeprefix(NEW_PREFIX).strip())
        return super().clean(value if not value or is_key(value) else None)

    def _find_or_build(self, title: str) -> Series:
        if (existing := Series.objects.find_by_title(title)) is not None:
            return existing
        if not self.widget.widget.allows_new:
            raise forms.ValidationError(
                _("There is no series “%s”, and you may not make one. Choose another.") % title[:100]
            )
        series = Series(title=title)
        try:
            check_text(series)
            series.clean_fields(exclude=["slug", "title_key"])
        except forms.ValidationError as error:
            raise forms.ValidationError(f"“{title[:100]}”: {' '.join(error.messages)}") from None
        return series


def series_chooser() -> SeriesChoiceField:
    """Return the field for a post's series."""
    field = Post._meta.get_field("series")
    widget = RelatedFieldWidgetWrapper(
        SeriesAutocomplete(field, admin.site),
        field.remote_field,
        admin.site,
        can_add_related=True,
        can_change_related=True,
    )
    label = capfirst(field.verbose_name)
    return SeriesChoiceField(
        Series.objects.all(), required=False, label=label, widget=widget, help_text=field.help_text
    )


def save_new_series(series: Series | None, *, by) -> Series | None:
    """Return the series, saved if it is a new one."""
    return series if series is None or series.pk else services.series_titled(series.title, by=by)
