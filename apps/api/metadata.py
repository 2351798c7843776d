"""The answer to OPTIONS: the methods of an address, and where they are described."""

from __future__ import annotations

from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request

from blog_project import addresses


class Metadata(BaseMetadata):
    """Names the methods of an address and where they are described. It asks the database nothing."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        """Return the body of the answer; the same in every process and for everybody."""
        return {"methods": view.allowed_methods, "schema": addresses.API_SCHEMA, "documentation": addresses.API_DOCS}
