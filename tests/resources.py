"""The resources of the API, as the apps declare them."""

from __future__ import annotations

from importlib import import_module

from apps.api.viewsets import Operations
from blog_project.urls import GROUPS


def declared() -> dict[type, Operations]:
    """Return the viewsets of each operation by the base class of each resource, of all apps with resources."""
    apps = [path.removesuffix(".urls.resource_urls") for path in GROUPS["api"] if path.endswith(".resource_urls")]
    return {base: viewsets for app in apps for base, viewsets in import_module(f"{app}.viewsets").RESOURCES.items()}


RESOURCES = declared()
NAMES = [base.resource for base in RESOURCES]
"""The names of the collections in URLs, such as `posts`."""
