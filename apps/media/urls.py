"""The resource of images, for the API's URLconf."""

from __future__ import annotations

from collections.abc import Collection

from rest_framework.routers import BaseRouter

from apps.api.viewsets import compose
from blog_project.roles import Role

from .viewsets import RESOURCES


def register(router: BaseRouter, roles: Collection[Role]) -> None:
    """Put images, as a process of these roles serves them, on the router."""
    for base, operations in RESOURCES.items():
        router.register(base.resource, compose(base, operations, roles), basename=base.resource)
