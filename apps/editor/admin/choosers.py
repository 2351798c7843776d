"""Fields for a post's links: several objects in an order, searched as one types; tags can be new."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.core.admin.forms import is_key
from apps.posts import services
from apps.posts.models import Post, Tag, TagAlias

NEW = "new:"
"""What the value of a tag that does not exist yet begins with; its name follows."""


def media(widget: forms.Widget) -> forms.Media:
    """Return the media of a stock widget of this kind, and ours after it, which it is about."""
    stock = widget.media
    return stock + forms.Media(js=[*stock._js, "editor/choosers.js"])


class OrderedAutocomplete(AutocompleteSelectMultiple):
    """Shows what is chosen in the order it was chosen in."""

    def optgroups(self, name, value, attr=None):
        """Return the chosen options, in the order of `value`. What is no key (an address can name anything) is none."""
        value = [chosen for chosen in value if is_key(chosen)]
        (group_name, options, index), *rest = super().optgroups(name, value, attr)
        places = {str(chosen): place for place, chosen in enumerate(value)}
        options.sort(key=lambda option: places.get(str(option["value"]), len(places)))
        return [(group_name, options, index), *rest]


class OrderedChoiceField(forms.ModelMultipleChoiceField):
    """Several objects, in the order they were chosen in. One query, and no list of all there are."""

    most = 50

    def clean(self, value) -> list[Model]:
        """Return the chosen objects as a list. Raises ValidationError for unknown ones and for too many."""
        if value and len(value) > self.most:
            raise forms.ValidationError(_("At most %(most)s can be chosen here.") % {"most": self.most})
        for key in value or ():
            if not is_key(key):
                raise forms.ValidationError(self.error_messages["invalid_pk_value"], params={"pk": key})
        found = {str(chosen.pk): chosen for chosen in super().clean(value)}
        return [found[key] for key in dict.fromkeys(map(str, value or ()))]

    def has_changed(self, initial, data) -> bool:
        """Tell whether the choice or its order changed."""
        return [str(self.prepare_value(item)) for item in initial or ()] != [str(item) for item in data or ()]


def chooser(name: str, **options) -> OrderedChoiceField:
    """Return the field for one of a post's links, searched as one types."""
    field = Post._meta.get_field(name)
    widget = RelatedFieldWidgetWrapper(
        OrderedAutocomplete(field, admin.site), field.remote_field, admin.site, can_add_related=True
    )
    return OrderedChoiceField(
        field.related_model.objects.all(), required=False, label=capfirst(field.verbose_name), widget=widget, **options
    )


class TagAutocomplete(OrderedAutocomplete):
    """Tags, of which some may be new: typed and entered, or, without JavaScript, named in a field of text."""

    template_name = "admin/posts/tag_autocomplete.html"
    allows_new = False

    def build_attrs(self, base_attrs, extra_attrs=None) -> dict[str, Any]:
        """Have select2 offer what is typed; `choosers.js` says how."""
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return attrs | {"data-tags": "true", "data-new-tag": _("New tag: %s")} if self.allows_new else attrs

    def value_from_datadict(self, data, files, name: str) -> list[str]:
        """Return the chosen keys, and the names behind `NEW`."""
        names = data.get(f"{name}_by_name", "").split(",")
        return [
            *super().value_from_datadict(data, files, name),
            *(f"{NEW}{part.strip()}" for part in names if part.strip()),
        ]

    def optgroups(self, name, value, attr=None):
        """Return the chosen options in their order, with those that are new."""
        ((group_name, options, index), *rest) = super().optgroups(name, value, attr)
        new = [chosen for chosen in value if str(chosen).startswith(NEW)]
        options += [
            self.create_option(name, chosen, chosen.removeprefix(NEW), True, len(options) + place)
            for place, chosen in enumerate(new)
        ]
        places = {str(chosen): place for place, chosen in enumerate(value)}
        options.sort(key=lambda option: places.get(str(option["value"]), len(places)))
        return [(group_name, options, index), *rest]


class TagChoiceField(OrderedChoiceField):
    """Tags in an order; new ones as `Tag` objects that are not saved: `created` saves them, with the post."""

    def allow_new(self, allowed: bool) -> None:
        """Say whether new tags can be made."""
        self.widget.widget.allows_new = allowed

    def clean(self, value) -> list[Tag]:
        """Return the tags. Raises ValidationError for a name that cannot be one, or that may not be made."""
        value = list(dict.fromkeys(_present(map(str, value or ()))))
        names = [chosen.removeprefix(NEW).strip() for chosen in value if chosen.startswith(NEW)]
        found = {str(tag.pk): tag for tag in super().clean([one for one in value if not one.startswith(NEW)])}
        if len(value) > self.most:
            raise forms.ValidationError(_("At most %(most)s can be chosen here.") % {"most": self.most})
        found |= {f"{NEW}{name}": self._named(name) for name in names}
        chosen = [found[_stripped(key)] for key in value]
        return list({(tag.pk, tag.name): tag for tag in chosen}.values())

    def _named(self, name: str) -> Tag:
        existing = Tag.objects.filter(name__iexact=name).first()
        if existing is not None:
            return existing
        if not self.widget.widget.allows_new:
            raise forms.ValidationError(_("There is no tag “%s”, and you may not make one. Choose another.") % name)
        tag = Tag(name=name)
        try:
            tag.clean_fields(exclude=["slug"])
        except forms.ValidationError as error:
            raise forms.ValidationError(f"“{name[:100]}”: {' '.join(error.messages)}") from None
        return tag


def _present(keys: Iterable[str]) -> list[str]:
    """Return keys with those of tags that were merged while the form was open replaced by those that stayed."""
    keys = list(keys)
    aliases = TagAlias.objects.filter(former_id__in=[key for key in keys if is_key(key)])
    stayed = {str(alias.former_id): str(alias.tag_id) for alias in aliases}
    return [stayed.get(key, key) for key in keys]


def _stripped(key: str) -> str:
    return f"{NEW}{key.removeprefix(NEW).strip()}" if key.startswith(NEW) else key


def tag_chooser() -> TagChoiceField:
    """Return the field for a post's tags."""
    field = Post._meta.get_field("tags")
    widget = RelatedFieldWidgetWrapper(
        TagAutocomplete(field, admin.site), field.remote_field, admin.site, can_add_related=True
    )
    return TagChoiceField(Tag.objects.all(), required=False, label=capfirst(field.verbose_name), widget=widget)


def created(tags: list[Tag], *, by) -> list[Tag]:
    """Return these tags, the new ones saved."""
    saved = [tag if tag.pk else services.tags_named([tag.name], by=by)[0] for tag in tags]
    return list(dict.fromkeys(saved))
