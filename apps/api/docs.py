"""Views of the OpenAPI document and of the documentation pages."""

from __future__ import annotations

import threading
from typing import Any

from django.conf import settings
from django.http import JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.vary import vary_on_headers
from drf_spectacular import views
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.problems import KINDS
from blog_project import addresses

from . import urls
from .filters import check_query
from .metadata import Metadata
from .schema import RootSchema
from .throttles import AddressThrottle
from .viewsets import RoutedMixin

_generation_lock = threading.Lock()
"""Held while a schema is generated: drf-spectacular fails if two threads load its extensions at once."""


class DocsMixin(RoutedMixin):
    """A public view that ignores tokens."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [AddressThrottle]

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Omit DRF's `Vary: Accept`, so that error responses have the same headers in every role."""
        return {"Allow": ", ".join(self.allowed_methods)}

    def options(self, request: Request, *args: Any, **kwargs: Any) -> JsonResponse:
        """Respond to OPTIONS as the resources do; the renderers of these views have no template for it."""
        return JsonResponse(Metadata().determine_metadata(request, self))


class SchemaView(DocsMixin, views.SpectacularAPIView):
    """The OpenAPI document: JSON, or YAML if the client accepts only YAML. It is the same in every role."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer, OpenApiYamlRenderer2]

    @extend_schema(exclude=True)
    @method_decorator(vary_on_headers("Accept"))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the schema in the requested format."""
        with _generation_lock:
            return super().get(request, *args, **kwargs)


class RootView(DocsMixin, APIView):
    """What the API has: the addresses of its collections and of its documentation. It needs no token and no query."""

    schema = RootSchema()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse query parameters: there are none here."""
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS":
            check_query(request, [])

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the addresses by name."""
        paths = {name: addresses.api(name) for name in urls.mounted_resources}
        paths |= {"schema": addresses.API_SCHEMA, "documentation": addresses.API_DOCS}
        found = {name: request.build_absolute_uri(path) for name, path in paths.items()}
        return Response(found, headers={"Cache-Control": "no-cache"})


class DocsView(DocsMixin, views.SpectacularSwaggerSplitView):
    """The schema in Swagger UI, without inline scripts and styles, which the CSP forbids."""

    template_name = "api/docs.html"
    url = addresses.API_SCHEMA
    url_self = addresses.API_DOCS


class ProblemsView(DocsMixin, APIView):
    """The page to which the `type` of a problem document links."""

    renderer_classes = [TemplateHTMLRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show every kind of problem."""
        return Response({"kinds": KINDS, "site_name": settings.SITE_NAME}, template_name="api/problems.html")
