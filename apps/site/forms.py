"""The forms of the site's settings and of the entries of its menus."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from apps.core.admin.forms import VersionedForm

from . import colours, languages, menus
from .models import Entry, Link, current

MOVE = "_move"
"""The name of the buttons that move an entry of a menu without JavaScript; such as `links-3:up`."""
_LAST = 1000
"""The position of a new entry."""


class AccentUse(NamedTuple):
    """What is used of a chosen colour in one scheme."""

    colour: str
    paper: str
    words: str


def accent_words(chosen: str) -> list[AccentUse]:
    """Return what is used of a colour on light and on dark paper, with its contrast; nothing if it is no colour."""
    if not colours.HEX.fullmatch(chosen):
        return []
    used, contrasts = colours.accent(chosen), colours.contrasts(chosen)
    papers = (_("on light paper"), colours.LIGHT_PAPERS[0]), (_("on dark paper"), colours.DARK_PAPERS[0])
    return [
        AccentUse(colour, ground, _use_in_words(name, chosen, colour, contrast))
        for (name, ground), colour, contrast in zip(papers, used, contrasts, strict=True)
    ]


def _use_in_words(paper: str, chosen: str, used: str, contrast: str) -> str:
    values = {"paper": paper, "used": used, "contrast": contrast, "enough": colours.ENOUGH}
    if used == chosen:
        return _("%(used)s %(paper)s, with a contrast of %(contrast)s.") % values
    return (
        _("%(used)s %(paper)s: your colour has a contrast of %(contrast)s there, and text needs %(enough)s.") % values
    )


class ColourInput(forms.TextInput):
    """The field of a colour, which may be typed in capitals or without its `#`."""

    def value_from_datadict(self, data, files, name: str) -> str | None:
        """Return the submitted colour as it is stored."""
        typed = (super().value_from_datadict(data, files, name) or "").strip().lower()
        return f"#{typed}" if typed and not typed.startswith("#") else typed


class LanguageInput(forms.Select):
    """A choice of the languages that the interface has, with a field for the tag of any other one."""

    OTHER = "other"
    template_name = "admin/site/language.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.choices = _languages

    def value_from_datadict(self, data, files, name: str) -> str | None:
        """Return the chosen tag, or the one that was typed."""
        chosen = super().value_from_datadict(data, files, name)
        return str(data.get(f"{name}_other") or "").strip() if chosen == self.OTHER else chosen

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Choose the language or, for one that is not offered, the last choice, beside which its tag stands."""
        is_offered = not value or value in dict(self.choices)
        context = super().get_context(name, value if is_offered else self.OTHER, attrs)
        context["widget"]["other"] = "" if is_offered else value
        return context


def _languages() -> list[tuple[str, str]]:
    spoken = [code for code, _name in settings.LANGUAGES if languages.has_catalogue(code) and "-" not in code]
    names = [(code, get_language_info(code)["name_local"].capitalize()) for code in spoken]
    code = settings.LANGUAGE_CODE
    as_set = _("As the server is set: %s") % dict(names).get(code.partition("-")[0], code)
    return [("", as_set), *names, (LanguageInput.OTHER, _("Another language …"))]


class SiteForm(VersionedForm):
    """The settings of the site."""

    has_other_links = False
    """Whether the links of the menus were saved with it; set by the admin."""

    class Meta:
        widgets = {
            "accent": ColourInput(
                attrs={"list": "accent-presets", "placeholder": colours.PRESETS[0], "autocomplete": "off"}
            ),
            "logo": forms.TextInput(attrs={"class": "vTextField picture-address"}),
            "logo_dark": forms.TextInput(attrs={"class": "vTextField picture-address"}),
            "language": LanguageInput,
            "share_image": forms.TextInput(attrs={"class": "vTextField picture-address"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What stands there while a field is empty.
        shown = {"name": settings.SITE_NAME, "tagline": settings.SITE_TAGLINE}
        shown["footer_text"] = ". ".join(filter(None, [current().name, current().tagline]))
        for name in shown.keys() & self.fields.keys():
            self.fields[name].widget.attrs["placeholder"] = shown[name]


class LinkForm(forms.ModelForm):
    """An entry of a menu. One that has neither words nor an address is none."""

    class Meta:
        widgets = {"menu": forms.HiddenInput, "position": forms.HiddenInput}
        labels = {"label": gettext_lazy("Text")}

    def has_changed(self) -> bool:
        """Return whether somebody has typed something: menu and position are always there."""
        return any(str(self[name].value() or "").strip() for name in ("label", "address"))


class LinkFormSet(forms.BaseInlineFormSet):
    """All entries of the menus. Submitted ones replace the stored ones, so one that was deleted meanwhile is no error.

    The navigation is shown as readers see it: without entries of its own it has the default ones.
    """

    def __init__(self, data=None, files=None, instance=None, **kwargs: Any) -> None:
        if data is None:
            kwargs["initial"] = self._more_entries(instance)
            self.extra = len(kwargs["initial"])
        super().__init__(data, files, instance, **kwargs)

    @staticmethod
    def _more_entries(site) -> list[dict[str, Any]]:
        """Return what the form has besides the stored entries: the default ones, and an empty one for each menu."""
        stored = {link.menu for link in site.links.all()} if site and site.pk else set()
        shown = [] if Link.Menu.HEADER in stored else _default_header()
        entries = [
            {"menu": Link.Menu.HEADER.value, "label": entry.label, "address": entry.address, "position": position}
            for position, entry in enumerate(shown)
        ]
        return entries + [{"menu": menu, "position": _LAST} for menu in Link.Menu.values]

    def initial_form_count(self) -> int:
        """Treat every submitted link as a new one."""
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Replace the field of the primary key, so that a submitted key is not validated."""
        super().add_fields(form, index)
        if self.is_bound:
            form.fields["id"] = forms.CharField(required=False, widget=forms.HiddenInput)

    def links(self) -> list[Link]:
        """Return the submitted entries that are not to be deleted; default ones that nobody has changed are none."""
        forms = [form for form in self.forms if form.has_changed() and form not in self.deleted_forms]
        links = [form.instance for form in forms]
        header = sorted((link for link in links if link.menu == Link.Menu.HEADER), key=lambda link: link.position)
        stored = self.instance.links.filter(menu=Link.Menu.HEADER).exists()
        if not stored and [Entry(link.label, link.address) for link in header] == list(_default_header()):
            return [link for link in links if link.menu != Link.Menu.HEADER]
        return links

    @property
    def menus(self) -> list[dict[str, Any]]:
        """The menus, each with its value, its label, what it is, and its forms in the order of their positions."""
        about = {
            Link.Menu.HEADER: _(
                "At the top of each page. Without entries of your own, readers see the four that every site begins with."
            ),
            Link.Menu.FOOTER: _("At the foot of each page: an imprint, for example, or your privacy policy."),
            Link.Menu.SOCIAL: _(
                "Links to you on Mastodon and other sites, which can check by them that these profiles are yours."
            ),
        }
        return [
            {"value": menu.value, "label": menu.label, "about": about[menu], "forms": self._forms_of(menu)}
            for menu in Link.Menu
        ]

    def _forms_of(self, menu: Link.Menu) -> list[forms.ModelForm]:
        found = [form for form in self.forms if form["menu"].value() == menu.value]
        return sorted(found, key=lambda form: _number(form["position"].value()))


def _default_header() -> tuple[Entry, ...]:
    with languages.activated(site=current()):
        return menus.default_header()


def moved(fields: QueryDict) -> QueryDict:
    """Return submitted fields with the entry that the button `MOVE` names one place up or down in its menu."""
    fields = fields.copy()
    name, _colon, direction = fields.pop(MOVE)[-1].partition(":")
    rows = [f"links-{number}" for number in range(min(_number(fields.get("links-TOTAL_FORMS")), 1000))]
    menu = fields.get(f"{name}-menu")
    places = [
        row
        for row in sorted(rows, key=lambda row: _number(fields.get(f"{row}-position")))
        if fields.get(f"{row}-menu") == menu and (fields.get(f"{row}-label") or fields.get(f"{row}-address"))
    ]
    if name in places:
        here = places.index(name)
        there = min(max(here + (-1 if direction == "up" else 1), 0), len(places) - 1)
        places[here], places[there] = places[there], places[here]
    for position, row in enumerate(places):
        fields[f"{row}-position"] = str(position)
    return fields


def _number(value: Any) -> int:
    return int(value) if str(value).isascii() and str(value).isdecimal() and len(str(value)) < 6 else _LAST
