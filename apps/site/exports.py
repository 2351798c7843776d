"""The settings of the site in an export, and from one: names and values of what differs from a site as it begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from . import models, services
from .models import Link, Site

LINKS, STYLESHEET = "links", "stylesheet"
_LINK = ("menu", "label", "address")
_SETTINGS = tuple(name for name in models.FIELDS if name != "stylesheet_digest")


def exported() -> dict[str, Any]:
    """Return the settings that differ from their defaults, with the links of the menus and the own stylesheet."""
    site = Site.objects.filter(pk=models.SINGLETON_PK).first() or Site()
    values = {name: getattr(site, name) for name in _SETTINGS}
    links = [{name: getattr(link, name) for name in _LINK} for link in site.links.all()] if site.pk else []
    found = {name: value for name, value in values.items() if value != Site._meta.get_field(name).get_default()}
    return found | {
        name: value for name, value in ((LINKS, links), (STYLESHEET, services.stored_stylesheet())) if value
    }


def is_untouched() -> bool:
    """Return whether nobody has changed the settings yet."""
    return not Site.objects.exclude(version=1).exists() and not Link.objects.exists()


def restore(values: Mapping[str, Any]) -> None:
    """Set the settings, links and stylesheet of an export. Raises ValidationError; then nothing of that part is set.

    Names that this release does not know are passed over: the export may be from a newer one.
    """
    links = [_link(position, row) for position, row in enumerate(values.get(LINKS) or [])]
    fields = {name: _value(name, values[name]) for name in _SETTINGS if name in values}
    site = services.stored_site()
    site = services.update_site(site, expected_version=site.version, links=links, **fields)
    services.set_stylesheet(site, str(values.get(STYLESHEET) or ""), expected_version=site.version)


def _link(position: int, row: Any) -> Link:
    if not isinstance(row, Mapping):
        raise ValidationError(_("An entry of a menu has a menu, a label and an address."))
    return Link(position=position, **{name: str(row.get(name) or "") for name in _LINK})


def _value(name: str, value: Any) -> Any:
    return Site._meta.get_field(name).to_python(value)
