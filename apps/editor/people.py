"""The forms about people: an invitation, what the invited choose, and one's own profile."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from apps.accounts import preferences, time_zones
from apps.core.text import comparison_key
from apps.posts.models import Author, validate_profile_links
from apps.site import languages

from . import invitations

PUBLIC_FIELDS = ("name", "bio", "website", "links")
"""The fields of the profile that readers see."""
PREFERENCES = ("mails_about_posts", "language", "time_zone")
_REGIONS = tuple(
    f"{name}/" for name in "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()
)
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
    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect)

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
        self.fields["username"].help_text = _("You log in with it.")
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
    links = forms.CharField(
        label=gettext_lazy("Where else to find you"),
        required=False,
        max_length=Author._meta.get_field("links").max_length,
        widget=forms.Textarea({"rows": 3}),
        validators=[validate_profile_links],
        help_text=gettext_lazy("Addresses of pages, such as https://social.example/@you, one per line."),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        help_text=gettext_lazy("Never shown. A link for a new password, and news of your account, are mailed there."),
    )
    mails_about_posts = forms.BooleanField(
        label=gettext_lazy("Mail me about posts"),
        required=False,
        help_text=gettext_lazy(
            "When somebody asks you for a review, assigns a post to you, leaves a note on a post of yours or answers "
            "yours, sends your post back or publishes it."
        ),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the desk"),
        required=False,
        help_text=gettext_lazy("And of mails to you. Readers see your posts in the language that you write them in."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("In which you read and type dates here."),
    )

    def __init__(self, *args: Any, user: User, author: Author | None, **kwargs: Any) -> None:
        own = {"name": user.first_name or user.username, "email": user.email}
        if author:
            own |= {name: getattr(author, name) for name in PUBLIC_FIELDS}
        chosen = preferences.of(user)
        own |= {name: getattr(chosen, name) for name in PREFERENCES}
        super().__init__(*args, initial=own, **kwargs)
        self.user, self.author = user, author
        self.fields["language"].choices = _languages()
        self.fields["time_zone"].choices = [("", _("As set in the browser")), *((name, name) for name in _time_zones())]
        if author is None:
            for name in PUBLIC_FIELDS[1:]:
                del self.fields[name]
            self.fields["name"].help_text = ""

    def clean_links(self) -> str:
        """Return the addresses, with a line for each."""
        return "\n".join(self.cleaned_data["links"].split())

    def clean_name(self) -> str:
        """Refuse the name of another person's author."""
        return _free_name(self.cleaned_data["name"], self.author)

    def clean_email(self) -> str:
        """Refuse the address of somebody else's account."""
        email = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exclude(pk=self.user.pk).exists():
            raise forms.ValidationError(_("Somebody with this address has an account already."))
        return email


def _languages() -> list[tuple[str, str]]:
    """Return the languages that the desk speaks, each in its own words."""
    spoken = [code for code, _name in settings.LANGUAGES if languages.has_catalogue(code)]
    names = {code: get_language_info(code)["name_local"].capitalize() for code in spoken}
    default = names.get(settings.LANGUAGE_CODE, settings.LANGUAGE_CODE)
    return [("", _("As set for the site: %s") % default), *sorted(names.items())]


def _time_zones() -> list[str]:
    """Return the names of the time zones of places, and UTC."""
    return sorted(name for name in time_zones.names() if name == "UTC" or name.startswith(_REGIONS))


def _free_name(name: str, own: Author | None) -> str:
    """Return a name without needless spaces. Raises ValidationError if it looks like that of another person's author."""
    name = " ".join(name.split())
    others = Author.objects.filter(user__isnull=False).exclude(pk=own.pk if own else None)
    if comparison_key(name) in map(comparison_key, others.values_list("name", flat=True)):
        raise forms.ValidationError(_("Somebody here has this name already."))
    return name
