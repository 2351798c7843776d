"""The response to OPTIONS."""

from __future__ import annotations

from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request

from blog_project import addresses


class Metadata(BaseMetadata):
    """Lists the methods of a URL and links to their documentation. It needs no query."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        """Return the response body, which is the same in every role and for every user."""
        return {"methods": view.allowed_methods, "schema": addresses.API_SCHEMA, "documentation": addresses.API_DOCS}
