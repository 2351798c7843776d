"""The forms of posts, tags and authors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from apps.core.admin.forms import PlainTextarea, VersionedForm, VersionField
from apps.editor import untitled
from apps.posts import services
from apps.posts.models import Author, Post, Tag
from apps.posts.post_fields import WAITING_FIELDS
from blog_project import addresses

from .choosers import chooser, save_new, save_new_series, series_chooser, tag_chooser
from .publishing import KEEPING, LATER, STATUS_BY_BUTTON, PublicationMixin

DEFAULTED_FIELDS = ("slug", "published_at")
"""Fields of a post to which saving assigns a default if they are empty."""
ARGUMENTS = {"tag_list": "tags", "author_list": "authors"}
"""Form fields whose argument of the services has another name."""


class PostForm(PublicationMixin, VersionedForm):
    """The form of a post, with its tags and authors in their order. It shows the pending version, if there is one."""

    pending_version = VersionField(required=False, widget=forms.HiddenInput)
    """The version of the pending version that the form was made from; 0 for none."""

    author_list = chooser(
        "authors", help_text=_("In the order of the byline. Remove and choose somebody again to move them to the end.")
    )
    tag_list = tag_chooser()
    series = series_chooser()
    reason = forms.CharField(
        label=_("Note for the history"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("What you changed, in a few words."),
    )

    user = None
    """The user who edits; set by the admin."""
    amends = False
    """Whether the stored version was saved automatically by the same user, so that the history needs this one alone."""
    shows_pending = True
    """Whether the form has the pending version of the post, if there is one, in place of what readers see."""
    cannot_wait: Sequence[str] = ()
    """The labels of the changed fields because of which the changes were not kept for later."""

    class Meta:
        widgets = {
            "summary": PlainTextarea(attrs={"rows": 3}),
            "body": PlainTextarea(attrs={"rows": 30, "class": "vLargeTextField body-text"}),
            "seo_description": PlainTextarea(attrs={"rows": 2}),
        }
        help_texts = {"body": _("In Markdown. “Preview” at the top of the page shows the text as it was last saved.")}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.pending = self.instance.pending if self.instance.pk and self.shows_pending else None
        if self.pending:
            self.initial |= {**self.pending.changes, "reason": self.pending.reason}
        if "body" in self.fields:
            self.fields["body"].strip = False  # Leading spaces are significant in Markdown.
        for name in {"title", "summary"} & {*self.fields}:  # Their labels are not shown on the writing page.
            self.fields[name].widget.attrs["placeholder"] = self.fields[name].label
        if self.instance.pk:
            self.initial["tag_list"] = list(self.instance.tags.all())
            self.initial["author_list"] = self.instance.ordered_authors
            self._hide_unknown_original()
            self._show_no_stand_in()
        for name, model in (("tag_list", "tag"), ("author_list", "author"), ("series", "series")):
            if name in self.fields:
                may_add = bool(self.user and self.user.has_perm(f"posts.add_{model}"))
                self.fields[name].widget.can_add_related = may_add
                if name != "author_list":
                    self.fields[name].allow_new(may_add)

    def _hide_unknown_original(self) -> None:
        """Show no original that the user may not know of. Unless they choose another one, it stays: nothing changed."""
        original = self.instance.translation_of_id
        if original and not Post.objects.known_to(self.user).filter(pk=original).exists():
            self.initial["translation_of"] = None

    def _show_no_stand_in(self) -> None:
        """Show an untitled draft without a title, which it may go on to lack until it is published."""
        if "title" in self.fields and untitled.is_untitled(self.instance):
            self.initial["title"] = ""
            self.fields["title"].required = False
            self.fields["title"].widget.attrs["placeholder"] = self.instance.title
            self.stand_in = self.instance.title

    stand_in = ""
    """The title of an untitled draft."""

    @property
    def made_slug(self) -> str:
        """The slug of a draft if it was made from its title, and was never public; else ""."""
        post = self.instance
        is_open = post.pk and post.status == Post.Status.DRAFT and not post.address_was_public
        stored = self.initial.get("slug", "")
        return stored if is_open and services.is_made_from_title(stored, post) else ""

    def clean_title(self) -> str:
        """Keep the stand-in of an untitled draft; refuse to publish it."""
        title = self.cleaned_data["title"]
        if title or not self.stand_in:
            return title
        if STATUS_BY_BUTTON.get(self.button) == Post.Status.PUBLISHED:
            raise forms.ValidationError(_("A post is published under a title. Type one."))
        return self.stand_in

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
        """Set the date of publication to now if a post is published without one; refuse to keep what cannot wait."""
        cleaned = super().clean()
        if self.button == LATER and not self.is_stale and not self.is_repeated:
            self._check_waits()
        dateless = not cleaned.get("published_at") and "published_at" not in self.errors
        if cleaned.get("status") == Post.Status.PUBLISHED and dateless:
            cleaned["published_at"] = timezone.now()
        return cleaned

    def _check_waits(self) -> None:
        self.cannot_wait = [str(self.fields[name].label) for name in self.changed_at_once]
        if self.cannot_wait:
            message = _(
                "This cannot wait, because it says where and when the post stands: %(fields)s. Nothing was saved, and "
                "what you typed is here. Press “These now, the rest later” to change that at once and keep the rest for "
                "later, or put it back as it was."
            )
            self.add_error(None, forms.ValidationError(message % {"fields": ", ".join(self.cannot_wait)}))

    def values(self, changed: list[str] | None = None) -> dict[str, Any]:
        """Return the arguments of `services.create_post` and `services.update_post`."""
        values = super().values(changed)
        if "tag_list" in values:
            values["tag_list"] = save_new(values["tag_list"], by=self.user)
        if "series" in values:
            values["series"] = save_new_series(values["series"], by=self.user)
        how = {"reason": self.cleaned_data["reason"]} | ({"amends": True} if self.amends else {})
        return how | {ARGUMENTS.get(name, name): values[name] for name in values}

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields that differ from the stored row. A slug that is left to be made from the same title is none."""
        names = super().changed_data
        is_same = "title" not in names and bool(self.made_slug) and self.is_defaulted("slug")
        return [name for name in names if not (is_same and name == "slug")]

    @property
    def changed(self) -> list[str]:
        """The fields that differ from the stored post; the note for the history does not count.

        What waits differs from it, too, even if the form changes nothing.
        """
        waiting = self.pending.changes if self.pending else ()
        return list(dict.fromkeys([*self.changed_here, *waiting]))

    @property
    def changed_here(self) -> list[str]:
        """The fields that differ from what the form showed at first."""
        return [name for name in super().changed if name != "reason"]

    @property
    def changed_at_once(self) -> list[str]:
        """Those of them whose changes cannot wait."""
        return [name for name in self.changed_here if name not in WAITING_FIELDS]

    @property
    def waiting_values(self) -> dict[str, Any]:
        """The fields whose changes can wait."""
        return {name: self.cleaned_data[name] for name in WAITING_FIELDS if name in self.cleaned_data}

    def is_made_from(self, row: Post) -> bool:
        """Return whether the form was made from this version of the post, and from its pending version."""
        return super().is_made_from(row) and self.is_made_from_pending(row)

    def is_made_from_pending(self, row: Post) -> bool:
        """Return whether the form was made from the pending version of the post that there is now, or from none."""
        return (self.cleaned_data.get("pending_version") or 0) == (row.pending.version if row.pending else 0)

    def is_defaulted(self, name: str) -> bool:
        """Return whether the field was left empty and saving assigns a default to it."""
        value = self[name].value() if name in DEFAULTED_FIELDS else True
        return not (any(value) if isinstance(value, list) else value)

    def is_stored_already(self) -> bool:
        """Return whether the newest version, or what waits, is by this user and has the content of this form."""
        if self.button in KEEPING and self.pending:
            return not self.changed_here and self.pending.written_by_id == self.user.pk
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
    """The tags that are added to several posts or taken from them. Who may make tags can add new ones by typing them."""

    tag_list = tag_chooser()

    def __init__(self, user, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tag_list"]
        field.widget.can_add_related = False  # No link beside the field: a typed name is enough.
        field.widget.widget.placeholder = _("Tags")
        field.allow_new(user.has_perm("posts.add_tag"))

    def clean_tag_list(self) -> list[Tag]:
        """Refuse an empty choice. The field itself takes new names for none."""
        if not self.cleaned_data["tag_list"]:
            raise forms.ValidationError(_("Choose a tag, or type its name."))
        return self.cleaned_data["tag_list"]
