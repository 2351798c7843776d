"""The resource of comments, for the API's URLconf."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import URLPattern, path
from rest_framework.routers import BaseRouter

from apps.api.viewsets import compose
from blog_project import addresses
from blog_project.roles import Role

from .unsubscribe import unsubscribe_view
from .viewsets import RESOURCES


def register(router: BaseRouter, roles: Collection[Role]) -> None:
    """Put comments, as a process of these roles serves them, on the router."""
    for base, operations in RESOURCES.items():
        router.register(base.resource, compose(base, operations, roles), basename=base.resource)


def mail_urls(roles: Collection[Role]) -> list[URLPattern]:
    """Return the route of the page that ends mails."""
    return [path(f"{addresses.api('comments')[1:]}unsubscribe/<str:token>/", unsubscribe_view(roles))]
