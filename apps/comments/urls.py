"""The API routes of comments."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import URLPattern, URLResolver, path

from apps.api.urls import routes
from blog_project import addresses
from blog_project.roles import Role

from .unsubscribe import unsubscribe_view
from .viewsets import RESOURCES


def resource_urls(roles: Collection[Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of comments and of the unsubscribe page for a process with these roles."""
    unsubscribe = path(f"{addresses.api('comments')[1:]}unsubscribe/<str:token>/", unsubscribe_view(roles))
    return [*routes(RESOURCES, roles), unsubscribe]
