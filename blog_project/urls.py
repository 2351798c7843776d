"""The routes of a process, by its roles."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from django.conf import settings
from django.urls import URLPattern, URLResolver, re_path

from blog_project import errors, roles

GROUPS = {
    "docs": "apps.api.urls.docs_urls",
    "api": "apps.api.urls.api_urls",
    "admin": "blog_project.admin_urls.admin_urls",
    "pages": "apps.frontend.urls.page_urls",
}
"""Where each group of routes is made: a function of the process's roles. Imported only where it is mounted.

In this order: the API answers 404 for whatever is left of its prefix."""


def urlpatterns_for(mounted_roles: Iterable[roles.Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of a process of these roles: what it mounts, and 421 for the prefixes of others."""
    mounted_roles = frozenset(mounted_roles)
    groups, foreign = roles.mounts(mounted_roles)
    # Others' prefixes come first, or a page's pattern would take /admin/ for a slug; the root of all comes last.
    elsewhere = [(prefix, re_path(f"^{roles.pattern(prefix)}", errors.misdirected)) for prefix in foreign]
    patterns: list[URLPattern | URLResolver] = [pattern for prefix, pattern in elsewhere if prefix != "/"]
    for group, path in GROUPS.items():
        if group in groups:
            module, function = path.rsplit(".", 1)
            patterns += getattr(import_module(module), function)(mounted_roles)
    return patterns + [pattern for prefix, pattern in elsewhere if prefix == "/"]


urlpatterns = urlpatterns_for(settings.ROLES)

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
