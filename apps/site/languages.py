"""Which language a page speaks: its post's where we have the words for it, else the site's.

That follows from the page's address alone and from no header or cookie, so that a cached page is right for everybody.
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
"""The language that the interface is written in: it needs no catalogue."""


def speaking(language: str = "", site: models.Current | None = None) -> AbstractContextManager:
    """Return a context in which the interface speaks as it does on a page of this language.

    `language` is a post's, or empty for pages of the site; `site` the settings, where they are at hand.
    """
    return override(spoken(language, site or models.known()))


def spoken(language: str, site: models.Current) -> str:
    """Return the language of the interface where the text is in `language` ("" for the site's own)."""
    if language and has_words(language):
        return language
    # What the owner chose stays, even without words of ours: its dates and those of Django's words are better than
    # none. But a language that Django does not know has nothing at all.
    return site.language if has_words(site.language) or check_for_language(_base(site.language)) else SOURCE


@cache
def has_words(language: str) -> bool:
    """Tell whether there is a catalogue of the interface for a language, or for the one that it is a variant of."""
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
