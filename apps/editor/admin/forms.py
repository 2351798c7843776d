"""The forms of posts, tags and authors."""

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

from .choosers import chooser, save_new, tag_chooser
from .publishing import PublicationMixin

DEFAULTED_FIELDS = ("slug", "published_at")
"""Fields of a post to which saving assigns a default if they are empty."""
ARGUMENTS = {"tag_list": "tags", "author_list": "authors"}
"""Form fields whose argument of the services has another name."""


class PostForm(PublicationMixin, VersionedForm):
    """The form of a post, with its tags and authors in their order."""

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
    """The user who edits; set by the admin."""

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
            self.fields["body"].strip = False  # Leading spaces are significant in Markdown.
        if self.instance.pk:
            self.initial["tag_list"] = list(self.instance.tags.all())
            self.initial["author_list"] = self.instance.ordered_authors
            self._hide_unknown_original()
        for name, permission in (("tag_list", "posts.add_tag"), ("author_list", "posts.add_author")):
            if name in self.fields:
                self.fields[name].widget.can_add_related = bool(self.user and self.user.has_perm(permission))
        if "tag_list" in self.fields:
            self.fields["tag_list"].allow_new(self.fields["tag_list"].widget.can_add_related)

    def _hide_unknown_original(self) -> None:
        """Show no original that the user may not know of. Unless they choose another one, it stays: nothing changed."""
        original = self.instance.translation_of_id
        if original and not Post.objects.known_to(self.user).filter(pk=original).exists():
            self.initial["translation_of"] = None

    def clean_slug(self) -> str:
        """Refuse a slug that is reserved for an address of the site."""
        slug = self.cleaned_data["slug"]
        if slug in addresses.RESERVED_SLUGS:
            raise forms.ValidationError(
                _("“%(slug)s” is an address that the site needs itself. Choose another slug.") % {"slug": slug}
            )
        return slug

    def clean_author_list(self) -> list[Author]:
        """Refuse a list without the user, who could then not change the post, unless they may change others' posts."""
        authors = self.cleaned_data["author_list"]
        if self.user.has_perm("posts.change_others_post") or any(item.user_id == self.user.pk for item in authors):
            return authors
        raise forms.ValidationError(
            _("You have to be among the authors: otherwise you could not change this post any more.")
        )

    def clean(self) -> dict[str, Any]:
        """Set the date of publication to now if a post is published without one."""
        cleaned = super().clean()
        dateless = not cleaned.get("published_at") and "published_at" not in self.errors
        if cleaned.get("status") == Post.Status.PUBLISHED and dateless:
            cleaned["published_at"] = timezone.now()
        return cleaned

    def values(self, changed: list[str] | None = None) -> dict[str, Any]:
        """Return the arguments of `services.create_post` and `services.update_post`."""
        values = super().values(changed)
        if "tag_list" in values:
            values["tag_list"] = save_new(values["tag_list"], by=self.user)
        return {"reason": self.cleaned_data["reason"], **{ARGUMENTS.get(name, name): values[name] for name in values}}

    @property
    def changed(self) -> list[str]:
        """The fields that differ from the stored row; the note for the history does not count."""
        return [name for name in super().changed if name != "reason"]

    def is_defaulted(self, name: str) -> bool:
        """Return whether the field was left empty and saving assigns a default to it."""
        value = self[name].value() if name in DEFAULTED_FIELDS else True
        return not (any(value) if isinstance(value, list) else value)

    def is_stored_already(self) -> bool:
        """Return whether the newest version is by this user and has the content of this form."""
        if any(not self.is_defaulted(name) for name in self.changed):
            return False
        newest = Post.history.filter(id=self.instance.pk).order_by("-history_id")
        return newest.values_list("history_user", flat=True).first() == self.user.pk


class NamedForm(VersionedForm):
    """The form of a tag or an author."""

    def clean_name(self) -> str:
        """Refuse the new name of a tag that looks like that of another one."""
        name = self.cleaned_data["name"].strip()
        if self._meta.model is Tag and name != self.initial.get("name"):
            other = Tag.objects.find_by_name(name)
            if other is not None and other.pk != self.instance.pk:
                raise forms.ValidationError(_("There is a tag of this name already."))
        return name


class TagForm(forms.Form):
    """The choice of a tag that is added to several posts or removed from them."""

    tag = forms.ModelChoiceField(
        Tag.objects.all(),
        label=_("Tag"),
        widget=AutocompleteSelect(Post._meta.get_field("tags"), admin.site),
        error_messages={"invalid_choice": _("There is no such tag any more. Choose another.")},
    )
