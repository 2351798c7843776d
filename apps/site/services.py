"""Reading and changing the row of the site's settings."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core import content_state
from apps.core.transactions import check_text, column_values, set_fields, write_atomically
from apps.core.versioned import StaleVersion

from . import stylesheets
from .models import MAX_LINKS, SINGLETON_PK, Link, Site, Stylesheet, stored_stylesheet

__all__ = ["StaleVersion", "set_stylesheet", "stored_site", "stored_stylesheet", "update_site"]


def stored_site() -> Site:
    """Return the row; create it if it does not exist yet."""
    return Site.objects.get_or_create(pk=SINGLETON_PK)[0]


def update_site(site: Site, *, by=None, expected_version: int, links: Sequence[Link] | None = None, **fields) -> Site:
    """Change the settings, which are at `expected_version`. `links` replace those of all menus; None keeps them.

    A call that changes nothing writes nothing.

    Raises ValidationError for invalid values, and StaleVersion if the settings have changed meanwhile; in both cases
    nothing has been written. `by` is the user who changes them; it is not stored here, but in the admin's log.
    """
    before = column_values(site)
    set_fields(site, fields)
    check_text(site)
    site.clean_fields()
    new_links = None if links is None else _validated(links)
    is_same = new_links is None or list(map(_link_values, site.links.all())) == list(map(_link_values, new_links))
    if is_same and column_values(site) == before and site.version == expected_version:
        return site

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


def set_stylesheet(site: Site, css: str, *, by=None, expected_version: int) -> Site:
    """Replace the site's own stylesheet, or remove it if `css` is empty. The site is at `expected_version`.

    Raises ValidationError for a stylesheet with errors or with what is not allowed (`stylesheets`), and StaleVersion.
    `by` is the user who changes it; it is not stored here, but in the admin's log.
    """
    css = css.replace("\r\n", "\n").strip()
    stylesheets.check(css)
    digest = sha256(css.encode()).hexdigest() if css else ""
    if digest == site.stylesheet_digest and site.version == expected_version:
        return site

    def write() -> None:
        site.stylesheet_digest = digest
        site.save_version(expected_version, update_fields=["stylesheet_digest"])
        Stylesheet.objects.filter(site=site).delete()
        if css:
            Stylesheet.objects.create(site=site, css=css)
        content_state.bump()

    write_atomically(write)
    return site


def _link_values(link: Link) -> tuple:
    return link.menu, link.label, link.address, link.position


def _validated(links: Sequence[Link]) -> list[Link]:
    if len(links) > MAX_LINKS:
        raise ValidationError(_("The menus can have at most %s links.") % MAX_LINKS)
    for link in links:
        check_text(link)
        link.clean_fields(exclude=["site"])
    return list(links)
