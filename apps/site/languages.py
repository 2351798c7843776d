"""The language of the interface on a page: the post's if there is a translation for it, otherwise the site's.

It depends only on the page's address, not on headers or cookies, so that a cached page is valid for all readers.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import override, to_locale
from django.utils.translation.trans_real import check_for_language

from . import models

SOURCE = "en"
"""The language of the message ids, which needs no catalogue."""


def activated(language: str = "", site: models.Current | None = None) -> AbstractContextManager:
    """Return a context manager that activates the interface language of a page in `language`.

    `language` is a post's, or empty for other pages. `site` are the settings, which are otherwise the last known ones.
    """
    return override(interface_language(language, site or models.last_known()))


def interface_language(language: str, site: models.Current) -> str:
    """Return the language of the interface for a text in `language` (empty for the site's)."""
    if language and has_catalogue(language):
        return language
    # The site's language is used even without a catalogue of ours if Django has one: then its dates and some texts
    # are translated.
    return site.language if has_catalogue(site.language) or check_for_language(_base(site.language)) else SOURCE


@cache
def has_catalogue(language: str) -> bool:
    """Return whether the interface has a catalogue for a language or its base language (`de` for `de-AT`)."""
    if _base(language) == SOURCE:
        return True
    parts = to_locale(language).split("_")
    names = {"_".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return any(
        (Path(folder) / name / "LC_MESSAGES" / "django.mo").is_file()
        for folder in settings.LOCALE_PATHS
        for name in names
    )


def _base(language: str) -> str:
    return language.split("-")[0].lower()
