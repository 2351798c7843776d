"""The routes of the API, depending on the roles of a process."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter, resolve
from django.urls.converters import IntConverter
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.routers import SimpleRouter

from apps.core import problems
from blog_project import addresses
from blog_project.roles import Role, gather, under

from .misdirected import Misdirected
from .viewsets import Operations, compose

DOCS = (addresses.API_SCHEMA, addresses.API_DOCS, addresses.API_PROBLEMS)
mounted_resources: dict[str, None] = {}
"""The names of the resources of this process, in the order of their routes."""
registered: dict[type, Operations] = {}
"""The viewset of each operation by the base class of each resource that has collections and members."""


class IdConverter(IntConverter):
    """An id without leading zeros, so that each object has one URL."""

    regex = "[1-9][0-9]*"


register_converter(IdConverter, "id")


def routes(resources: Mapping[type, Operations], roles: Collection[Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of an app's resources in a process of these roles."""
    router = SimpleRouter(use_regex_path=False)
    for base, operations in resources.items():
        mounted_resources[base.resource] = None
        registered[base] = operations
        router.register(base.resource, compose(base, operations, roles), basename=base.resource)
    return [path(addresses.API[1:], include(router.urls))]


def shared_urls(roles: Collection[Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of what is about all resources, in a process with these roles: to be mounted after theirs."""
    from . import batch, changes, me

    return [
        *routes(changes.RESOURCES, roles),
        _single(me.MeViewSetBase, me.OPERATIONS, {"get": "retrieve"}, roles),
        _single(batch.BatchViewSetBase, batch.OPERATIONS, batch.ACTIONS, roles),
    ]


def _single(base: type, operations: Operations, actions: dict[str, str], roles: Collection[Role]) -> URLPattern:
    """Return the route of a resource that has one URL; `actions` has its actions by HTTP method in lower case."""
    mounted_resources[base.resource] = None
    return path(addresses.api(base.resource)[1:], compose(base, operations, roles).as_view(actions))


def other_urls(roles: Collection[Role]) -> list[URLPattern | URLResolver]:
    """Return the root of the API, and a 404 for the rest of /api/.

    If another role serves the documentation, and so the root, these are routes to a 421.
    """
    if "docs" in gather(roles, "urls"):
        from . import docs

        root = [path(addresses.API[1:], docs.RootView.as_view())]
    else:
        root = [path(address[1:], Misdirected.as_view()) for address in (addresses.API, *DOCS)]
    return [*root, re_path(f"^{under('/api/')}", not_found)]


def docs_urls(roles: Collection[Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of the schema and the documentation pages. To be mounted before `other_urls`."""
    from . import docs

    views = (docs.SchemaView, docs.DocsView, docs.ProblemsView)
    return [path(address[1:], view.as_view()) for address, view in zip(DOCS, views, strict=True)]


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Return a 404 for any method, with a hint if only the trailing slash is missing."""
    detail = _("There is nothing at %s.") % request.path
    if not request.path.endswith("/") and resolve(f"{request.path_info}/").func is not not_found:
        detail += " " + _("Did you mean %s/, with a slash at the end?") % request.path
    return problems.problem(request, 404, detail)
