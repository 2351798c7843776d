"""Settings of the site that are shown in a preview before they are saved. They are kept in the session of who tries them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from blog_project import addresses

from . import models, theme
from .models import Current, Link, Site

_SETTINGS, _STYLESHEET = "site_preview", "stylesheet_preview"
_LINK = ("menu", "label", "address", "position")
THEME = f"{addresses.SITE_PREVIEW}theme.css"


def keep(request: HttpRequest, site: Site, links: Iterable[Link]) -> None:
    """Keep settings and links that are not saved, for the previews of this session."""
    values = {name: getattr(site, name) for name in models.FIELDS}
    request.session[_SETTINGS] = {
        "values": values,
        "links": [[getattr(link, name) for name in _LINK] for link in links],
    }


def keep_stylesheet(request: HttpRequest, css: str) -> None:
    """Keep a stylesheet that is not saved, for the previews of this session."""
    request.session[_STYLESHEET] = css


def forget(request: HttpRequest) -> None:
    """Forget what was kept, so that a preview shows what is stored."""
    for key in (_SETTINGS, _STYLESHEET):
        request.session.pop(key, None)


def current(request: HttpRequest) -> Current:
    """Return the settings of the preview: what was kept and otherwise what is stored, with the theme of the preview."""
    kept: dict[str, Any] | None = request.session.get(_SETTINGS)
    if kept is None:
        shown = models.current()
    else:
        links = [Link(**dict(zip(_LINK, values, strict=True))) for values in kept["links"]]
        # Another release, which has other settings, may have kept them.
        known = {name: value for name, value in kept["values"].items() if name in models.FIELDS}
        shown = models.as_shown(Site(**known), links)
    css = stylesheet(request)
    has_theme = bool(shown.accent or css)
    # The query makes browsers load it again after each change.
    return shown._replace(theme=f"{THEME}?{theme.digest(shown.accent, css)}" if has_theme else "")


def stylesheet(request: HttpRequest) -> str:
    """Return the stylesheet of the preview: what was kept, or else what is stored."""
    kept = request.session.get(_STYLESHEET)
    return models.stored_stylesheet() if kept is None else kept


def address(chosen: Mapping[str, str]) -> str:
    """Return the address of the preview that a form asks for by `show` and `shown_scheme`."""
    query = {name: chosen[name] for name in ("show", "shown_scheme") if chosen.get(name)}
    return f"{addresses.SITE_PREVIEW}?{urlencode(query)}" if query else addresses.SITE_PREVIEW
