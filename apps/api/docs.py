"""The schema, and the pages that explain the API to people."""

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

from .metadata import Metadata
from .throttles import AddressThrottle
from .viewsets import RoutedMixin

_making = threading.Lock()
"""Held while a schema is made. drf-spectacular loads its extensions meanwhile, and fails where two threads do."""


class DocsMixin(RoutedMixin):
    """Public, whoever asks and with whatever token."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [AddressThrottle]

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Leave out DRF's `Vary: Accept`, which would tell this process's refusals from another's."""
        return {"Allow": ", ".join(self.allowed_methods)}

    def options(self, request: Request, *args: Any, **kwargs: Any) -> JsonResponse:
        """Answer OPTIONS as the resources do; the renderers of these views have no template for it."""
        return JsonResponse(Metadata().determine_metadata(request, self))


class SchemaView(DocsMixin, views.SpectacularAPIView):
    """The OpenAPI document: JSON, or YAML for who accepts only that. The same whichever process serves it."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer, OpenApiYamlRenderer2]

    @extend_schema(exclude=True)
    @method_decorator(vary_on_headers("Accept"))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show the schema in the language that was asked for."""
        with _making:
            return super().get(request, *args, **kwargs)


class DocsView(DocsMixin, views.SpectacularSwaggerSplitView):
    """The schema as a page to read and to try, without inline scripts and styles (the CSP allows none)."""

    template_name = "api/docs.html"
    url = addresses.API_SCHEMA
    url_self = addresses.API_DOCS


class ProblemsView(DocsMixin, APIView):
    """What the `type` of a problem document leads to."""

    renderer_classes = [TemplateHTMLRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show every kind of problem."""
        return Response({"kinds": KINDS, "site_name": settings.SITE_NAME}, template_name="api/problems.html")
