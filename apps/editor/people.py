"""The forms about people: an invitation, what the invited choose, and one's own profile."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.text import comparison_key
from apps.posts.models import Author

from . import invitations

NAME_LIMIT = Author._meta.get_field("name").max_length


class InvitationForm(forms.Form):
    """Whom to invite, and as what. The person and their public author are one."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LIMIT,
        help_text=gettext_lazy(
            "As readers see it. If an author of this name has no account yet, the author is theirs."
        ),
    )
    role = forms.ChoiceField(label=gettext_lazy("They are"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, inviter: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = choices = invitations.roles_for(inviter)
        self.fields["role"].initial = choices[0][0] if choices else None

    def clean_email(self) -> str:
        """Refuse the address of somebody who has an account."""
        email = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody with this address has an account already."))
        return email

    def clean_name(self) -> str:
        """Refuse the name of another person's author."""
        return _free_name(self.cleaned_data["name"], None)


class AcceptForm(SetPasswordForm):
    """What the invited choose: how they log in, how readers see them, and a password."""

    username = forms.CharField(label=gettext_lazy("User name"), max_length=150)
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=NAME_LIMIT, help_text=gettext_lazy("As readers see it.")
    )
    field_order = ("name", "username", "new_password1", "new_password2")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        author = Author.objects.filter(user=user).first()
        initial = {"username": user.username, "name": author.name if author else user.first_name}
        super().__init__(user, *args, initial=initial, **kwargs)
        self.author = author
        username = User._meta.get_field("username")
        self.fields["username"].validators += username.validators
        self.fields["username"].help_text = _("To log in with.")
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}

    def clean_username(self) -> str:
        """Refuse a name that somebody has."""
        username = User.normalize_username(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exclude(pk=self.user.pk).exists():
            raise forms.ValidationError(_("Somebody has this user name already. Choose another."))
        self.user.username = username
        return username

    def clean_name(self) -> str:
        """Refuse the name of another person's author."""
        return _free_name(self.cleaned_data["name"], self.author)


class ProfileForm(forms.Form):
    """One's own account and, for who has one, one's public author."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=NAME_LIMIT, help_text=gettext_lazy("As readers see it.")
    )
    bio = forms.CharField(
        label=gettext_lazy("About you"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("A few sentences, on the page of your posts."),
    )
    website = forms.URLField(label=gettext_lazy("Your website"), required=False, assume_scheme="https")
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        help_text=gettext_lazy("Never shown. A link for a new password, and news of your account, are mailed there."),
    )

    def __init__(self, *args: Any, user: User, author: Author | None, **kwargs: Any) -> None:
        own = {"name": user.first_name or user.username, "email": user.email}
        if author:
            own |= {"name": author.name, "bio": author.bio, "website": author.website}
        super().__init__(*args, initial=own, **kwargs)
        self.user, self.author = user, author
        if author is None:
            del self.fields["bio"], self.fields["website"]
            self.fields["name"].help_text = ""

    def clean_name(self) -> str:
        """Refuse the name of another person's author."""
        return _free_name(self.cleaned_data["name"], self.author)

    def clean_email(self) -> str:
        """Refuse the address of somebody else's account."""
        email = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exclude(pk=self.user.pk).exists():
            raise forms.ValidationError(_("Somebody with this address has an account already."))
        return email


def _free_name(name: str, own: Author | None) -> str:
    """Return a name without needless spaces. Raises ValidationError if it looks like that of another person's author."""
    name = " ".join(name.split())
    others = Author.objects.filter(user__isnull=False).exclude(pk=own.pk if own else None)
    if comparison_key(name) in map(comparison_key, others.values_list("name", flat=True)):
        raise forms.ValidationError(_("Somebody here has this name already."))
    return name
