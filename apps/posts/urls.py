"""The resources of the blog, for the API's URLconf."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import URLPattern, URLResolver

from apps.api.urls import routes
from blog_project.roles import Role

from .viewsets import RESOURCES


def resource_urls(roles: Collection[Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of posts, tags, authors and series in a process with these roles."""
    return routes(RESOURCES, roles)
