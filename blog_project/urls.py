"""The routes of a process, by its roles."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import import_module

from django.conf import settings
from django.urls import URLPattern, URLResolver, re_path

from apps.server import error_pages

from . import roles

GROUPS = {
    "docs": ("apps.api.urls.docs_urls",),
    "api": (
        "apps.posts.urls.resource_urls",
        "apps.comments.urls.resource_urls",
        "apps.media.urls.resource_urls",
        "apps.api.urls.shared_urls",
        "apps.api.urls.other_urls",
    ),
    "admin": ("apps.editor.urls.admin_urls", "apps.frontend.urls.preview_urls"),
    "pages": ("apps.frontend.urls.page_urls",),
}
"""The functions that return the routes of each group for given roles. They are imported only if they are mounted.

The order matters: the last function of the API returns 404 for the rest of its prefix."""


def urls_of(group: str, mounted_roles: Collection[roles.Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of a group in a process of these roles."""
    patterns: list[URLPattern | URLResolver] = []
    for path in GROUPS[group]:
        module, function = path.rsplit(".", 1)
        patterns += getattr(import_module(module), function)(mounted_roles)
    return patterns


def urlpatterns_for(mounted_roles: Iterable[roles.Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of a process of these roles, with a 421 for the prefixes of other roles."""
    mounted_roles = frozenset(mounted_roles)
    groups, foreign = roles.mounts(mounted_roles)
    # Foreign prefixes come first, because a page's pattern would match /admin/ as a slug. The root comes last.
    misdirected = [(prefix, re_path(f"^{roles.pattern(prefix)}", error_pages.misdirected)) for prefix in foreign]
    patterns: list[URLPattern | URLResolver] = [pattern for prefix, pattern in misdirected if prefix != "/"]
    for group in GROUPS:
        if group in groups:
            patterns += urls_of(group, mounted_roles)
    return patterns + [pattern for prefix, pattern in misdirected if prefix == "/"]


urlpatterns = urlpatterns_for(settings.ROLES)

handler400 = error_pages.bad_request
handler403 = error_pages.permission_denied
handler404 = error_pages.not_found
handler500 = error_pages.server_error
