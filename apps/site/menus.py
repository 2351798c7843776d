"""The entries of the site's navigation as long as it has none of its own."""

from __future__ import annotations

from django.utils.translation import gettext as _

from blog_project import addresses

from .models import Entry


def default_header() -> tuple[Entry, ...]:
    """Return the default entries of the navigation, in the active language."""
    return (
        Entry(_("Front page"), addresses.HOME),
        Entry(_("Archive"), addresses.ARCHIVE),
        Entry(_("Tags"), addresses.TAGS),
        Entry(_("Feed"), addresses.FEED),
    )
