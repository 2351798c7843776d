"""Writing the site's settings."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core import content_state
from apps.core.transactions import check_text, set_fields, write_atomically
from apps.core.versioned import StaleVersion

from .models import MAX_LINKS, ONLY, Link, Site

__all__ = ["StaleVersion", "stored_site", "update_site"]


def stored_site() -> Site:
    """Return the one row, made where there is none yet."""
    return Site.objects.get_or_create(pk=ONLY)[0]


def update_site(site: Site, *, by=None, expected_version: int, links: Sequence[Link] | None = None, **fields) -> Site:
    """Change the settings as they were at `expected_version`; `links`, where given, replace those of all menus.

    Raises ValidationError for bad values and StaleVersion where somebody changed them meanwhile; then nothing was
    written. `by` is the user who does it; the admin's log says so.
    """
    set_fields(site, fields)
    check_text(site)
    site.clean_fields()
    new_links = None if links is None else _checked(links)

    def write() -> None:
        site.save_version(expected_version)
        if new_links is not None:
            site.links.all().delete()
            Link.objects.bulk_create(
                Link(site=site, menu=link.menu, label=link.label, address=link.address, position=link.position)
                for link in new_links
            )
        content_state.bump()

    write_atomically(write)
    return site


def _checked(links: Sequence[Link]) -> list[Link]:
    if len(links) > MAX_LINKS:
        raise ValidationError(_("The menus can have at most %s links.") % MAX_LINKS)
    for link in links:
        check_text(link)
        link.clean_fields(exclude=["site"])
    return list(links)
