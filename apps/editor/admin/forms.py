"""The forms of the editor's desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.admin.forms import PlainTextarea, VersionedForm
from apps.posts.models import Author, Post, Tag
from blog_project import addresses

from .choosers import chooser, created, tag_chooser
from .publishing import Publication

FILLED_IN = ("slug", "published_at")
"""Fields of a post that saving fills in where they are empty."""
ARGUMENTS = {"tag_list": "tags", "author_list": "authors"}
"""Fields of a post that the form has by another name."""


class PostForm(Publication, VersionedForm):
    """A post, with its tags and its authors in their order."""

    author_list = chooser(
        "authors", help_text=_("In the order of the byline. Remove and choose somebody again to move them to the end.")
    )
    tag_list = tag_chooser()
    reason = forms.CharField(
        label=_("Note for the history"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("What you changed, in a few words."),
    )

    user = None
    """Who edits; set by the admin."""

    class Meta:
        widgets = {
            "summary": PlainTextarea(attrs={"rows": 3}),
            "body": PlainTextarea(attrs={"rows": 30, "class": "vLargeTextField body-text"}),
            "seo_description": PlainTextarea(attrs={"rows": 2}),
        }
        help_texts = {"body": _("In Markdown. “Preview” at the top of the page shows the text as it was last saved.")}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "body" in self.fields:
            self.fields["body"].strip = False  # Spaces that a text begins with are Markdown.
        if self.instance.pk:
            self.initial["tag_list"] = list(self.instance.tags.all())
            self.initial["author_list"] = self.instance.ordered_authors
        for name, permission in (("tag_list", "posts.add_tag"), ("author_list", "posts.add_author")):
            if name in self.fields:
                self.fields[name].widget.can_add_related = bool(self.user and self.user.has_perm(permission))
        if "tag_list" in self.fields:
            self.fields["tag_list"].allow_new(self.fields["tag_list"].widget.can_add_related)

    def clean_slug(self) -> str:
        """Refuse a path that the site needs itself."""
        slug = self.cleaned_data["slug"]
        if slug in addresses.RESERVED_SLUGS:
            raise forms.ValidationError(
                _("“%(slug)s” is an address that the site needs itself. Choose another slug.") % {"slug": slug}
            )
        return slug

    def clean_author_list(self) -> list[Author]:
        """Keep authors from giving their post away by mistake: they could not change it any more."""
        authors = self.cleaned_data["author_list"]
        if self.user.has_perm("posts.change_others_post") or any(item.user_id == self.user.pk for item in authors):
            return authors
        raise forms.ValidationError(
            _("You have to be among the authors: otherwise you could not change this post any more.")
        )

    def clean(self) -> dict[str, Any]:
        """Give a post that is published without a date the present one."""
        cleaned = super().clean()
        dateless = not cleaned.get("published_at") and "published_at" not in self.errors
        if cleaned.get("status") == Post.Status.PUBLISHED and dateless:
            cleaned["published_at"] = timezone.now()
        return cleaned

    def values(self, changed: list[str] | None = None) -> dict[str, Any]:
        """Return the arguments of `services.create_post` and `services.update_post`."""
        values = super().values(changed)
        if "tag_list" in values:
            values["tag_list"] = created(values["tag_list"], by=self.user)
        return {"reason": self.cleaned_data["reason"], **{ARGUMENTS.get(name, name): values[name] for name in values}}

    @property
    def changed(self) -> list[str]:
        """The fields that differ; a note alone changes nothing."""
        return [name for name in super().changed if name != "reason"]

    def is_filled_in(self, name: str) -> bool:
        """Tell whether a field is one that was left empty and that saving fills in."""
        value = self[name].value() if name in FILLED_IN else True
        return not (any(value) if isinstance(value, list) else value)

    def is_stored_already(self) -> bool:
        """Tell whether the newest version is this user's and says what this form says."""
        if any(not self.is_filled_in(name) for name in self.changed):
            return False
        newest = Post.history.filter(id=self.instance.pk).order_by("-history_id")
        return newest.values_list("history_user", flat=True).first() == self.user.pk


class NamedForm(VersionedForm):
    """A tag or an author."""

    def clean_name(self) -> str:
        """Refuse a tag that differs from another by case alone."""
        name = self.cleaned_data["name"].strip()
        model = self._meta.model
        if model is Tag and Tag.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a tag of this name already."))
        return name


class TagForm(forms.Form):
    """Which tag to add to several posts, or to remove from them."""

    tag = forms.ModelChoiceField(
        Tag.objects.all(),
        label=_("Tag"),
        widget=AutocompleteSelect(Post._meta.get_field("tags"), admin.site),
        error_messages={"invalid_choice": _("There is no such tag any more. Choose another.")},
    )
